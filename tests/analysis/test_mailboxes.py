"""Mailboxes between two hops: stated where the headers show one, and only there."""

import pytest

import hopscope
from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import Holder
from hopscope.analysis.diagnosis import diagnose
from hopscope.analysis.phrases import held_by
from hopscope.model import Finding
from hopscope.renderers.message.wording import heading

from .messages import MBX, mapi, smtp

POSTFIX = "from ex1.corp.example (ex1.corp.example [192.0.2.1]) by mx.home.example (Postfix) with ESMTPS id A1"
EXIM = "from ex1.corp.example ([192.0.2.1]) by mx.home.example with esmtps (Exim 4.96) id A1"
ONLINE = (
    "from AM7EUR06FT008.eop-eur06.prod.protection.outlook.com (2603:10a6::2) by AM6PR01CA0001.outlook.office365.com "
    "(2603:10a6::3) with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id "
    "15.20.7633.15 via Frontend Transport"
)
MAILBOX = "AM0PR01MB0001.eurprd01.prod.exchangelabs.com"
RESUBMISSION = (
    f"from {MAILBOX} (2603:10a6::4) by {MAILBOX} (2603:10a6::4) with MailboxResubmission by AntispamTT id 15.20.7633.15"
)


FETCHED = "from imap.home.example [198.51.100.7] by pc.home.example with IMAP (fetchmail-6.4.37) for <me@pc>"


def context(*stamps: str, between: str = "", headers: str = "", minutes: int = 120) -> MessageContext:
    """A message whose last hop is so much later; ``between`` lies directly below that hop."""
    *first, last = stamps
    later = f"{18 + minutes // 60}:{2 + minutes % 60:02}"
    blocks = [f"Received: {last}; Mon, 3 Jun 2024 {later}:35 +0000\n{between}"]
    blocks += [f"Received: {stamp}; Mon, 3 Jun 2024 18:02:35 +0000\n" for stamp in reversed(first)]
    return MessageContext(route=hopscope.read("".join(blocks) + headers + "Subject: test\n\n"))


def findings(message: MessageContext, *codes: str) -> list[Finding]:
    return [finding for finding in diagnose(message) if finding.code in codes]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param(
            POSTFIX,
            "from localhost [127.0.0.1] by laptop.home.example with IMAP (fetchmail-6.4.37) for <me@localhost> "
            "(single-drop)",
            "unknown server (in the mailbox until fetched)",
            id="fetchmail over loopback",
        ),
        pytest.param(
            POSTFIX,
            "from localhost [::1] by laptop.home.example with IMAP (fetchmail-6.4.37) for <me@localhost> (single-drop)",
            "unknown server (in the mailbox until fetched)",
            id="fetchmail over loopback of IPv6",
        ),
        pytest.param(
            EXIM,
            "from pop.home.example [198.51.100.7] by localhost with POP3 (fetchmail-5.9.0) for me@localhost",
            "pop.home.example (in the mailbox until fetched)",
            id="fetchmail over POP3",
        ),
        pytest.param(
            POSTFIX,
            "from imap.home.example ([2001:db8::6c]:993) by pc.home.example with IMAP4-SSL getmail6 msgid:11/362461",
            "imap.home.example (in the mailbox until fetched)",
            id="getmail",
        ),
        pytest.param(
            POSTFIX,
            "from 198.51.100.8 ([198.51.100.8]) by mail.corp.example (Vircom POPDOWN 1.4.232) with POP id 1",
            "198.51.100.8 (in the mailbox until fetched)",
            id="a connector",
        ),
        pytest.param(
            POSTFIX,
            "from localhost (localhost [127.0.0.1]) by pc.home.example (IMAP)",
            "unknown server (in the mailbox until fetched)",
            id="the protocol in a comment",
        ),
        pytest.param(
            EXIM,
            "from imap.home.example by pc.home.example (OfflineIMAP 7.2) with ESMTP",
            "imap.home.example (in the mailbox until fetched)",
            id="the program in a comment",
        ),
        pytest.param(
            POSTFIX,
            'by pc.home.example (fdm 1.9, account "isp")',
            "unknown server (in the mailbox until fetched)",
            id="fdm",
        ),
        pytest.param(
            EXIM,
            "by getmail/5.16 (python 2.7; unspecified) id 12ab",
            "unknown server (in the mailbox until fetched)",
            id="the program in place of the server",
        ),
        pytest.param(
            POSTFIX,
            "from pop.home.example (pop.home.example [198.51.100.7]) by pc.home.example (mpop-1.4.18) with POP3",
            "pop.home.example (in the mailbox until fetched)",
            id="mpop",
        ),
        pytest.param(
            EXIM,
            "by 10.208.8.6 with POP3 id 6mf900350eyh.22",
            "unknown server (in the mailbox until fetched)",
            id="Gmail",
        ),
        pytest.param(
            smtp("mx.home.example", "ex2.corp.example"),
            "from ex2.corp.example [10.0.0.2] by pc.corp.example with POP3 (fetchmail-6.4.37) for <me@pc>",
            "ex2.corp.example (in the mailbox until fetched)",
            id="from Exchange",
        ),
        pytest.param(
            "from mx.home.example ([192.0.2.5]) by imap.home.example (Cyrus v2.4.17) with LMTPA",
            "from pc.home.example ([192.0.2.8]) by smtp.home.example (Postfix) with ESMTP id C1",
            "imap.home.example (in the mailbox)",
            id="after delivery to a store",
        ),
        pytest.param(
            "from mx.home.example ([192.0.2.5]) by imap.home.example (Dovecot) with LMTP id x",
            "from pc.home.example ([192.0.2.8]) by smtp.home.example with esmtp (Exim 4.96) id C1",
            "imap.home.example (in the mailbox)",
            id="after delivery to Dovecot",
        ),
        pytest.param(ONLINE, RESUBMISSION, f"{MAILBOX} (in the mailbox until scanned again)", id="another scan"),
        pytest.param(
            smtp("ex1.corp.example", "ex2.corp.example"),
            mapi("ex3.corp.example"),
            "ex3.corp.example (in the mailbox until resubmitted)",
            id="submission out of the store",
        ),
        pytest.param(
            smtp("ex1.corp.example", "ex2.corp.example", via=MBX),
            POSTFIX,
            "ex2.corp.example (in the mailbox)",
            id="after delivery",
        ),
        pytest.param(FETCHED, POSTFIX, "pc.home.example (in the mailbox)", id="sent again after it was fetched"),
        pytest.param(
            FETCHED,
            "from [192.0.2.8] (helo=laptop) by smtp.home.example with esmtpsa (Exim 4.96) id C1",
            "pc.home.example (in the mailbox)",
            id="the same, from another address",
        ),
        pytest.param(
            "from 198.51.100.8 ([198.51.100.8]) by pc.home.example (Vircom POPDOWN 1.4.232) with POP id 1",
            smtp("laptop.home.example", "ex2.corp.example"),
            "pc.home.example (in the mailbox)",
            id="the same, by Exchange",
        ),
    ],
)
def test_hops_that_show_a_mailbox(before: str, after: str, text: str) -> None:
    message = context(before, after)
    (wait,) = message.attributed_delays
    assert (wait.holder, held_by(wait)) == (Holder.MAILBOX, text)
    assert findings(message, "HOP110") == []
    (finding,) = findings(message, "HOP454", "HOP455")
    assert finding.code == ("HOP454" if after is RESUBMISSION else "HOP455")
    assert ("fetched" in finding.message) == ("fetched" in text)
    text = heading(hopscope.analyze(message.route)).replace(" (as the headers claim)", "")
    assert "2 h in a mailbox, 0 s in transit" in text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            POSTFIX, "from mx.home.example ([192.0.2.5]) by pc.home.example with ODMR (fetchmail-6.4.37)", id="ODMR"
        ),
        pytest.param(
            FETCHED,
            "from localhost (localhost [127.0.0.1]) by pc.home.example (Postfix) with ESMTP id C1",
            id="fetchmail passes it to the server on its host",
        ),
        pytest.param(
            FETCHED,
            "from pc.home.example ([192.0.2.8]) by mx.home.example (Postfix) with ESMTP id C1",
            id="fetchmail passes it to another server",
        ),
        pytest.param(
            POSTFIX, "from mx.home.example ([192.0.2.5]) by pc.home.example with ETRN (fetchmail-6.4.37)", id="ETRN"
        ),
        pytest.param(
            POSTFIX,
            "from mx.home.example ([192.0.2.5]) by imap.home.example (Cyrus v2.4) with LMTPA",
            id="delivery to a store",
        ),
        pytest.param(
            "from mx.home.example ([192.0.2.5]) by director.home.example (Dovecot) with LMTP id x",
            "from director.home.example ([192.0.2.6]) by imap.home.example (Dovecot) with LMTP id y",
            id="a proxy of a store",
        ),
        pytest.param(
            POSTFIX,
            "from mx.home.example ([192.0.2.5]) by imap.home.example (IMAP gateway) with ESMTP id x",
            id="a protocol in a comment, from another host",
        ),
        pytest.param(
            POSTFIX,
            "from mx.home.example ([192.0.2.5]) by popserver.home.example (Postfix) with ESMTP id POP3",
            id="a name only",
        ),
        pytest.param(POSTFIX, "by getmail.home.example with ESMTP id A1", id="a host with the name of a program"),
        pytest.param(POSTFIX, "from mx.home.example ([192.0.2.5]) by a.example (fdmail 2) with SMTP", id="fdmail"),
        pytest.param(
            FETCHED,
            "from mail.isp.example (mail.isp.example [203.0.113.9]) by mx.home.example (Postfix) with ESMTP id C1",
            id="passed on within minutes",
        ),
        pytest.param(
            "from pop.isp.example ([198.51.100.7]) by mx.google.com with POP3",
            "by 2002:a05:6358:53a8:b0:1b:2:3 with SMTP id z40csp123",
            id="inside Gmail after it was fetched",
        ),
    ],
)
def test_mail_collected_from_a_queue_or_passed_on_was_not_in_a_mailbox(before: str, after: str) -> None:
    message = context(before, after, minutes=3)
    assert message.attributed_delays[0].holder is Holder.SYSTEM
    assert findings(message, "HOP455") == []


LIST = "List-Id: <discuss.home.example>\nList-Post: <mailto:discuss@home.example>\n"
ELSEWHERE = "from pc.other.example (pc.other.example [203.0.113.4]) by smtp.isp.example (Postfix) with ESMTP id B1"
ONWARD = "from mx.home.example (mx.home.example [192.0.2.5]) by smtp.isp.example (Postfix) with ESMTP id B1"


@pytest.mark.parametrize(
    ("between", "headers", "after", "is_mailbox"),
    [
        pytest.param("Delivered-To: me@home.example\n", "", ELSEWHERE, True, id="delivered, from elsewhere"),
        pytest.param(
            "Delivered-To: me@home.example\n",
            LIST,
            ELSEWHERE,
            True,
            id="delivered to a subscriber of a list, from elsewhere",
        ),
        pytest.param(
            "Delivered-To: me@home.example\n",
            "",
            "from laptop.home.example (laptop [192.0.2.77]) by smtp.isp.example (Postfix) with ESMTPSA id B1",
            True,
            id="delivered, from an authenticated client",
        ),
        pytest.param(
            "Resent-From: me@home.example\nResent-Date: Mon, 3 Jun 2024 20:02:30 +0000\n", "", ONWARD, True, id="resent"
        ),
        pytest.param("Resent-From: <me@home.example>\n", LIST, ELSEWHERE, True, id="resent by a subscriber of a list"),
        pytest.param("", "", ELSEWHERE, False, id="no field"),
        pytest.param("Delivered-To: me@home.example\n", "", ONWARD, False, id="an alias sends on"),
        pytest.param(
            "Delivered-To: me@home.example\n",
            "",
            "from out.home.example (out.home.example [192.0.2.6]) by smtp.isp.example (Postfix) with ESMTP id B1",
            False,
            id="an alias sends on under another name of its domain",
        ),
        pytest.param(
            "Delivered-To: me@home.example\n",
            "",
            "by mx.home.example (Postfix) id B1",
            False,
            id="alias of Postfix",
        ),
        pytest.param(
            "Delivered-To: alias-me@home.example\n",
            "",
            "(qmail 4711 invoked by alias)",
            False,
            id="alias of qmail",
        ),
        pytest.param(
            "Delivered-To: discuss@home.example\n",
            "",
            "from mx.home.example (localhost [127.0.0.1]) by mx.home.example (Postfix) with ESMTP id B1",
            False,
            id="a list sends on over loopback",
        ),
        pytest.param("Delivered-To: discuss@home.example\n", LIST, ELSEWHERE, False, id="List-Post names it"),
        pytest.param(
            "Delivered-To: discuss@home.example\n", "List-Id: <discuss.home.example>\n", ELSEWHERE, False, id="List-Id"
        ),
        pytest.param(
            "Delivered-To: Discuss@Home.Example\n",
            "List-Unsubscribe: <https://home.example/>, <mailto:discuss@home.example?subject=unsubscribe>\n",
            ELSEWHERE,
            False,
            id="another list field names it",
        ),
        pytest.param("Delivered-To: mailing list discuss@home.example\n", "", ELSEWHERE, False, id="ezmlm"),
        pytest.param("Resent-From: Discuss <discuss@home.example>\n", LIST, ELSEWHERE, False, id="a list resends"),
    ],
)
def test_fields_of_a_delivery_or_resending(between: str, headers: str, after: str, is_mailbox: bool) -> None:  # noqa: FBT001
    message = context(POSTFIX, after, between=between, headers=headers)
    (wait,) = message.attributed_delays
    assert (wait.holder is Holder.MAILBOX) == is_mailbox
    assert bool(findings(message, "HOP455")) == is_mailbox


def test_time_in_a_mailbox_is_apart_from_time_in_transit() -> None:
    message = context(
        mapi("ex1.corp.example"),
        smtp("ex1.corp.example", "ex2.corp.example", via=MBX),
        "from localhost [127.0.0.1] by pc.corp.example with IMAP (fetchmail-6.4.37)",
    )
    assert heading(hopscope.analyze(message.route)).startswith("3 hops in 2 h: 2 h in a mailbox, 0 s in transit; ")


def test_a_program_is_never_named_as_the_host() -> None:
    message = context(
        "by getmail/5.16 (python 2.7; unspecified) id 12ab",
        "from localhost (localhost [127.0.0.1]) by pc.home.example (Postfix) with ESMTP id C1",
    )
    assert held_by(message.attributed_delays[0]) == "pc.home.example"


def test_the_holder_in_transit_is_named_after_a_mailbox() -> None:
    stamps = [
        f"{POSTFIX}; Mon, 3 Jun 2024 18:00:00 +0000",
        "from mx.home.example ([192.0.2.5]) by mx2.home.example (Postfix) with ESMTP; Mon, 3 Jun 2024 18:05:06 +0000",
        "from localhost [127.0.0.1] by pc.corp.example with IMAP (fetchmail-6.4.37); Mon, 3 Jun 2024 20:05:06 +0000",
    ]
    route = hopscope.read("".join(f"Received: {stamp}\n" for stamp in reversed(stamps)) + "\n")
    assert heading(hopscope.analyze(route)) == (
        "3 hops in 2 h 5 min 6 s: 2 h in a mailbox, 5 min 6 s in transit, 5 min 6 s of it held by mx.home.example "
        "(Postfix); no Exchange"
    )
