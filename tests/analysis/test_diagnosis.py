"""Findings: when each rule reports one, when it does not, and the text."""

import gzip
import inspect
import json
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import hopscope
from hopscope.analysis import rules
from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import RULES, Rule, diagnose
from hopscope.analysis.facts import Fact
from hopscope.api import findings
from hopscope.model import WORST_FIRST, Finding, Route, Severity
from tests.analysis.messages import linked, message, sample
from tests.analysis.messages import smtp_between as smtp

from . import cases_authentication, cases_chain, cases_delivery, cases_origin, cases_security
from .finding_parts import assert_well_formed

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "exchange-2013-internal.eml"
A, B = "a.example (10.0.0.1)", "b.example (10.0.0.2)"
POSTFIX = "from x.example (x.example [192.0.2.9]) by y.example (Postfix) with ESMTP id A1"


MAPI = f"from {A} by {A} with mapi id 15.00.0466.010"
MAPI_2010 = f"from {A} by {B} with mapi id 14.03.0496.000"
ONLINE_FE = (
    "from mx.example (192.0.2.1) by db3ffo11fd021.protection.gbl (10.0.0.5) with Microsoft SMTP Server (TLS) "
    "id 15.0.620.12 via Frontend Transport"
)
ONLINE_SMTP = (
    "from db3ffo11fd021.protection.gbl (10.0.0.5) by db3ffo11oln002.protection.gbl (10.0.0.6) "
    "with Microsoft SMTP Server (TLS) id 15.0.620.12"
)
ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"


ZMAILER = "from x.example ([192.0.2.9]) by y.example with ESMTP id S1 convert rfc822-to-8bit"
OTHER = POSTFIX.replace("y.example", "z.example")
THIRD = POSTFIX.replace("y.example", "mx.example.net")
ENTRY = (
    "from mx.example (192.0.2.1) by b.example (10.0.0.2) with Microsoft SMTP Server (TLS) id 15.1.2507.39 via Frontend"
)
ENTRY += " Transport; Wed, 8 Mar 2017 11:15:00 +0100"


def at(time: str, stamp: str = POSTFIX) -> str:
    """A Received field of that time on 8 March 2017, in Central European Time."""
    return f"{stamp}; Wed, 8 Mar 2017 {time} +0100"


def arrived(time: str) -> str:
    """Header fields of a message that Exchange accepted at that time on 8 March 2017, in UTC."""
    return f"X-MS-Exchange-Organization-OriginalArrivalTime: 08 Mar 2017 {time}.2409 (UTC)\n"


def dated(time: str) -> str:
    return f"Date: Wed, 8 Mar 2017 {time} +0100\n"


def measured(span: str) -> str:
    return f"X-MS-Exchange-Transport-EndToEndLatency: {span}\n"


RESENT = (
    "Consistent with a message resent at hop 2 with a new Date, after older or forged Received fields, or with clock "
    "skew at hop 1 or on the sender's device."
)
DEVICE = "Consistent with a wrong clock on the sender's device, or with a forged Date."
REWRITTEN = (
    "the nearest Exchange hop. Consistent with Received fields that were removed or rewritten, or with a message "
    "resubmitted with its old header fields."
)
TWO_PROGRAMS = "Consistent with two programs on that server, one of them with a wrong time zone."
SET_BACK = "Consistent with a clock set back between the two hops, or with several machines that share one name."
UNREACHABLE = "Consistent with {} being unreachable or deferring the message, or with a content filter or list manager."
SKEW = "Consistent with clock skew between the two servers."
SKEW_OR_ZONE = "Consistent with clock skew, or with a wrong time zone on one of the two servers."
# Code, message, and the only finding of its rule: hop and text; None: no finding.
BODY = "Received: from a.example by b.example; Tue, 31 Jul 2012 21:52:42 +1000\n\nHello,\n\nplease see:\n\n"
CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP101": [
        (
            "between hops that nothing bears out",
            message(
                at("11:15:00", "from a.bank.example by b.bank.example (Postfix) with ESMTP id 1"),
                at("11:10:00", "from b.bank.example by mail.shop.example (Postfix) with ESMTP id 2"),
                at("11:30:00", "from x (mail.evil.example [203.0.113.7]) by mx.corp.example (Postfix) with ESMTP id 3"),
            ),
            (
                2,
                (
                    "As the headers claim: hop 2 is dated 5 min before hop 1. Nothing bears these hops out: consistent "
                    "with forged fields, or with clock skew."
                ),
            ),
        ),
        (
            "earlier",
            message(at("11:15:00"), at("11:14:54", OTHER)),
            (2, "Hop 2 is dated 6 s before hop 1. Consistent with clock skew between the two servers."),
        ),
        ("earlier by no matter", message(at("11:15:00"), at("11:14:55", OTHER)), None),
        *(
            (
                f"two programs of one server: {times}",
                message(f"from x by lists.example (A) with SMTP; {times[0]}", f"by LISTS.example (B); {times[1]}"),
                (2, f"Hop 2 is dated {times[2]} before hop 1. {cause}"),
            )
            for times, cause in (
                (("27 Sep 1996 18:44:30 +0100", "27 Sep 1996 18:44:32 +0200", "59 min 58 s"), TWO_PROGRAMS),
                (("27 Sep 2024 18:44:30 +0000", "27 Sep 2024 18:44:31 +0530", "5 h 29 min 59 s"), TWO_PROGRAMS),
                (("27 Sep 2024 18:44:30 -0800", "27 Sep 2024 18:44:30 -0700", "1 h"), TWO_PROGRAMS),
                (("27 Sep 2024 18:44:30 +0100", "27 Sep 2024 17:44:32 +0100", "59 min 58 s"), SET_BACK),
                (("27 Sep 2024 18:44:30 +0100", "27 Sep 2024 19:20:32 +0200", "23 min 58 s"), SET_BACK),
            )
        ),
        (
            "earlier than the last one with a date",
            message(at("11:15:00"), f"{POSTFIX};", at("11:14:54", OTHER)),
            (3, "Hop 3 is dated 6 s before hop 1. Consistent with clock skew between the two servers."),
        ),
        (
            "earlier, by the clock of one name",
            message(at("11:15:00"), at("11:14:54")),
            (
                2,
                (
                    "Hop 2 is dated 6 s before hop 1. Consistent with a clock set back between the two hops, or with "
                    "several machines that share one name."
                ),
            ),
        ),
        (
            "earlier, and a third clock tells",
            message(at("11:15:00"), at("11:13:00", OTHER), at("11:15:01", THIRD)),
            None,
        ),
        (
            "earlier, behind a clock that is ahead",
            message(at("11:15:00"), at("11:17:00", OTHER), at("11:15:01", THIRD)),
            None,
        ),
        (
            "earlier, and a third clock tells of a zone",
            message(at("11:15:00"), at("10:15:00", OTHER), at("11:15:01", THIRD)),
            None,
        ),
        (
            "years earlier",
            message(at("11:15:00"), f"{OTHER}; Sun, 8 Mar 2015 11:15:00 +0100"),
            (
                2,
                (
                    "The date of hop 2 is 731 d before that of hop 1. Too large for clock skew: consistent with "
                    "Received fields of two messages, fields out of order, or a forged date."
                ),
            ),
        ),
        (
            "three days earlier, by the clock of one name",
            message(at("11:15:00"), f"{POSTFIX}; Sun, 5 Mar 2017 11:15:00 +0100"),
            (
                2,
                (
                    "The date of hop 2 is 3 d before that of hop 1. Too large for clock skew: consistent with Received "
                    "fields of two messages, fields out of order, or a forged date."
                ),
            ),
        ),
        (
            "earlier, over loopback",
            message(at("11:15:00"), at("11:14:00", "from y.example (y.example [127.0.0.1]) by GW01 with ESMTP")),
            (
                2,
                (
                    "Hop 2 is dated 1 min before hop 1. Consistent with a clock set back between the two hops, both on "
                    "one machine."
                ),
            ),
        ),
        (
            "earlier, behind a stamp without a server",
            message(at("11:17:00", "from a.example with SMTP"), at("11:15:00", OTHER), at("11:15:01", THIRD)),
            None,
        ),
        *(
            (
                f"earlier by {minutes}",
                message(at("11:15:00"), at(minutes, OTHER)),
                (2, f"Hop 2 is dated {size} before hop 1. {cause}"),
            )
            for minutes, size, cause in (
                ("11:14:01", "59 s", SKEW),
                ("11:05:00", "10 min", SKEW),
                ("11:01:10", "13 min 50 s", SKEW),
                ("11:00:30", "14 min 30 s", SKEW),
                ("10:30:00", "45 min", SKEW),
                ("10:45:10", "29 min 50 s", SKEW_OR_ZONE),
                ("10:15:20", "59 min 40 s", SKEW_OR_ZONE),
                ("10:23:00", "52 min", SKEW),
                ("05:44:55", "5 h 30 min 5 s", SKEW_OR_ZONE),
            )
        ),
        ("later", sample("exchange-2019-inbound"), None),
        ("at once", message(*[f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100"] * 2), None),
        (
            "at once, in two zones",
            message(f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{POSTFIX}; Wed, 8 Mar 2017 10:15:00 +0000"),
            None,
        ),
    ],
    "HOP102": [
        (
            "unreadable",
            message(POSTFIX, f"{POSTFIX}; yesterday at noon"),
            (
                2,
                (
                    'Hop 2 has an invalid date ("yesterday at noon"); its delay is unknown. '
                    "Consistent with a damaged Received field, or with a mail system that writes no "
                    "valid date."
                ),
            ),
        ),
        (
            "no date",
            message(f"{POSTFIX};"),
            (
                1,
                (
                    "Hop 1 has no date; its delay is unknown. Consistent with a damaged Received "
                    "field, or with a mail system that writes no valid date."
                ),
            ),
        ),
        ("dated", message(POSTFIX), None),
    ],
    "HOP103": [
        (
            "an hour behind by a third clock",
            message(at("11:15:00"), at("10:15:00", OTHER), at("11:15:01", THIRD)),
            (
                2,
                (
                    "Times of z.example are 1 h behind. Consistent with a wrong time zone or daylight saving time "
                    "setting there (likely: hop 2 is 1 h earlier than hop 1; hop 3 is 1 h 1 s later than hop 2)."
                ),
            ),
        ),
        (
            "an hour ahead of its own clock in UTC",
            message(ENTRY, headers=arrived("09:15:00")),
            (
                1,
                (
                    "Times of b.example are 1 h ahead. Consistent with a wrong time zone or daylight saving time "
                    "setting there (very likely: hop 1 differs by that much from OriginalArrivalTime, which is "
                    "from the same clock and always UTC)."
                ),
            ),
        ),
        ("off by an hour and more", message(at("11:15:00"), at("10:03:00", OTHER), at("11:15:01", THIRD)), None),
        (
            "an hour later, as behind a queue",
            message(at("11:15:00"), at("12:15:00", OTHER), at("12:15:01", THIRD)),
            None,
        ),
        ("its own clock agrees", message(ENTRY, headers=arrived("10:15:00")), None),
    ],
    "HOP104": [
        (
            "behind, and the next leg makes it good",
            message(at("11:15:00"), at("11:13:00", OTHER), at("11:15:01", THIRD)),
            (
                2,
                (
                    "The clock of z.example is 2 min to 2 min 1 s behind. Consistent with clock skew, if the Received"
                    " field is genuine (hop 2 is 2 min earlier than hop 1; hop 3 is 2 min 1 s later than hop 2)."
                ),
            ),
        ),
        (
            "by exactly so much",
            message(at("11:15:00"), at("11:13:00", OTHER), at("11:15:00", THIRD)),
            (
                2,
                (
                    "The clock of z.example is 2 min behind. Consistent with clock skew, if the Received field is "
                    "genuine (hop 2 is 2 min earlier than hop 1; hop 3 is 2 min later than hop 2)."
                ),
            ),
        ),
        (
            "by hours and a remainder of minutes",
            message(at("10:04:58"), at("08:58:08", OTHER), at("10:08:42", THIRD)),
            (
                2,
                (
                    "The clock of z.example is 1 h 6 min 50 s to 1 h 10 min 34 s behind. Consistent with clock skew, "
                    "if the Received field is genuine (hop 2 is 1 h 6 min 50 s earlier than hop 1; hop 3 is 1 h 10 min "
                    "34 s later than hop 2; from hop 1 to hop 3 the message took 3 min 44 s)."
                ),
            ),
        ),
        (
            "by days",
            message(at("11:15:00"), f"{OTHER}; Wed, 1 Jan 2014 11:15:00 +0100", at("11:15:00", THIRD)),
            (
                2,
                (
                    "Dates of z.example are 1162 d too early. Too large for clock skew: consistent with a wrong date "
                    "on that server, a Received field of another message, or a forged date (hop 2 is 1162 d earlier "
                    "than hop 1; hop 3 is 1162 d later than hop 2)."
                ),
            ),
        ),
        (
            "the second bound includes a long wait",
            message(
                at("11:15:00", THIRD),
                at("11:15:01"),
                at("11:14:30", OTHER),
                at("11:55:01", POSTFIX.replace("y.example", "mx.d.test")),
            ),
            (
                3,
                (
                    "The clock of z.example is at least 31 s behind. Consistent with clock skew, if the Received field "
                    "is genuine (hop 3 is 31 s earlier than hop 2; hop 1 is later than hop 3, too)."
                ),
            ),
        ),
        (
            "called localhost",
            message(at("11:15:00", "by localhost (Postfix) with ESMTP"), at("11:13:00", OTHER), at("11:13:01", THIRD)),
            (
                1,
                (
                    "The clock of the server of hop 1 is at least 2 min ahead. Consistent with clock skew, if the "
                    "Received field is genuine (hop 2 is 2 min earlier than hop 1; hop 3 is earlier than hop 1, too)."
                ),
            ),
        ),
        (
            "the first one ahead, and nothing before it tells by how much",
            message(at("11:15:40"), at("11:15:00", OTHER), at("11:15:01", THIRD)),
            (
                1,
                (
                    "The clock of y.example is at least 40 s ahead. Consistent with clock skew, if the Received field"
                    " is genuine (hop 2 is 40 s earlier than hop 1; hop 3 is earlier than hop 1, too)."
                ),
            ),
        ),
        (
            "the last one behind by about an hour",
            message(at("11:15:00"), at("11:15:01", OTHER), at("10:15:00", THIRD)),
            (
                3,
                (
                    "The clock of mx.example.net is at least 1 h 1 s behind. Consistent with clock skew or a wrong "
                    "time zone, if the Received field is genuine (hop 3 is 1 h 1 s earlier than hop 2; hop 1 is later"
                    " than hop 3, too)."
                ),
            ),
        ),
        ("two clocks alone", message(at("11:15:00"), at("11:13:00", OTHER)), None),
        ("slightly behind", message(at("11:15:00"), at("11:14:55", OTHER), at("11:15:01", THIRD)), None),
        ("a long leg", message(at("11:15:00"), at("11:17:00", OTHER), at("11:17:01", THIRD)), None),
    ],
    "HOP105": [
        (
            "an hour and more before the first stamp",
            message(ENTRY, headers=arrived("09:07:00")),
            (
                1,
                (
                    "OriginalArrivalTime (line 2) records 2017-03-08 09:07:00.240 UTC, 1 h 8 min from hop 1, the "
                    "nearest Exchange hop. Consistent with Received fields that were removed or rewritten, or with a "
                    "message resubmitted with its old header fields."
                ),
            ),
        ),
        (
            "by the time in a GUID",
            message(
                ENTRY, headers="X-MS-Exchange-CrossTenant-Network-Message-Id: 00112233-4455-4677-e8e4-08dc50fddf3c\n"
            ),
            (
                1,
                (
                    "Network-Message-Id (line 2) records 2024-03-30 21:10:48.202 UTC, 2579 d 10 h 55 min 48 s from "
                    "hop 1, the nearest Exchange hop. Consistent with Received fields that were removed or rewritten,"
                    " or with a message resubmitted with its old header fields."
                ),
            ),
        ),
        *(
            (
                f"in the mailbox: {entry}, Date at {date}",
                message(MAPI, headers=arrived(entry) + dated(date)),
                (1, f"OriginalArrivalTime (line 2) records 2017-03-08 {entry}.240 UTC, {gap} from hop 1, {REWRITTEN}")
                if gap
                else None,
            )
            for entry, date, gap in (
                ("10:14:41", "11:14:30", None),
                ("10:14:57", "11:14:57", None),
                ("10:14:01", "11:13:30", None),
                ("10:13:30", "11:13:00", "1 min 30 s"),
                ("10:14:41", "11:14:50", "19 s"),
                ("10:15:19", "11:14:30", "19 s"),
            )
        ),
        (
            "the time of Date, in the outbox before",
            message(ENTRY, headers=arrived("10:13:54") + "Date: Wed, 8 Mar 2017 11:13:54 +0100\n"),
            None,
        ),
        (
            "the time of Date, after the first hop",
            message(ENTRY, headers=arrived("10:16:06") + "Date: Wed, 8 Mar 2017 11:16:06 +0100\n"),
            (
                1,
                (
                    "OriginalArrivalTime (line 2) records 2017-03-08 10:16:06.240 UTC, 1 min 6 s from hop 1, the "
                    "nearest Exchange hop. Consistent with Received fields that were removed or rewritten, or with a"
                    " message resubmitted with its old header fields."
                ),
            ),
        ),
        (
            "a minute after Date",
            message(ENTRY, headers=arrived("10:13:54") + "Date: Wed, 8 Mar 2017 11:12:54 +0100\n"),
            (
                1,
                (
                    "OriginalArrivalTime (line 2) records 2017-03-08 10:13:54.240 UTC, 1 min 6 s from hop 1, the "
                    "nearest Exchange hop. Consistent with Received fields that were removed or rewritten, or with a"
                    " message resubmitted with its old header fields."
                ),
            ),
        ),
        ("at the first stamp", message(ENTRY, headers=arrived("10:15:00")), None),
        ("within two seconds", message(ENTRY, headers=arrived("10:14:58")), None),
        ("two seconds and a half", message(ENTRY, headers=arrived("10:14:57").replace(".24", ".64")), None),
        ("quarters of an hour: another rule tells", message(ENTRY, headers=arrived("09:15:00")), None),
        ("no stamp of Exchange", message(at("11:15:00"), headers=arrived("09:07:00")), None),
        (
            "a GUID without a time",
            message(ENTRY, headers="X-MS-Exchange-CrossTenant-Network-Message-Id: 0f8fad5b\n"),
            None,
        ),
    ],
    "HOP106": [
        (
            "more than five minutes",
            message(at("11:15:00"), headers=dated("11:22:00")),
            (
                1,
                (
                    "Date is 7 min later than hop 1. Consistent with a wrong clock on the sender's device, or with a "
                    "forged Date."
                ),
            ),
        ),
        (
            "an hour",
            message(at("11:15:00"), headers=dated("12:15:20")),
            (
                1,
                (
                    "Date is 1 h 20 s later than hop 1. Consistent with a wrong clock or time zone on the sender's "
                    "device, or with a forged Date."
                ),
            ),
        ),
        (
            "two minutes, where a client submitted with SMTP AUTH",
            message(
                MAPI, headers=f"{dated('11:17:00')}X-ClientProxiedBy: a.example (10.0.0.1) To b.example (10.0.0.2)\n"
            ),
            None,
        ),
        (
            "a minute and more, where the server writes Date",
            message(MAPI, headers=dated("11:17:00")),
            (
                1,
                (
                    "Date is 2 min later than hop 1. Consistent with a wrong clock on the sender's device, or with a "
                    "forged Date."
                ),
            ),
        ),
        (
            "and fits a later hop",
            message(at("08:15:00"), at("11:15:00", OTHER), headers=dated("11:14:58")),
            (
                1,
                (
                    "Date is 2 h 59 min 58 s later than hop 1 and matches hop 2. Consistent with a message resent at "
                    "hop 2 with a new Date, after older or forged Received fields, or with clock skew at hop 1 or "
                    "on the sender's device."
                ),
            ),
        ),
        *(
            (
                f"compared with a later hop: {date}",
                message(at("08:15:00"), at("20:15:00", OTHER), headers=dated(date)),
                (1, f"Date is {text}"),
            )
            for date, text in (
                ("20:08:00", f"11 h 53 min later than hop 1 and 7 min earlier than hop 2. {RESENT}"),
                ("20:14:30", f"11 h 59 min 30 s later than hop 1 and matches hop 2. {RESENT}"),
                ("20:16:00", f"12 h 1 min later than hop 1 and matches hop 2. {RESENT}"),
                ("20:07:00", f"11 h 52 min later than hop 1. {DEVICE}"),
                ("20:17:00", f"12 h 2 min later than hop 1. {DEVICE}"),
            )
        ),
        *(
            (
                f"twenty minutes before a later hop: {date}",
                message(at("21:58:25"), at("22:19:00", OTHER), headers=dated(date)),
                (1, f"Date is {text}"),
            )
            for date, text in (
                ("22:13:54", f"15 min 29 s later than hop 1. {DEVICE}"),
                ("22:18:10", f"19 min 45 s later than hop 1 and matches hop 2. {RESENT}"),
                ("22:17:30", f"19 min 5 s later than hop 1 and 1 min 30 s earlier than hop 2. {RESENT}"),
            )
        ),
        ("a minute and more", message(at("11:15:00"), headers=dated("11:17:00")), None),
        ("earlier", message(at("11:15:00"), headers=dated("11:14:00")), None),
        ("no Date", message(at("11:15:00")), None),
        ("two of them", message(at("11:15:00"), headers=dated("12:22:00") * 2), None),
        ("the first hop has no date", message(f"{POSTFIX};", at("11:15:00"), headers=dated("12:22:00")), None),
        (
            "the clock of the first hop is off",
            message(at("11:15:00"), at("12:15:00", OTHER), at("12:15:01", THIRD), headers=dated("12:14:00")),
            (
                1,
                (
                    "Date is 59 min later than hop 1 and matches hop 2. Consistent with a message resent at hop 2 "
                    "with a new Date, after older or forged Received fields, or with clock skew at hop 1 or "
                    "on the sender's device."
                ),
            ),
        ),
        (
            "the first server is ahead, by others",
            message(at("11:25:00"), at("11:15:00", OTHER), at("11:15:01", THIRD), headers=dated("11:35:00")),
            None,
        ),
    ],
    "HOP107": [
        (
            "more than an hour",
            message(at("11:15:00"), headers=dated("09:05:00")),
            (
                1,
                (
                    "Date is 2 h 10 min before hop 1; no delay of the path includes this time. Consistent with "
                    "delayed delivery, a draft, an offline outbox, missing Received fields, a wrong clock on the "
                    "client, or a forged Date."
                ),
            ),
        ),
        (
            "two minutes, where the server writes Date",
            message(MAPI, headers=dated("11:13:00")),
            (
                1,
                (
                    "Date is 2 min before hop 1; no delay of the path includes this time. Consistent with delayed "
                    "delivery, a draft, an offline outbox, missing Received fields, a wrong clock on the client, or a"
                    " forged Date."
                ),
            ),
        ),
        (
            "two minutes, where a client submitted with SMTP AUTH",
            message(
                MAPI, headers=f"{dated('11:13:00')}X-ClientProxiedBy: a.example (10.0.0.1) To b.example (10.0.0.2)\n"
            ),
            None,
        ),
        (
            "written by a server whose clock is behind",
            message(at("11:15:00"), at("08:05:00", OTHER), at("11:15:02", THIRD), headers=dated("08:05:01")),
            None,
        ),
        ("within the hour", message(at("11:15:00"), headers=dated("10:20:00")), None),
        ("resent", message(at("11:15:00"), headers=f"{dated('09:05:00')}Resent-{dated('11:14:00')}"), None),
    ],
    "HOP108": [
        (
            "two hours of stamps, two seconds measured",
            message(
                ENTRY, at("13:15:00", smtp(B, A, "15.1.2507.39")), headers=arrived("10:15:00") + measured("00:00:02.5")
            ),
            (
                2,
                (
                    "Exchange measured 2 s from arrival to delivery, but its hops span 2 h, to hop 2. Consistent with"
                    " Received fields of another message, or with a message resent after delivery."
                ),
            ),
        ),
        (
            "as long as the stamps",
            message(
                ENTRY, at("13:15:00", smtp(B, A, "15.1.2507.39")), headers=arrived("10:15:00") + measured("01:59:59.5")
            ),
            None,
        ),
        (
            "longer stamps of another system",
            message(ENTRY, at("13:15:00"), headers=arrived("10:15:00") + measured("00:00:02.5")),
            None,
        ),
        ("not from the arrival on", message(ENTRY, headers=measured("00:00:02.5")), None),
        ("nothing measured", message(ENTRY, headers=arrived("10:15:00")), None),
    ],
    "HOP110": [
        (
            "mailbox delivery queue",
            sample("exchange-2019-inbound"),
            (
                4,
                (
                    "Hop 4 delayed 5 min 6 s in the mailbox delivery queue of EX19-02.corp.example.com (Transport). "
                    "Consistent with MailboxDeliveryQueueRetryInterval (5 min, observed 5 min 6 s), or with "
                    "MessageRetryInterval (5 min, observed 5 min 6 s)."
                ),
            ),
        ),
        (
            "no timer fits",
            message(MAPI, f"{smtp(A, B, '15.0.1497.2')}; Wed, 8 Mar 2017 11:16:40 +0100"),
            (
                2,
                (
                    "Hop 2 delayed 1 min 40 s at a.example mapi submission (no queue: retry or clock skew). "
                    "Consistent with back pressure, or a retry by the sending client or server, or clock skew. "
                    "Exceeds the 99th percentile of hops from mapi submission to Transport, Exchange 2013 (2 s)."
                ),
            ),
        ),
        (
            "another system",
            message(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 11:21:40 +0100"),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 6 min 40 s at y.example (Postfix). Consistent with a queue "
                    "or a content filter on that server."
                ),
            ),
        ),
        (
            "over an undated hop",
            message(POSTFIX, f"{POSTFIX};", f"{POSTFIX}; Wed, 8 Mar 2017 11:21:40 +0100"),
            (
                3,
                (
                    "As the headers claim: hop 3 delayed 6 min 40 s after hop 1; which server held the message is "
                    "unknown."
                ),
            ),
        ),
        (
            "a shadow copy, which has a finding of its own",
            message(
                f"{smtp('[192.0.2.7]', A, '15.1.2507.39')}; Wed, 8 Mar 2017 11:00:00 +0100",
                f"from {A} by {A} with ShadowRedundancy id 15.1.2507.39; Wed, 8 Mar 2017 13:00:10 +0000",
            ),
            None,
        ),
        ("quick", sample("exchange-2016-inbound"), None),
        ("a minute of another system", message(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 11:17:00 +0100"), None),
        (
            "delivered, and sent on a day later",
            message(
                f"{smtp(A, A, '15.1.2507.39')} via Mailbox Transport",
                f"{smtp('[192.0.2.7]', A, '15.1.2507.39')} via Frontend Transport; Thu, 9 Mar 2017 11:15:00 +0100",
            ),
            None,
        ),
        ("a clock that is behind", message(POSTFIX, f"{POSTFIX}; Wed, 8 Mar 2017 10:15:00 +0100"), None),
        (
            "the store driver of 2010, behind which Hub Transport queues",
            message(
                f"from {A} by {B} with mapi id 14.03.0468.000",
                f"{smtp(B, A, '14.3.468.0')}; Wed, 8 Mar 2017 11:30:06 +0100",
            ),
            (
                2,
                (
                    "Hop 2 delayed 15 min 6 s in the queue for a.example of b.example (Hub "
                    "Transport). Consistent with MessageRetryInterval (15 min, observed 15 min 6 s). "
                    "Exceeds the 99th percentile of hops from mapi submission to Hub Transport, "
                    "Exchange 2010 (14 s)."
                ),
            ),
        ),
        (
            "no queue, on one server: no clocks",
            message(MAPI, f"{smtp(A, A, '15.0.1497.2')}; Wed, 8 Mar 2017 11:35:00 +0100"),
            (
                2,
                (
                    "Hop 2 delayed 20 min at a.example mapi submission (no queue: retry). Consistent with back "
                    "pressure, or a retry by the sending client or server. Exceeds the 99th percentile of hops from "
                    "mapi submission to Transport, Exchange 2013 (2 s)."
                ),
            ),
        ),
        (
            "most of it by a clock that is ahead",
            message(at("11:00:00"), at("12:07:00", OTHER), at("11:00:30", THIRD), at("12:27:30", OTHER)),
            (
                4,
                (
                    "As the headers claim: hop 4 delayed up to 20 min 15 s at mx.example.net (Postfix); "
                    f"1 h 27 min recorded, the rest is clock skew. {UNREACHABLE.format('z.example')}"
                ),
            ),
        ),
        (
            "longer than the whole path, by either clock",
            message(at("11:15:00"), at("11:03:00", OTHER), at("11:30:00", THIRD)),
            (
                3,
                "As the headers claim: hop 3 delayed 27 min at z.example (Postfix), of which up to 12 min may be clock "
                "skew there. " + UNREACHABLE.format("mx.example.net"),
            ),
        ),
        (
            "longer than the whole path, which a later hop shows, by either clock",
            message(at("11:00:00"), at("11:27:00", OTHER), at("11:15:00", THIRD)),
            (
                2,
                "As the headers claim: hop 2 delayed 27 min at y.example (Postfix), of which up to 12 min may be clock "
                "skew at z.example. " + UNREACHABLE.format("z.example"),
            ),
        ),
        (
            "behind, and some minutes really spent",
            message(at("11:15:00"), at("11:03:00", OTHER), at("11:23:00", THIRD)),
            (
                3,
                "As the headers claim: hop 3 delayed up to 8 min at z.example (Postfix); 20 min recorded, the rest is "
                "clock skew. " + UNREACHABLE.format("mx.example.net"),
            ),
        ),
        (
            "much longer than an earlier negative delay",
            message(at("11:15:00"), at("11:13:00", OTHER), at("11:40:00", THIRD)),
            (
                3,
                "As the headers claim: hop 3 delayed 27 min at z.example (Postfix). "
                + UNREACHABLE.format("mx.example.net"),
            ),
        ),
        (
            "all of it by a clock that is ahead",
            message(at("11:15:00"), at("11:45:00", OTHER), at("11:15:01", THIRD)),
            None,
        ),
        (
            "all of it by one that is behind",
            message(at("11:45:00"), at("11:15:00", OTHER), at("11:45:01", THIRD)),
            None,
        ),
        (
            "greylisting, by a field",
            message(
                at("11:15:00"),
                at("11:24:10", OTHER),
                headers="X-Greylist: delayed 540 seconds by postgrey-1.37 at z.example; 8 Mar 2017 11:24:08 +0100\n",
            ),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 9 min 10 s at y.example (Postfix). X-Greylist (line 3) "
                    "reports greylisting: z.example deferred the message for 9 min."
                ),
            ),
        ),
        (
            "one local time in two zones",
            message(at("11:15:00"), f"{OTHER}; Wed, 8 Mar 2017 11:15:02 +0000"),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 1 h 2 s at y.example (Postfix). Consistent with a wrong "
                    "time zone on one server: both hops have the same local time in two time zones."
                ),
            ),
        ),
        (
            "one local time in two zones, of one server",
            message(at("11:15:00"), f"{POSTFIX}; Wed, 8 Mar 2017 11:15:02 +0000"),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 1 h 2 s at y.example (Postfix). Consistent with a queue or "
                    "a content filter on that server."
                ),
            ),
        ),
        (
            "whole half-hours",
            message(at("11:15:00"), at("12:45:01", OTHER)),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 1 h 30 min 1 s at y.example (Postfix). Consistent with a "
                    "wrong time zone on one server (a multiple of 30 min)."
                ),
            ),
        ),
        (
            "delayed acknowledgement of Exchange 2010, which as many delays match by chance",
            message(POSTFIX, f"{smtp('y.example', A, '14.3.468.0')}; Wed, 8 Mar 2017 11:15:31 +0100"),
            None,
        ),
        (
            "longer than any queue keeps mail",
            message(POSTFIX, f"{OTHER}; Wed, 15 Mar 2017 11:15:00 +0100"),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 7 d after hop 1; which server held the message is unknown. "
                    "Consistent with a moderated list, a message resent later, or a wrong date: queues keep mail "
                    "for at most 5 d."
                ),
            ),
        ),
        ("submitted anew", message(smtp(A, B, "15.1.2507.39"), f"{MAPI}; Wed, 8 Mar 2017 12:15:00 +0100"), None),
        (
            "delivered in between, by a field",
            hopscope.read(
                f"Received: {at('12:15:00', OTHER)}\nDelivered-To: a@y.example\nReceived: {at('11:15:00')}\n\n",
                source="test.eml",
            ),
            None,
        ),
        (
            "Date is of the later hop",
            message(at("08:15:00"), at("11:15:00", OTHER), headers=dated("11:14:58")),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 3 h at y.example (Postfix). Consistent with a wrong time zone "
                    "on one server (a multiple of 30 min). Date matches hop 2: also consistent with a message resent "
                    "there, or with clock skew at hop 1."
                ),
            ),
        ),
        (
            "Front End Transport hands to no other system",
            message(
                f"{smtp('[192.0.2.7]', A, '15.1.2507.39')} via Frontend Transport",
                f"{OTHER}; Wed, 8 Mar 2017 11:45:07 +0100",
            ),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 30 min 7 s after hop 1; which server held the message is "
                    "unknown."
                ),
            ),
        ),
        (
            "Exchange Online",
            message(smtp(A, B, "15.20.7181.15"), f"{OTHER}; Wed, 8 Mar 2017 11:45:07 +0100"),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 30 min 7 s in the queue for z.example of b.example "
                    "(Transport). Consistent with z.example being unreachable or deferring the message, or with a "
                    "content filter."
                ),
            ),
        ),
    ],
    "HOP111": [
        (
            "delay notice",
            message(
                smtp("[192.0.2.7]", A, "14.3.496.0"), f"{smtp(A, B, '14.3.496.0')}; Wed, 8 Mar 2017 15:15:00 +0100"
            ),
            (
                2,
                (
                    "Hop 2 delayed 4 h in the queue for b.example of a.example (Hub Transport). Past the default "
                    "delay notification timeout (4 h): the sender should have received a delay DSN. Consistent with "
                    "a wrong time zone on one server (a multiple of 30 min)."
                ),
            ),
        ),
        (
            "delay notice, by fields that no attested hop confirms",
            message(
                smtp("[192.0.2.7]", A, "14.3.496.0"),
                f"{smtp(A, B, '14.3.496.0')}; Wed, 8 Mar 2017 15:15:00 +0100",
                f"{POSTFIX}; Wed, 8 Mar 2017 15:15:01 +0100",
            ),
            (
                2,
                (
                    "As the headers claim: hop 2 delayed 4 h in the queue for b.example of a.example (Hub "
                    "Transport). Past the default delay notification timeout (4 h): the sender should have received "
                    "a delay DSN. Consistent with a wrong time zone on one server (a multiple of 30 min)."
                ),
            ),
        ),
        (
            "not in a queue of Exchange",
            message(POSTFIX, f"{POSTFIX}; Thu, 9 Mar 2017 11:15:00 +0100"),
            None,
        ),
        (
            "sooner",
            message(
                smtp("[192.0.2.7]", A, "14.3.496.0"), f"{smtp(A, B, '14.3.496.0')}; Wed, 8 Mar 2017 15:14:58 +0100"
            ),
            None,
        ),
    ],
    "HOP202": [
        (
            "no build number",
            message("from [192.0.2.7] by a.corp.example with Microsoft SMTP Server"),
            (
                1,
                (
                    "Hop 1: Exchange service unknown. Evidence: an Exchange Received field, but with no build number "
                    "to show its generation."
                ),
            ),
        ),
        ("HOP454", message(f"from {ONLINE} by {ONLINE} with MailboxResubmission by AntispamTT id 15.20.7249.10"), None),
        ("HOP454 on-premises", message(f"from {A} by {A} with MailboxResubmission id 15.1.2507.39"), None),
        ("Forefront, 2012", message(smtp("mx.sender.example", "CH1EHSMHS001.bigfish.com", "14.1.225.23")), None),
        ("Forefront, 2009", message(smtp("mail1-va3-R.bigfish.com", "VA3EHSOBE006.bigfish.com", "8.1.340.0")), None),
        ("Outlook.com", message(smtp("SNT1-W1", "SNT004-OMC1S1.hotmail.com", "15.0.847.32")), None),
        ("another system", message("nonsense"), None),
        ("known", sample("exchange-2013-internal"), None),
    ],
    "HOP203": [
        (
            "newer than the table",
            message(f"{smtp('[192.0.2.7]', A, '15.2.9999.1')} via Frontend Transport", smtp(A, B, "15.2.9999.1")),
            (
                1,
                (
                    "Hops 1 and 2: build 15.2.9999.1 is newer than any Exchange Server SE build in "
                    "the table. Consistent with an update released after 19 August 2026, the date of "
                    "the table."
                ),
            ),
        ),
        ("Exchange Online, whose builds are not published", message(smtp(ONLINE, ONLINE, "15.20.9999.1")), None),
        ("another system", message(POSTFIX), None),
    ],
    "HOP301": [
        (
            "quoted",
            hopscope.read("".join(f"> {line}\n" for line in SAMPLE.read_text(encoding="ascii").splitlines()[:9])),
            (
                None,
                "1 repair made to damaged input before parsing. Repaired: removed quote marks at the start of lines.",
            ),
        ),
        ("clean", sample("exchange-2013-internal"), None),
    ],
    "HOP302": [
        (
            "one",
            message("by a.example with SMTP;"),
            (
                None,
                (
                    "1 RFC 5322/5321 syntax violation: no date in this Received field (line 1). Consistent with a "
                    "mail system that writes nonstandard fields, or with fields changed on the path."
                ),
            ),
        ),
        (
            "more, some of them outside of the stamps",
            message("by a.example with SMTP;", headers=f"X-Long: {'x' * 1_000}\n"),
            (
                None,
                (
                    "2 RFC 5322/5321 syntax violations: no date in this Received field (line 1), line of 1008 "
                    "characters (maximum 998) (line 2). Consistent with a mail system that writes nonstandard "
                    "fields, or with fields changed on the path."
                ),
            ),
        ),
        (
            "besides text that belongs to no clause",
            message(f"{ZMAILER};"),
            (
                None,
                (
                    "1 RFC 5322/5321 syntax violation: no date in this Received field (line 1). Consistent "
                    "with a mail system that writes nonstandard fields, or with fields changed on the path."
                ),
            ),
        ),
        (
            "of one kind in several fields",
            message(*[f"{POSTFIX}; Mon, 8 Mar 2017 11:15:03 +0100"] * 4),
            (
                None,
                (
                    "4 RFC 5322/5321 syntax violations: wrong day of the week (lines 1, 2 and 2 more). "
                    "Consistent with a mail system that writes nonstandard fields, or with fields changed on "
                    "the path."
                ),
            ),
        ),
        (
            "of more than two kinds",
            message(f"{POSTFIX}; 8 Mar 2017 11:15:03", f"{POSTFIX}; Mon, 8 Mar 2017 11:15:03 +0100", "by a.example;"),
            (
                None,
                (
                    "3 RFC 5322/5321 syntax violations: no date in this Received field (line 1), wrong day of the "
                    "week (line 2) and 1 more. Consistent with a mail system that writes "
                    "nonstandard fields, or with fields changed on the path."
                ),
            ),
        ),
        ("text that belongs to no clause", message(ZMAILER), None),
        ("none", sample("exchange-2013-internal"), None),
    ],
    "HOP303": [
        (
            "one in the body",
            hopscope.read(BODY + "Received: from c.example by d.example; Tue, 31 Jul 2012 21:52:42 +1000\n"),
            (None, "1 Received field was not read. It is below the header, of another message."),
        ),
        (
            "two in the body",
            hopscope.read(BODY + "Received: from c.example by d.example; Tue, 31 Jul 2012 21:52:42 +1000\n" * 2),
            (None, "2 Received fields were not read. They are below the header, of another message."),
        ),
        ("none in the body", hopscope.read(BODY + "It was received: today.\n"), None),
    ],
    "HOP304": [
        (
            "results alone",
            hopscope.read("Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=a.example\n\n"),
            (
                None,
                (
                    "No Received field: the path is missing, and nothing shows who wrote the other fields. "
                    "Consistent with a part of a header, or with a message that was not sent, such as a draft."
                ),
            ),
        ),
        ("a hop", message(POSTFIX), None),
    ],
}
CASES |= (
    cases_chain.CASES | cases_delivery.CASES | cases_origin.CASES | cases_security.CASES | cases_authentication.CASES
)


@pytest.mark.parametrize(
    ("code", "route", "expected"),
    [
        pytest.param(code, route, expected, id=f"{code} {name}")
        for code, cases in CASES.items()
        for name, route, expected in cases
    ],
)
def test_rule(code: str, route: Route, expected: tuple[int | None, str] | None) -> None:
    is_claim = expected is not None and expected[1].startswith("As the headers claim")
    context = MessageContext(route=route) if is_claim else linked(route)
    found = [finding for finding in diagnose(context) if finding.code == code]
    if expected is None:
        assert found == []
    else:
        (finding,) = found
        assert_well_formed(finding)
        assert finding.hop == expected[0]
        assert " ".join(filter(None, (finding.message, finding.cause))) == expected[1]
        assert finding.source == route.source
        assert finding.line == (route.hops[finding.hop - 1].stamp.field.line if finding.hop else None)


_OF_HEADERS = [rule for rule in RULES if rule.needs != {Fact.TRACKED}]
"""Those of tracking logs have tests of their own, ``test_tracking_rules``."""


@pytest.mark.parametrize("rule", _OF_HEADERS, ids=lambda rule: rule.title)
def test_every_rule_has_a_case_with_and_one_without_a_finding(rule: Rule) -> None:
    assert re.fullmatch("HOP[1-9][0-9][0-9]", rule.code)
    assert (inspect.getdoc(rule.check) or "").startswith(f"{rule.code}: ")
    assert {expected is None for _, _, expected in CASES[rule.code]} == {True, False}


def test_codes_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


def test_every_rule_of_every_family_is_listed() -> None:
    families = [import_module(f"{rules.__name__}.{each.name}") for each in iter_modules(rules.__path__)]
    found = {
        function
        for family in families
        for _, function in inspect.getmembers(family, inspect.isfunction)
        if (function.__doc__ or "").startswith("HOP")
    }
    assert found == {rule.check for rule in RULES}


def test_every_rule_reports_the_codes_it_declares() -> None:
    routes = [route for cases in CASES.values() for _, route, _ in cases]
    seen: dict[str, set[Severity]] = {rule.code: set() for rule in _OF_HEADERS}
    for rule in _OF_HEADERS:
        contexts = (
            context for route in routes for context in (linked(route), linked(route, unlinked=len(route.hops) - 1))
        )
        for finding in (finding for context in contexts for finding in rule.check(context)):
            assert finding.code == rule.code
            seen[rule.code].add(finding.severity)
    assert {rule.code: {*rule.severities} for rule in _OF_HEADERS} == seen
    assert all(sorted(rule.severities, key=WORST_FIRST.index) == [*rule.severities] for rule in RULES)


def test_findings_are_sorted_by_severity() -> None:
    route = message(
        f"{POSTFIX}; noon", f"{POSTFIX}; Wed, 8 Mar 2017 11:15:00 +0100", f"{OTHER}; Wed, 8 Mar 2017 11:10:59 +0100"
    )
    assert [finding.code for finding in findings(route)] == ["HOP101", "HOP102", "HOP302"]


def test_findings_of_equal_severity_are_in_rule_order() -> None:
    route = message(MAPI_2010, f"{smtp(B, A, '14.3.496.0')}; noon")
    assert [finding.code for finding in findings(route)] == ["HOP102", "HOP205", "HOP302"]


def test_severities() -> None:
    found = {
        (finding.code, finding.severity)
        for cases in CASES.values()
        for _, r, _ in cases
        for finding in diagnose(linked(r))
    }
    assert {code for code, severity in found if severity is Severity.ERROR} == {"HOP402", "HOP461"}
    assert {code for code, severity in found if severity is Severity.WARNING} == {
        "HOP101",
        "HOP103",
        "HOP104",
        "HOP110",
        "HOP111",
        "HOP401",
        "HOP402",
        "HOP403",
        "HOP405",
        "HOP406",
        "HOP452",
        "HOP453",
        "HOP501",
        "HOP503",
        "HOP504",
        "HOP512",
        "HOP513",
        "HOP461",
    }


@pytest.mark.parametrize(("time", "severity"), [("11:14:00", Severity.INFO), ("11:13:59", Severity.WARNING)])
def test_severity_of_a_delay_between_servers(time: str, severity: Severity) -> None:
    (finding,) = diagnose(linked(message(at("11:15:00"), at(time, OTHER))))
    assert (finding.code, finding.severity) == ("HOP101", severity)


@pytest.mark.parametrize(
    ("server", "severity"),
    [
        (
            smtp("x.example", "AM3PEPF00009B9F.mail.protection.outlook.com", "15.20.7181.15"),
            Severity.INFO,
        ),
        (smtp("x.example", "DB5EUR01HT001.eop-eur01.prod.protection.outlook.com", "15.0.1367.3"), Severity.INFO),
        (smtp("x.example", "ex1.corp.example", "15.2.1544.4"), Severity.WARNING),
        (OTHER, Severity.WARNING),
    ],
)
def test_only_microsoft_sets_the_clocks_of_exchange_online(server: str, severity: Severity) -> None:
    found = diagnose(linked(message(at("11:15:00"), at("11:13:00", server), at("11:15:01", THIRD))))
    assert [finding.severity for finding in found if finding.code == "HOP104"] == [severity]


def corpus() -> list[Route]:
    path = Path(__file__).parent.parent / "corpus" / "labelled.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [hopscope.read(json.loads(line)["headers"]) for line in lines]


@pytest.mark.no_cover
def test_real_messages_with_consistent_clocks_have_no_skew_finding() -> None:
    codes = {finding.code for route in corpus() for finding in findings(route)}
    assert codes.isdisjoint({"HOP103", "HOP105", "HOP108"})


def all_findings() -> list[Finding]:
    routes = [route for cases in CASES.values() for _, route, _ in cases]
    return [finding for route in routes for finding in findings(route)]


def test_sentences_are_well_formed() -> None:
    for finding in all_findings():
        assert re.match("[A-Z0-9]", finding.message), finding.message
        assert finding.message.endswith("."), finding.message
        assert "  " not in finding.message
        assert ".." not in finding.message
        assert "None" not in finding.message
