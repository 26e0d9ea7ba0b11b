"""Whether authentication results were recorded by the organisation that delivered the message."""

import pytest

import hopscope
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
SPF = "Received-SPF: pass (ok) receiver=gw.corp.example"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((BY_OWN, EXCHANGE, ORIGIN), True),
        ((DELIVERY, BY_OWN, EXCHANGE, ORIGIN), True),
        ((DELIVERY, UNNAMED, EXCHANGE, ORIGIN), True),
        ((DELIVERY, BY_OTHER, EXCHANGE, ORIGIN), True),
        ((DELIVERY, SPF, EXCHANGE, ORIGIN), True),
        ((POSTFIX, BY_OWN, ORIGIN), True),
        ((POSTFIX, BY_OWN), True),
        ((GOOGLE, BY_GOOGLE, ORIGIN), True),
        ((ONLINE, UNNAMED, ORIGIN), True),
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
    lines = [field.format(f"Mon, 3 Jun 2024 18:02:{40 - number} +0000") for number, field in enumerate(fields)]
    analysis = hopscope.analyze(hopscope.read("\n".join([*lines, "Subject: x\n"])))
    assert analysis.is_authentication_attested is expected
    assert ("not attested" in summary(analysis, None).authentication) is (expected is False)


def test_results_that_the_sender_can_have_written_are_shown_as_a_claim() -> None:
    text = "\n".join([EXCHANGE.format("Mon, 3 Jun 2024 18:02:40 +0000"), BY_OWN, "Subject: x\n"])
    shown = summary(hopscope.analyze(hopscope.read(text)), None).authentication
    assert shown == "spf=pass dkim=pass dmarc=pass (not attested; claims to be by gw.corp.example)"
