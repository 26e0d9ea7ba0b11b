"""Every part of a message has a word that nothing else has, and none of the words is in the redacted message."""

import base64
import codecs
import re
from itertools import count
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.analysis.analyze import analyze
from hopscope.api import read
from hopscope.redaction import Aliases, redact
from tests.corpora import PIECES, mutated, received

from .helpers import KEY, preserved_facts, redacted

DATE = "Tue, 31 Jul 2012 21:52:42 +1000"
# W: a word; I: an IPv4 address; J: an IPv6 address; G: a GUID; N: a number; B: a word in base64; E: an encoded word.
MESSAGE = """\
Return-Path: <SRS0=WxW=ab=W.example=W@W.example>
Delivered-To: W+W=W.example@W.example
X-Original-To: W@W.example
Received-SPF: Fail (protection.outlook.com: domain of W.example does not designate I as permitted sender)
 receiver=protection.outlook.com; client-ip=I; helo=W.W.example;
Authentication-Results: W.example; spf=fail (sender IP is I) smtp.mailfrom=W@W.example; dkim=pass header.d=W.example
ARC-Seal: i=1; a=rsa-sha256; s=W; d=W.example; cv=none; b=B
ARC-Message-Signature: i=1; d=W.example; s=W; h=from:W; bh=B; b=B
ARC-Authentication-Results: i=1; W.example; dkim=none (W); arc=none
DKIM-Signature: v=1; a=rsa-sha256; d=W.example; s=W; i=@W.example; q=W; bh=B; b=B; t=1343735562
X-Received: by 2002:a05:W:b0:1 with SMTP id W.N.W; {date}
Received: from W.W.example (W.example [I]) by W.example (Postfix) with ESMTPS id W for <W@W.example>; {date}
Received: from W (HELO W.example) (W@I) by W.example with SMTP (W at W); {date} (W W)
Received: from [I] ([I:4711] helo=W) by W.example with esmtpsa (TLS1.3) tls W (Exim 4.96 W) (envelope-from
 <prvs=W=W@W.example>) id W-W-W for W@W.example, <W@W.example>; {date}
Received: from xn--W.example (unknown [IPv6:J]) (Authenticated sender: W W) by W (W.example) with W via W id
 <W@W>; {date}
Received: from W.W.local (J) by W.W.local (fe80::1%W) with Microsoft SMTP Server (version=TLS1_2, cipher=W) id W; {date}
Received: from W.mail.protection.outlook.com (I) by W.onmicrosoft.com (I) with Microsoft SMTP Server id
 15.1.2507.N; {date}
Received: from localhost (W%40W.example [I]) by W.example (amavisd-new, port W) with LMTP id W; {date} W:W W/W
Received: by W.example (8.14.7/8.14.7/W-W) with ESMTP id W; Tue, 31 Jul 2012 21:52: 42 +1000 (W, W)
Received: from E by E with E (E); W, 31 Jul 2012 21:52:42 W
Received: W W-W_W "W W" <W> [W] {{W}} 'W' W/W\\W|W~W (((W) W) W
Received: from W by W; N Foo I
Subject: W E B
Thread-Topic: W
Thread-Index: W
From: "W, W" <W@W.example>
To: =?utf-8?q?W_W?= <W@W.example>, W@W.example (W)
Cc: W: W@W.example, W@W.example;
Reply-To: W@W.example
Message-ID: <W.G@W.W.example>
In-Reply-To: <W@W.example>
References: <W@W> <G@W.example>
Date: {date} (W)
Resent-From: W <W@W.example>
Resent-Message-ID: W
Resent-W: W
List-Id: W W <W.W.example>
List-Post: <mailto:W@W.example>
List-Unsubscribe: <https://W.example/W?W=W>, <mailto:W-W@W.example?subject=W>
Mailing-List: contact W@W.example; run by W
X-Mailer: W W
User-Agent: W/W
X-Originating-IP: [I]
X-Sender: W
X-W: W
X-Greylist: delayed 300 seconds by W-1.37 at W.example; {date} W
X-Spamd-Result: default: False [W]; GREYLIST(0.00)[pass,body]; W(1)[W]
X-ClientProxiedBy: W.W.example (I) To W.W.example (J)
X-OrganizationHeadersPreserved: W.W.example
X-MS-Exchange-Organization-AuthSource: W.W.example
X-MS-Exchange-Organization-AuthAs: W
X-MS-Exchange-Organization-Network-Message-Id: G
X-MS-Exchange-CrossTenant-Id: G
X-MS-Exchange-CrossTenant-OriginalAttributedTenantConnectingIp: TenantId=G;Ip=[I];Helo=[W.example]
X-MS-Exchange-CrossTenant-FromEntityHeader: W
X-MS-Exchange-CrossPremises-W: W
X-MS-Exchange-CrossPremises-AuthSource: W.W.example
X-MS-Exchange-Inbox-Rules-Loop: W@W.example
X-MS-Exchange-Organization-MessageLatency: SRV=W.W.example:TOTAL-FE=0.014|W=0.1(W=0.2)
X-MS-Exchange-Transport-EndToEndLatency: W
X-MS-Exchange-Transport-CrossTenantHeadersStamped: W
X-Forefront-Antispam-Report: CIP:I;CTRY:W;LANG:W;H:W.example;PTR:W;SRV:W;SFV:W;SCL:W;CAT:W SPM;SFS:(N);W:W;W;CIP:J
X-Forefront-Antispam-Report-Untrusted: CIP:I;H:W;PTR:W.example
X-Microsoft-Antispam: BCL:W;ARA:N|W
X-Microsoft-Antispam-Mailbox-Delivery: ucf:N;dest:W;OFR:W;ENG:(N)
X-CustomSpam: W
X-MS-Exchange-Organization-SCL: W
X-MS-Exchange-Organization-Antispam-Report: DV:N;CW:W;PCL:PhishingLevel W;SID:SenderIDStatus W;OrigIP:I;TIME:W
X-MS-Exchange-Organization-AuthMechanism: W
X-MS-Exchange-Organization-AuthDomain: W.example
X-MS-Exchange-Organization-SkipSafeLinksProcessing: W
X-MS-Exchange-Forest-RulesExecuted: W
X-EOPTenantAttributedMessage: G
X-CrossPremisesHeadersPromoted: W.W.example
X-CrossPremisesHeadersFilteredBySendConnector: W
X-Auto-Response-Suppress: W, OOF
X-Proofpoint-GUID: W-W
X-ASG-Debug-ID: W-W

W W@W.example B E W%57
"""


def planted(text: str) -> tuple[str, list[str]]:
    """The text with a value of its own in each place, and the values."""
    numbers, values = count(101), []

    def value(match: re.Match[str]) -> str:
        number, kind = next(numbers), match[0]
        word = f"zork{codecs.encode(str(number), 'rot13').translate(str.maketrans('0123456789', 'abeghkmopr'))}ville"
        plain = {
            "I": f"203.{number % 200}.{number // 3 % 250}.77",
            "J": f"2a01:111:f{number:03x}::{number:x}",
            "G": f"{number:08x}-5bca-4c1e-9d0a-{number * 7919:012x}",
            "N": str(number * 7919),
        }.get(kind, word)
        values.append(plain)
        encoded = base64.b64encode(word.encode()).decode()
        return {"B": encoded, "E": f"=?utf-8?b?{encoded}?="}.get(kind, plain)

    places = r"(?<![A-Za-z0-9_])[WIJGNBE](?![A-Za-z0-9_])|W(?=[x_])|(?<=[x_])W|(?<=%40)W|(?<=xn--)W"
    return re.sub(places, value, text), values


def forms(value: str) -> set[str]:
    """The value in the forms in which it could still be read, in lower case."""
    data = value.encode()
    offsets = (base64.b64encode(b"-" * skip + data).decode()[-(-4 * skip // 3) : -4] for skip in range(3))
    encoded = {
        *offsets,
        data.hex(),
        "".join(f"%{byte:02x}" for byte in data),
        codecs.encode(value, "rot13"),
        quote(value),
    }
    return {form.lower() for form in (value, value[::-1], *encoded)}


def test_no_word_of_a_message_is_left() -> None:
    text, values = planted(MESSAGE.format(date=DATE))
    assert len(values) > 250
    assert len(set(values)) == len(values)
    shown = redacted(text)
    joined = re.sub(r"\s", "", shown.lower())
    assert [(value, form) for value in values for form in forms(value) if form in joined] == []
    assert "zork" not in joined
    assert "ville" not in joined


def test_a_name_has_one_pseudonym_wherever_it_is() -> None:
    text = (
        f"Received: from ex1.contoso.com (EX1 [203.0.113.7]) by EX2.CONTOSO.COM (Postfix) with ESMTP id 4Tb for\n"
        f" <Ann@contoso.com>; {DATE} (envelope-from <ann@contoso.com>)\nDelivered-To: ann@contoso.com\n"
        "X-ClientProxiedBy: ex1.contoso.com (203.0.113.7) To ex2.contoso.com (203.0.113.8)\n"
    )
    aliases = Aliases(KEY)
    shown = redact(read(text), aliases).text.lower()
    for name, times in (("ex1.contoso.com", 2), ("ex2.contoso.com", 2), ("203.0.113.7", 2), ("ann@contoso.com", 3)):
        pseudonym = aliases.mailbox(name) if "@" in name else aliases.address_or_host(name)
        assert shown.count(pseudonym) == times
    assert redacted(text, KEY[::-1]) != redacted(text)
    assert redacted(text) == redacted(text)


DATES = """\
Fri, 14 Jun 2019 04:02: 16 +0200
14Jun2019 04:02:16 (CEST)
2019-06-14 04:02:16.123456789 +0000 UTC m=+3.2
Fri, 14 Jun 19 4:2 EST
Friday, 14-Jun-19 04:02:16 GMT
(comment) 14 (x) Jun (y) 2019 04:02:16 +0200 (CEST)
14 Jun 119 04:02:16 Z
Jun 14 2019 4:02:16 PM -0700
14 Jun 2019 04:02:60 +0000
14 Jun 2019 24:00:00 +0000
Fri Jun 14 04:02:16 2019
14 Jun 2019 04:02:16 IST
14 Jun 2019 04:02:16 A
14 Jun 2019 04:02:16 +9900
14.06.2019 04:02:16 +0200
06/14/2019 04:02:16 +0200
20190614040216Z
Fr., 14. Juni 2019 04.02.16 MESZ
vendredi 14 juin 2019 04:02:16 +0200 (Paris, Madrid)
14 Jun 2019 04:02:16 -0000
14 Jun 2019 04:02:16 +02:00
14 Jun 2019 04:02:16 +0000 (GMT Standard Time)
mercredi ann 14 Jun 2019 04:02:16 +0200
14 Jun 2019 04:02:16 +0200 remark 555 1234
14 Jun 2019 04:02:16.5 +0200
Received at 14 Jun 2019 04:02:16 +0200
14 Jun 2019 04:02:16 +0200 (added by postmaster@contoso.com)
14 Jun 2019 04:02:16 Europe/Berlin
14 Jun 2019 04:02:16 GMT+0200
14 Jun 2019 04:02:16 +0200 EST
14 Jun 2019 04:02:16 contoso
Contoso, 14 Jun 2019 04:02:16 CONTOSO
31 Feb 2012 21:52:42 +1000
14 Jun 2019 04:02:16 +0200 04:05:16 +0300
""".splitlines()
SAME = ("dates", "delays", "labels", "builds", "from previous", "passages", "holders")
"""What stays the same in damaged fields too: a protocol or cipher that is in no table does not."""


def facts(text: str) -> dict[str, object]:
    route = read(text)
    facts = preserved_facts(route)
    dates = [stamp.date_time for stamp in (hop.stamp for hop in route.hops)]
    values = [(date.value, date.value.utcoffset(), date.zone_known) if date and date.value else None for date in dates]
    return {"count": len(route.hops)} | {name: facts[name] for name in SAME} | {"dates": values}


@pytest.mark.parametrize("date", DATES)
def test_a_date_of_any_form_is_the_same_or_stays_unread(date: str) -> None:
    text = f"Received: from a.example by b.example with ESMTP; {date}\n\n"
    shown = redacted(text)
    assert facts(shown) == facts(text)
    assert facts(redacted(shown, KEY[::-1])) == facts(text)
    assert "contoso" not in shown.lower()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_fields_keep_their_dates_and_services(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(received()))
    if data.draw(st.booleans()):
        body = f"{body.rpartition(';')[0]}; {data.draw(st.sampled_from(DATES))}"
    text = f"Received: {data.draw(mutated(body, PIECES))}\n\n".replace("\r", " ")
    shown = redacted(text)
    assert facts(shown) == facts(text)
    assert facts(redacted(shown, KEY[::-1])) == facts(shown)


def test_a_paste_and_several_messages_are_redacted_as_a_message() -> None:
    field = f"Received: from ex1.contoso.com ([203.0.113.7]) by ex2.contoso.com with ESMTP id 4Tb; {DATE}"
    plain = redacted(f"{field}\n\n")
    for paste in (f"> {field}\n", f"Hello\n\n```\n{field}\n```\n", f"    {field}\n", field.replace("\n", "")):
        assert redacted(paste).splitlines()[:3] == plain.splitlines()[:3]
    assert not analyze(read(plain)).route.repairs
