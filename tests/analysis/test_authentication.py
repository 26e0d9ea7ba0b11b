"""Which hop wrote a field about authentication, and whether the delivering organisation attests it."""

import msgspec
import pytest

import hopscope
from hopscope.analysis.trust import Trust
from hopscope.renderers.message.summary import summary

RESULTS = "spf=pass smtp.mailfrom=shop.example; dkim=pass; dmarc=pass"
WITH = "Microsoft SMTP Server id 15.2.1544.4"
DELIVERY = f"Received: from ex1.corp.example (10.0.0.1) by ex2.corp.example (10.0.0.2) with {WITH}; {{0}}"
EXCHANGE = f"Received: from mx.shop.example (203.0.113.5) by ex1.corp.example (10.0.0.1) with {WITH}; {{0}}"
POSTFIX = (
    "Received: from mx.shop.example (mx.shop.example [203.0.113.5]) by gw.corp.example (Postfix) with ESMTP id 4; {0}"
)
GOOGLE = (
    "Received: from mx.shop.example (mx.shop.example. [203.0.113.5]) by mx.google.com with ESMTPS id a1; "
    "Mon, 03 Jun 2024 11:02:33 -0700 (PDT)"
)
ONLINE = (
    "Received: from mx.shop.example (203.0.113.5) by DB5PEPF00014B8B.mail.protection.outlook.com (10.167.8.199) "
    "with Microsoft SMTP Server id 15.20.7181.14 via Frontend Transport; {0}"
)
MAPI = "Received: from ex1.corp.example ([::1]) by ex1.corp.example ([::1]) with mapi id 15.02.1544.004; {0}"
ORIGIN = "Received: from desk (desk [192.0.2.9]) by mx.shop.example (Postfix) with ESMTP id 5; {0}"
BY_OWN = f"Authentication-Results: gw.corp.example; {RESULTS}"
BY_GOOGLE = f"Authentication-Results: mx.google.com; {RESULTS}"
BY_OTHER = f"Authentication-Results: mx.shop.example; {RESULTS}"
UNNAMED = f"Authentication-Results: {RESULTS}"
NAMED_ONLINE = f"Authentication-Results: protection.outlook.com; {RESULTS}"
SPF = "Received-SPF: pass (ok) receiver=gw.corp.example"
SPF_OF_EXCHANGE = "Received-SPF: Pass (ex1.corp.example: domain of a@shop.example designates 203.0.113.5) receiver=ex1"
SPF_OF_ONLINE = "Received-SPF: Pass (protection.outlook.com: domain of a designates 203.0.113.5) client-ip=203.0.113.5"
OWN_ARC = "Authentication-Results: gw.corp.example; arc=fail smtp.client-ip=203.0.113.5"
FORGED = "Received: from desk (desk [192.0.2.9]) by mx.other.example (Postfix) with ESMTP id 5; {0}"
CONTENT_FILTER = "Received: from localhost (localhost [127.0.0.1]) by gw.corp.example (Postfix) with ESMTP id 6; {0}"
ONLINE_STORE = (
    "Received: from DB5PEPF00014B8B.eurprd02.prod.outlook.com (2603:10a6:10:110:cafe::a4) by "
    "DB8PR04CA0010.outlook.office365.com (2603:10a6:10:110::20) with Microsoft SMTP Server id 15.20.7181.18; {0}"
)
DELIVERY_BY_POSTFIX = (
    "Received: from gw.corp.example (gw.corp.example [10.0.0.1]) by box.corp.example (Postfix) with ESMTP id 7; {0}"
)
BY_INNER = f"Authentication-Results: box.corp.example; {RESULTS}"
SEAL = "ARC-Seal: i=1; a=rsa-sha256; s=arcselector9901; d=microsoft.com; cv=none; b=x"
ARC_RESULTS = "ARC-Authentication-Results: i=1; mx.microsoft.com 1; spf=pass smtp.mailfrom=shop.example"
ARC_WITHOUT_NUMBER = "ARC-Authentication-Results: i=first; gw.corp.example; spf=pass"
ARC_BY_GOOGLE = f"ARC-Authentication-Results: mx.google.com; {RESULTS}"
SIGNATURE = "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=k1; t=1717437753; b=x"


def message(fields: tuple[str, ...]) -> str:
    """A message with these fields, whose hops are a second apart."""
    lines = [field.format(f"Mon, 3 Jun 2024 18:02:{40 - number} +0000") for number, field in enumerate(fields)]
    return "\n".join([*lines, "Subject: x\n"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((BY_OWN, EXCHANGE, ORIGIN), True),
        ((DELIVERY, BY_OWN, EXCHANGE, ORIGIN), True),
        ((DELIVERY, UNNAMED, EXCHANGE, ORIGIN), True),
        ((DELIVERY, BY_OTHER, EXCHANGE, ORIGIN), True),
        ((DELIVERY, SPF, EXCHANGE, ORIGIN), True),
        ((POSTFIX, BY_OWN, ORIGIN), None),
        ((POSTFIX, BY_OWN), None),
        ((POSTFIX, SPF, ORIGIN), None),
        ((GOOGLE, BY_GOOGLE, ORIGIN), True),
        ((GOOGLE, BY_GOOGLE, BY_GOOGLE, ORIGIN), None),
        ((GOOGLE, ARC_BY_GOOGLE, ORIGIN), False),
        ((ONLINE_STORE, UNNAMED, ONLINE, ORIGIN), True),
        ((MAPI, UNNAMED), True),
        ((DELIVERY, EXCHANGE, BY_OWN, ORIGIN), False),
        ((DELIVERY, EXCHANGE, UNNAMED, ORIGIN), False),
        ((DELIVERY, EXCHANGE, ORIGIN, BY_OWN), False),
        ((DELIVERY, EXCHANGE, ORIGIN, UNNAMED), False),
        ((DELIVERY, EXCHANGE, ORIGIN, SPF), False),
        ((POSTFIX, BY_OTHER, ORIGIN), False),
        ((POSTFIX, UNNAMED, ORIGIN), False),
        ((POSTFIX, ORIGIN, BY_OWN), False),
        ((GOOGLE, BY_OWN, ORIGIN), False),
        ((GOOGLE, ORIGIN, BY_GOOGLE), False),
        ((ONLINE, UNNAMED, ORIGIN), False),
        ((ONLINE, NAMED_ONLINE, ORIGIN), False),
        ((ONLINE, SPF_OF_ONLINE, ORIGIN), False),
        ((ONLINE, ORIGIN, UNNAMED), False),
        ((ONLINE, BY_OTHER, ORIGIN), False),
        ((DELIVERY, EXCHANGE, ORIGIN), None),
        ((BY_OWN,), None),
    ],
)
def test_only_fields_that_the_delivering_organisation_adds_are_attested(
    fields: tuple[str, ...],
    expected: bool | None,  # noqa: FBT001 - a case
) -> None:
    analysis = hopscope.analyze(hopscope.read(message(fields)))
    written = [analysis.writers[result.field.line].is_attested for result in analysis.authentication]
    assert (written[0] if written else None) is expected
    shown = summary(analysis, None).authentication
    assert ("(not attested" in shown) is (expected is False)
    assert shown.endswith((", attested)", "(attested)")) is (expected is True)


@pytest.mark.parametrize(
    ("fields", "number", "hop", "trust"),
    [
        ((DELIVERY, BY_OWN, EXCHANGE, ORIGIN), 1, None, Trust.ATTESTED),
        ((DELIVERY, UNNAMED, EXCHANGE, ORIGIN), 1, None, Trust.ATTESTED),
        ((POSTFIX, BY_OWN, ORIGIN), 1, None, None),
        ((DELIVERY_BY_POSTFIX, BY_INNER, POSTFIX, ORIGIN), 1, None, Trust.ATTESTED),
        ((POSTFIX, BY_OTHER, ORIGIN), 1, 1, Trust.LINKED),
        ((POSTFIX, BY_GOOGLE, ORIGIN), 1, None, Trust.LINKED),
        ((POSTFIX, ORIGIN, BY_OTHER), 2, None, Trust.UNLINKED),
        ((POSTFIX, ORIGIN, BY_OWN), 2, None, Trust.UNLINKED),
        ((POSTFIX, FORGED, BY_OWN), 2, None, Trust.UNLINKED),
        ((GOOGLE, BY_GOOGLE, ORIGIN), 1, 2, Trust.ATTESTED),
        ((ONLINE, UNNAMED, ORIGIN), 1, None, Trust.LINKED),
        ((ONLINE_STORE, UNNAMED, ONLINE, ORIGIN), 1, 2, Trust.ATTESTED),
        ((EXCHANGE, BY_OWN, ORIGIN), 1, None, Trust.LINKED),
        ((EXCHANGE, SPF_OF_EXCHANGE, ORIGIN), 1, None, Trust.LINKED),
        ((SPF_OF_EXCHANGE, EXCHANGE, ORIGIN), 0, 2, Trust.ATTESTED),
        ((MAPI, UNNAMED), 1, None, Trust.ATTESTED),
        ((CONTENT_FILTER, BY_OWN, POSTFIX, ORIGIN), 1, None, Trust.ATTESTED),
        ((ONLINE_STORE, SEAL, ONLINE, ORIGIN), 1, 2, Trust.ATTESTED),
        ((ONLINE_STORE, ARC_RESULTS, ONLINE, ORIGIN), 1, 2, Trust.ATTESTED),
        ((ONLINE, SEAL, ORIGIN), 1, None, Trust.LINKED),
        ((POSTFIX, SIGNATURE, ORIGIN), 1, 1, Trust.LINKED),
        ((POSTFIX, ORIGIN, SIGNATURE), 2, None, Trust.UNLINKED),
        ((BY_OWN,), 0, None, None),
    ],
)
def test_the_writer_of_a_field(fields: tuple[str, ...], number: int, hop: int | None, trust: Trust | None) -> None:
    analysis = hopscope.analyze(hopscope.read(message(fields)))
    assert {**analysis.writers, **analysis.signers} == {number + 1: (hop, trust)}


def test_hops_out_of_order_in_the_header_leave_the_writer_unknown() -> None:
    route = hopscope.read(message((POSTFIX, BY_OWN, ORIGIN)))
    swapped = msgspec.structs.replace(route, hops=hopscope.read(message((ORIGIN, BY_OWN, POSTFIX))).hops[::-1])
    assert hopscope.analyze(swapped).writers == {2: (None, None)}


def test_results_that_the_sender_can_have_written_are_shown_as_a_claim() -> None:
    text = "\n".join([EXCHANGE.format("Mon, 3 Jun 2024 18:02:40 +0000"), BY_OWN, "Subject: x\n"])
    shown = summary(hopscope.analyze(hopscope.read(text)), None).authentication
    assert shown == "spf=pass dkim=pass dmarc=pass (not attested; claims to be by gw.corp.example)"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((POSTFIX, BY_OWN, ORIGIN), "spf=pass dkim=pass dmarc=pass (claims to be by gw.corp.example)"),
        ((GOOGLE, BY_GOOGLE, ORIGIN), "spf=pass dkim=pass dmarc=pass (by mx.google.com, attested)"),
        ((ONLINE, UNNAMED, ORIGIN), "spf=pass dkim=pass dmarc=pass (not attested)"),
        ((ONLINE_STORE, UNNAMED, ONLINE), "spf=pass dkim=pass dmarc=pass (by Exchange Online, attested)"),
        (
            (ONLINE_STORE, UNNAMED, SPF_OF_ONLINE, ONLINE, ORIGIN),
            "spf=pass dkim=pass dmarc=pass (by protection.outlook.com, attested)",
        ),
        ((MAPI, UNNAMED), "spf=pass dkim=pass dmarc=pass (attested)"),
        ((BY_OWN,), "spf=pass dkim=pass dmarc=pass (claims to be by gw.corp.example)"),
        ((GOOGLE, BY_OTHER, BY_GOOGLE, ORIGIN), "spf=pass dkim=pass dmarc=pass (by mx.google.com, attested)"),
        ((OWN_ARC, BY_OWN, POSTFIX), "spf=pass dkim=pass dmarc=pass arc=fail (by gw.corp.example, attested)"),
        ((SPF, POSTFIX, ORIGIN), "spf=pass (by gw.corp.example, attested)"),
        ((SPF, POSTFIX, BY_OTHER, ORIGIN), "spf=pass (by gw.corp.example, attested)"),
        ((ARC_WITHOUT_NUMBER, POSTFIX, ORIGIN), "ARC: spf=pass (by gw.corp.example, attested)"),
        ((POSTFIX, ORIGIN, SPF), "spf=pass (not attested; claims to be by gw.corp.example)"),
        ((ONLINE_STORE, ARC_RESULTS, ONLINE, ORIGIN), "ARC i=1: spf=pass (by mx.microsoft.com, attested)"),
        ((POSTFIX, SIGNATURE, ORIGIN), "DKIM-Signature d=shop.example (not verified)"),
        ((POSTFIX, SEAL, SIGNATURE, ORIGIN), "DKIM-Signature d=shop.example (not verified)"),
        ((ONLINE_STORE, SEAL, ONLINE, ORIGIN), "ARC-Seal d=microsoft.com (not verified)"),
        ((POSTFIX, ORIGIN), ""),
    ],
)
def test_the_summary_line(fields: tuple[str, ...], expected: str) -> None:
    assert summary(hopscope.analyze(hopscope.read(message(fields))), None).authentication == expected
