"""Software without a Received field that sends a message back to the server which already had it."""

import pytest

from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder
from hopscope.analysis.phrases import held_by
from hopscope.api import findings

from .messages import FE, MBX, mapi, message, smtp

LISTS = "from ex1.corp.example (unknown [192.0.2.1]) by lists.example (Postfix) with ESMTPS id A0"
EXIM = "from ex1.corp.example ([192.0.2.1]) by lists.example with esmtps (Exim 4.96) id A0"
SENDMAIL = "from ex1.corp.example (ex1.corp.example [192.0.2.1]) by lists.example (8.15.2/8.15.2) with ESMTP id A0"
ON_LISTS = "content filter or list manager on lists.example"


def holder(*stamps: str, seconds: int = 3 * 86_400) -> tuple[Holder, str | None]:
    """The holder before the last hop, which is later than the one before by this time."""
    *first, last = stamps
    date = "Mon, 3 Jun 2024 18:02:35 +0000"
    later = f"{3 + seconds // 86_400} Jun 2024 18:{2 + seconds % 86_400 // 60}:35 +0000"
    context = MessageContext(route=message(*(f"{stamp}; {date}" for stamp in first), f"{last}; {later}"))
    wait = context.attributed_delays[-1]
    return wait.holder, held_by(wait)


@pytest.mark.parametrize(
    ("stamps", "text"),
    [
        pytest.param(
            (LISTS, "from lists.example (localhost [127.0.0.1]) by lists.example (Postfix) with ESMTP id B2"),
            ON_LISTS,
            id="over loopback",
        ),
        pytest.param(
            (LISTS, "from lists.example (localhost [IPv6:::1]) by lists.example (Postfix) with ESMTP id B2"),
            ON_LISTS,
            id="over loopback of IPv6",
        ),
        pytest.param(
            (LISTS, "from other.name.example (localhost.localdomain [127.0.0.3]) by lists.example (Postfix) with SMTP"),
            ON_LISTS,
            id="over loopback under another name",
        ),
        pytest.param(
            (EXIM, "from localhost ([127.0.0.1] helo=lists.example) by lists.example with esmtp (Exim 4.96) id B2"),
            ON_LISTS,
            id="Exim",
        ),
        pytest.param(
            (
                EXIM,
                "from mailman by lists.example with local (Exim 4.96) id B2",
            ),
            ON_LISTS,
            id="local submission to Exim",
        ),
        pytest.param(
            (LISTS, "by lists.example (Postfix, from userid 50401) id A1"), ON_LISTS, id="local submission to Postfix"
        ),
        pytest.param(
            (SENDMAIL, "(from majordom@localhost) by lists.example (8.8.5/8.8.5) id B2"),
            ON_LISTS,
            id="local submission to Sendmail",
        ),
        pytest.param(
            (SENDMAIL, "by lists.example (8.15.2/8.15.2/Submit) id B2"), ON_LISTS, id="submission program of Sendmail"
        ),
        pytest.param(
            (
                "from ex1.corp.example (192.0.2.1) by lists.example with SMTP",
                "(qmail 4711 invoked from network)",
                "(qmail 4713 invoked by uid 89)",
            ),
            ON_LISTS,
            id="local submission to qmail, which names the server in its lowest field",
        ),
        pytest.param(
            (
                "from ex1.corp.example (HELO ex1) (192.0.2.1) by 0 with SMTP",
                "(qmail 4711 invoked from network)",
                "(qmail 4713 invoked by alias)",
            ),
            "content filter or list manager",
            id="local submission to qmail, without a name",
        ),
        pytest.param(
            (EXIM, "from mail by lists.example with spam-scanned (Exim 4.96) id B2"),
            ON_LISTS,
            id="a local user of Exim, with the protocol of a filter",
        ),
        pytest.param(
            (EXIM, "from www-data by lists.example with tmda-scanned (Exim 4.43) id B2"),
            ON_LISTS,
            id="another one",
        ),
        pytest.param(
            (EXIM, "from Debian-exim by lists.example (Exim 3.35 #1 (Debian)) id B2"),
            ON_LISTS,
            id="a local user of Exim, without a protocol",
        ),
        pytest.param(
            (SENDMAIL, "from lists.example (localhost [127.0.0.1]) by lists.example (8.15.2/8.15.2) with ESMTP id B2"),
            ON_LISTS,
            id="Sendmail",
        ),
        pytest.param(
            (LISTS, "from lists.example (lists.example [198.51.100.9]) by lists.example (Postfix) with ESMTP id B2"),
            ON_LISTS,
            id="from its own public address",
        ),
        pytest.param(
            (LISTS, "from mailman.example (mailman.example [10.1.1.2]) by lists.example (Postfix) with ESMTP id B2"),
            "content filter or list manager on mailman.example",
            id="from another host",
        ),
        pytest.param(
            (EXIM, "from sympa ([2001:db8::7] helo=sympa) by lists.example with esmtp (Exim 4.96) id B2"),
            "content filter or list manager on sympa",
            id="from another host to Exim",
        ),
        pytest.param(
            (LISTS, "from localhost (filter.example [203.0.113.5]) by lists.example (Postfix) with ESMTP id B2"),
            "content filter or list manager on filter.example",
            id="from another host, localhost is only the name in EHLO",
        ),
    ],
)
def test_software_that_sends_a_message_back_held_it(stamps: tuple[str, ...], text: str) -> None:
    assert holder(*stamps) == (Holder.FILTER, text)
    assert holder(*stamps, seconds=40) == (Holder.FILTER, text)


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        pytest.param(
            (LISTS, "from lists.example (lists.example [198.51.100.9]) by mx.example (Postfix) with ESMTP id B2"),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="to the next server",
        ),
        pytest.param(
            (LISTS, "from lists.example (unknown [127.0.0.1]) by GW01 (Postfix) with ESMTP id B2"),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="to a second instance on the same host",
        ),
        pytest.param(
            (
                LISTS,
                "from lists.example ([127.0.0.1]) by localhost (lists.example [127.0.0.1]) (amavisd-new) with ESMTP",
            ),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="to a filter with a Received field",
        ),
        pytest.param(
            (
                LISTS,
                "from lists.example ([127.0.0.1]) by localhost (lists.example [127.0.0.1]) (amavisd-new) with ESMTP",
                "from localhost (localhost [127.0.0.1]) by lists.example (Postfix) with ESMTP id B2",
            ),
            (Holder.SYSTEM, "lists.example (amavisd-new)"),
            id="from a filter with a Received field, which is called localhost",
        ),
        pytest.param(
            (LISTS, "from lists.example (localhost [127.0.0.1]) by lists.example (Postfix) with LMTP id B2"),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="to a store",
        ),
        pytest.param(
            (LISTS, "from lists.example (unknown [10.1.1.3]) by lists.example (Postfix) with ESMTP id B2"),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="between servers of one name",
        ),
        pytest.param(
            ("from ex1.corp.example (192.0.2.1) by lists.example with SMTP", "(qmail 4711 invoked from network)"),
            (Holder.SYSTEM, "lists.example"),
            id="the queue of qmail",
        ),
        pytest.param(
            (LISTS, "from localhost (localhost [127.0.0.1]) by mailman.example (Postfix) with ESMTP id B2"),
            (Holder.UNKNOWN, None),
            id="from software that the headers do not connect with the server before",
        ),
        pytest.param(
            (EXIM, "from mailman.example ([::1] helo=mailman.example) by mailman.example with esmtp (Exim 4.96) id B2"),
            (Holder.UNKNOWN, None),
            id="the same, over loopback of IPv6",
        ),
        pytest.param(
            (
                smtp("ex1.corp.example", "ex2.corp.example"),
                "FROM gw.host.example (198.51.100.3) BY gw.host.example (198.51.100.3) WITH ESMTP",
            ),
            (Holder.UNKNOWN, None),
            id="from a host with the name of the server, after Exchange",
        ),
        pytest.param(
            (LISTS, "from gw.host.example (gw.host.example [2001:db8::7]) by gw.host.example (Postfix) with ESMTP"),
            (Holder.UNKNOWN, None),
            id="the same, over IPv6, after Postfix",
        ),
        pytest.param(
            (smtp("ex1.corp.example", "ex2.corp.example"), "from gw.host.example by gw.host.example with SMTP"),
            (Holder.UNKNOWN, None),
            id="the same, without an address",
        ),
        pytest.param(
            (
                smtp("ex1.corp.example", "ex2.corp.example"),
                "from mx.test (out.corp.example [198.51.100.3]) by mx.test (Postfix) with ESMTP",
            ),
            (Holder.QUEUE, "ex2.corp.example Transport (queue for mx.test)"),
            id="from another host, only EHLO is the name of the server",
        ),
        pytest.param(
            (LISTS, "from lists.example (lists.example [192.0.2.7]) by mx.test (Postfix) with ESMTP"),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="from the server before",
        ),
        pytest.param(
            (LISTS, LISTS),
            (Holder.SYSTEM, "lists.example (Postfix)"),
            id="twice from the same host",
        ),
        pytest.param(
            (
                "by lists.example (8.15.2/8.15.2/Submit) id A1",
                "from lists.example (localhost [127.0.0.1]) by lists.example (8.15.2/8.15.2) with ESMTP id B2",
            ),
            (Holder.SYSTEM, "lists.example (Sendmail 8.15.2)"),
            id="the submission queue of Sendmail",
        ),
        pytest.param(
            (
                "from a.example ([192.0.2.1]) by esa.corp.example with ESMTP/TLS/AES256-SHA",
                "from esa2.corp.example ([10.0.0.2]) by esa.corp.example with ESMTP/TLS/AES256-SHA",
            ),
            (Holder.SYSTEM, "esa.corp.example (IronPort AsyncOS)"),
            id="gateways of one name",
        ),
        pytest.param(
            (mapi("ex1.corp.example"), smtp("ex1.corp.example", "ex1.corp.example")),
            (Holder.SENDER, "ex1.corp.example mapi submission (no queue: retry)"),
            id="inside an Exchange server",
        ),
        pytest.param(
            (
                "from a.example ([192.0.2.1]) by gw.corp.example (InterScan E-Mail VirusWall)",
                "from gw.corp.example (localhost [127.0.0.1]) by gw.corp.example (Postfix) with ESMTP id B2",
            ),
            (Holder.SYSTEM, "gw.corp.example (InterScan E-Mail VirusWall)"),
            id="from other software with a Received field",
        ),
    ],
)
def test_other_hops_are_held_by_the_server_before(stamps: tuple[str, ...], expected: tuple[Holder, str | None]) -> None:
    assert holder(*stamps, seconds=600) == expected


EX1, EX2, FILTER, PEER = "ex1.corp.example", "ex2.corp.example", "av.corp.example", "mx.sender.example"
V2010, V2013 = "14.3.513.0", "15.0.1497.2"
ON_EX1, ON_FILTER = f"content filter or list manager on {EX1}", f"content filter or list manager on {FILTER}"


def exchange(address: str, peer: str = EX1, build: str = "15.2.1544.11", via: str = "") -> str:
    """A hop by EX1 [10.0.0.1] from a peer with an address."""
    return f"from {peer} ({address}) by {EX1} (10.0.0.1) with Microsoft SMTP Server (TLS) id {build}{via}"


def submission(build: str) -> str:
    return f"from {EX1} (10.0.0.1) by {EX1} (10.0.0.1) with mapi id {build}"


INSIDE = exchange("10.0.0.1")


@pytest.mark.parametrize(
    ("stamps", "text"),
    [
        pytest.param((INSIDE, exchange("127.0.0.1")), ON_EX1, id="Transport, over loopback"),
        pytest.param((INSIDE, exchange("::1", via=FE)), ON_EX1, id="Front End Transport, over loopback of IPv6"),
        pytest.param(
            (INSIDE, f"from localhost (127.0.0.1) by {EX1} (127.0.0.1) with Microsoft SMTP Server id 15.2.1544.11{FE}"),
            ON_EX1,
            id="Front End Transport, from localhost to its loopback address",
        ),
        pytest.param((submission(V2010), exchange("127.0.0.1", build=V2010)), ON_EX1, id="2010, over loopback"),
        pytest.param((submission(V2010), exchange("10.0.0.77", FILTER, V2010)), ON_FILTER, id="2010, other host"),
        pytest.param(
            (submission("15.0.1497.2"), exchange("10.0.0.1", build=V2013), exchange("127.0.0.1", build=V2013)),
            ON_EX1,
            id="2013, over loopback",
        ),
        pytest.param((INSIDE, exchange("10.0.0.66", FILTER, via=FE)), ON_FILTER, id="2019, other host"),
        pytest.param((INSIDE, exchange("203.0.113.8", "scan.example", "15.2.2562.17", FE)),
                     "content filter or list manager on scan.example", id="SE, host of another organisation"),
        pytest.param(
            (exchange("192.0.2.9", PEER, via=FE), exchange("127.0.0.1", via=FE)),
            ON_EX1,
            id="agent of Front End Transport, over loopback",
        ),
        pytest.param(
            (exchange("192.0.2.9", PEER, via=FE), exchange("10.0.0.66", FILTER, via=FE)),
            ON_FILTER,
            id="filter that receives from Front End Transport",
        ),
        pytest.param(
            (INSIDE, f"from Pickup by {EX1} (10.0.0.1) with Microsoft SMTP Server id 15.2.1544.11"),
            ON_EX1,
            id="Pickup directory",
        ),
    ],
)  # fmt: skip
def test_software_that_sends_a_message_back_to_exchange(stamps: tuple[str, ...], text: str) -> None:
    assert holder(*stamps) == (Holder.FILTER, text)
    assert holder(*stamps, seconds=40) == (Holder.FILTER, text)
    date = "Mon, 3 Jun 2024 18:02:35 +0000"
    context = MessageContext(
        route=message(*(f"{stamp}; {date}" for stamp in stamps[:-1]), f"{stamps[-1]}; 3 Jun 2024 18:42:35 +0000")
    )
    assert all("proxy" not in each.scenario and "direct" not in each.scenario for each in context.passages)
    assert all(service.after != len(stamps) - 1 for service in context.services_without_header)
    assert {passage.restart_reason for passage in context.passages} <= {
        None, "sent back by software without a Received field"
    }  # fmt: skip
    (finding,) = (finding for finding in findings(context.route) if finding.code == "HOP110")
    assert "queue for" not in finding.message
    assert "unreachable" not in (finding.cause or "")


@pytest.mark.parametrize(
    ("stamps", "kind"),
    [
        pytest.param((exchange("192.0.2.9", PEER, via=FE), exchange("127.0.0.1")), Holder.SENDER, id="to Transport"),
        pytest.param((submission("15.2.1544.11"), exchange("127.0.0.1")), Holder.SENDER, id="after submission"),
        pytest.param((INSIDE, exchange("127.0.0.1", via=MBX)), Holder.QUEUE, id="to Mailbox Transport"),
        pytest.param((INSIDE, smtp(EX1, EX2)), Holder.QUEUE, id="to another server"),
        pytest.param((INSIDE, smtp(FILTER, EX2, via=FE)), Holder.QUEUE, id="another host to another server"),
        pytest.param((submission(V2010), smtp(EX1, EX2, build=V2010)), Holder.QUEUE, id="2010, to another server"),
        pytest.param(
            (exchange("192.0.2.9", PEER, via=FE), exchange("192.0.2.9", PEER, via=FE)), Holder.SENDER,
            id="twice from one host",
        ),
        pytest.param(
            (INSIDE, f"from {EX2} (10.0.0.2) by {EX1} (10.0.0.1) with ShadowRedundancy id 15.2.1544.11"),
            Holder.SHADOW,
            id="copy of another server",
        ),
        pytest.param(
            (f"from {EX2} (10.0.0.2) by {EX1} (10.0.0.1) with ShadowRedundancy id 15.2.1544.11", INSIDE),
            Holder.QUEUE,
            id="second field of a copy",
        ),
        pytest.param(
            (exchange("10.0.0.1", via=MBX), exchange("10.0.0.9", "pc.corp.example", via=FE)),
            Holder.MAILBOX,
            id="sent again after delivery",
        ),
    ],
)  # fmt: skip
def test_documented_hops_on_one_exchange_server(stamps: tuple[str, ...], kind: Holder) -> None:
    assert holder(*stamps, seconds=600)[0] is kind


@pytest.mark.parametrize(
    ("stamps", "is_reached"),
    [
        pytest.param(
            (
                "by localhost (Postfix, from userid 0) id A",
                "from localhost (localhost [127.0.0.1]) by web1.a.example (Postfix) with ESMTP id B",
            ),
            False,
            id="localhost is the server",
        ),
        pytest.param(
            (
                LISTS,
                "from lists.example ([127.0.0.1]) by localhost (localhost [127.0.0.1]) (amavisd-new) with ESMTP id x",
                "from localhost (localhost [127.0.0.1]) by lists.example (Postfix) with ESMTP id B",
            ),
            False,
            id="a filter called localhost",
        ),
        pytest.param(
            (
                "from pc.a.example (pc.a.example [192.0.2.7]) by localhost (8.14.4/8.14.4) with ESMTP id A",
                "from localhost (localhost [127.0.0.1]) by mail.a.example (8.14.4/8.14.4) with ESMTP id B",
            ),
            False,
            id="Sendmail called localhost",
        ),
        pytest.param(
            (LISTS, "from lists.example (lists.example [198.51.100.9]) by mx.b.example (Postfix) with ESMTP id B"),
            True,
            id="another server",
        ),
    ],
)
def test_no_server_is_unreachable_from_itself(stamps: tuple[str, ...], is_reached: bool) -> None:  # noqa: FBT001
    *first, last = stamps
    dated = [f"{stamp}; Mon, 3 Jun 2024 18:00:00 +0000" for stamp in first]
    (finding,) = findings(message(*dated, f"{last}; Mon, 3 Jun 2024 18:20:00 +0000"))
    assert ("unreachable" in (finding.cause or "")) == is_reached
    assert ("on that server" in (finding.cause or "")) != is_reached


def test_a_wait_for_a_list_manager_is_reported_as_its_own() -> None:
    """A wait before hop 3 of three days: neither Postfix nor the server under its own name is said to have held it."""
    stamps = (
        f"{LISTS}; Mon, 3 Jun 2024 18:02:33 +0000",
        "by lists.example (Postfix, from userid 50401) id A1; Mon, 3 Jun 2024 18:02:35 +0000",
        "from mailman.example (unknown [10.1.1.2]) by lists.example (Postfix) with ESMTP; 6 Jun 2024 18:02:35 +0000",
    )
    (finding,) = (finding for finding in findings(message(*stamps)) if finding.code == "HOP110")
    assert finding.hop == 3
    text = f"{finding.message} {finding.cause}"
    assert "on mailman.example" in text
    assert "Postfix" not in text
    assert "moderated list" in text


def test_the_host_of_a_filter_called_localhost_is_asked() -> None:
    stamps = (
        f"{LISTS}; Mon, 3 Jun 2024 18:02:33 +0000",
        "from lists.example ([127.0.0.1]) by localhost (amavisd-new, port 10024) with SMTP; 3 Jun 2024 18:02:33 +0000",
        "from localhost (localhost [127.0.0.1]) by lists.example (Postfix) with ESMTP; 3 Jun 2024 19:20:33 +0000",
    )
    (finding,) = (finding for finding in findings(message(*stamps)) if finding.code == "HOP110")
    text = " ".join((finding.message, finding.cause or "", *finding.checks))
    assert "lists.example (amavisd-new)" in text
    assert "localhost" not in text
