"""Header fields: what redaction keeps of each."""

import base64
import re

import pytest

from hopscope.api import read
from hopscope.data import table
from hopscope.redaction import Aliases, redact
from hopscope.redaction.fields import READERS

from .helpers import KEY, redacted

ALIASES = Aliases(KEY)
DATE = "Tue, 31 Jul 2012 21:52:42 +1000"


def body(field: str) -> str:
    """The body of the field in a redacted message, unfolded; empty if the field was omitted."""
    text = redacted(f"Received: from a by b; {DATE}\n{field}\n")
    lines = re.sub(r"\n(?=[ \t])", "", text).splitlines()
    return lines[1].partition(": ")[2] if lines[1] and not lines[1].startswith("Comments") else ""


def stamp(text: str) -> str:
    """A stamp, redacted."""
    shown = redacted(f"Received: {text}\n")
    return re.sub(r"\n(?=[ \t])", "", shown).splitlines()[0].removeprefix("Received: ")


@pytest.mark.parametrize(
    "date",
    [
        "1 Nov 2003 07:0:19 -0000",
        "Fri, 14 Jun 2019 04:02: 16 +0200",
        "Fri, 14 Jan2019 04:02:16 +0200",
        "14Jun2019 04:02:16 +0200",
        "Tue, 31 Jul 2012 21:52:42.123456 +1000",
        "20120731215242Z",
        "2012-07-31T21:52:42Z",
        "Jul, 23 2002 12:30:34 p.m. +0700",
        "Tue Jul 31 21:52:42 MET DST 2012",
        "jeu., 1 ao\u00fbt 2013 23:34:45 +0200",
        "\u661f\u671f\u4e8c, 27 \u516b\u6708 2002 01:50:37 -0700",
        "Wed,=2023 May 2018 08:16:15=20+0000",
    ],
)
def test_a_readable_date_keeps_its_time(date: str) -> None:
    field = f"Received: from a.example by b.example with ESMTP; {date}\n\n"
    before, after = read(field).hops[0], read(redacted(field)).hops[0]
    assert before.time is not None
    assert after.time == before.time
    assert (before.stamp.date_time and before.stamp.date_time.zone_known) == (
        after.stamp.date_time and after.stamp.date_time.zone_known
    )


@pytest.mark.parametrize("word", ["10.1.2.3:25", "10.1.2.3-1", "may.10.1.2.3", "a1b2", "123456789", "may-annsmith"])
def test_a_word_foreign_to_dates_is_not_kept(word: str) -> None:
    assert word not in stamp(f"from a by b; Tue, 31 Jul 2012 21:52:42 +1000 {word}")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (
            f"from EX1 (10.1.1.1) by b with mapi id 15.00.0466.010; {DATE}",
            r"from \S+ \(10\.\S+\) by \S+ with mapi id 15\.00\.0466\.010; D",
        ),
        (
            f"from a by b (8.14.4/8.14.4) with ESMTP id q6VBqjXx012345; {DATE}",
            r"from \S+ by \S+ \(8\.14\.4/8\.14\.4\) with ESMTP id id-\w{7}; D",
        ),
        (
            f"from a by b with local (Exim 4.96) id 1s6mXk-000abc-2D; {DATE}",
            r"from \S+ by \S+ with local \(Exim 4.96\) id id-\w{7}; D",
        ),
        (
            f"from a by b with esmtp id 1s6mXk-000abc-2D; {DATE}",
            r"from \S+ by \S+ with esmtp id \d[a-x]\d[a-x][A-X][a-x]-\d{3}[a-f]{3}-\d[A-F]; D",
        ),
        (
            f"from a by b (PowerMTA(TM) v3.5r15) id oc6km08hqs53; {DATE}",
            r"from \S+ by \S+ \(PowerMTA\(TM\) v3.5r15\) id id-\w{7}; D",
        ),
        (f"from a (Not Verified[192.0.2.1]) by b; {DATE}", r"from \S+ \(Not Verified\[198\.1[89]\.\S+\]\) by \S+; D"),
        (f"from a by b (AvMailGate-192.0.2.1); {DATE}", r"from \S+ by \S+ \(AvMailGate-198\.1[89]\.\S+\); D"),
        (f"by mail-ej1-f49.google.com with SMTP id f5q4t; {DATE}", r"by h\w{7}\.google\.com with SMTP id id-\w{7}; D"),
        (
            f"from a by inbound-smtp.eu-west-1.amazonaws.com; {DATE}",
            r"from \S+ by inbound-smtp\.h\w{7}\.amazonaws\.com; D",
        ),
        (f"by filterdrecv-7c4bb-5k2cb with SMTP id x; {DATE}", r"by filterdrecv-\w{7} with SMTP id id-\w{7}; D"),
        (
            f"from a by b with ESMTPS (TLS_SM4_GCM_SM3 aria); {DATE}",
            r"from \S+ by \S+ with ESMTPS \(TLS_SM4_GCM_SM3 h\w{7}\); D",
        ),
        (f"from a by b with contoso; {DATE}", r"from \S+ by \S+ with h\w{7}; D"),
        (
            "from a by b; Fr., 14. Juni 2019 04.02.18.16 MESZ",
            r"from \S+ by \S+; Fri, 14 Jun 2019 04:02:18\.160000 \+0200",
        ),
        ("from a by b; Wed, \0 4 Nov 2020 16:39:10 +0000", r"from \S+ by \S+; Wed, 04 Nov 2020 16:39:10 \+0000"),
        (
            f"from a by b with ESMTP id q6VBqjXx012345; {DATE}",
            r"from \S+ by \S+ with ESMTP id q6VBqj\w\w\d{6}; D",
        ),
        (
            f"from a by b (8.18.1.2/8.18.1.2) with ESMTP id q6VBqjXx012345; {DATE}",
            r"from \S+ by \S+ \(8\.18\.1\.2/8\.18\.1\.2\) with ESMTP id \S+; D",
        ),
        (
            f"from a by b (Postfix, from userid 4711) id 4F2A; {DATE}",
            r"from \S+ by \S+ \(Postfix, from userid \d{5}\) id id-\w{7}; D",
        ),
        (f"from a by b (Haraka/3.0.1) with ESMTP; {DATE}", r"from \S+ by \S+ \(Haraka/3\.0\.1\) with ESMTP; D"),
        (
            f"from a by b for <u@c.example>; {DATE} (envelope-from <u@c.example>)",
            r"from \S+ by \S+ for <(\S+)>; D \(envelope-from <\1>\)",
        ),
        (f'from a by b for "a b"@c.example; {DATE}', r"from \S+ by \S+ for \S+ ?\S+@org\S+; D"),
        (f"from a (helo=c.example ident=root) by c.example; {DATE}", r"from \S+ \(helo=(\S+) ident=\S+\) by \1; D"),
        (
            f"from a (HELO c.example) (u@192.0.2.1) by b with SMTP; {DATE}",
            r"from \S+ \(HELO \S+\) \(u\w{7}@198\.1[89]\.\S+\) by \S+ with SMTP; D",
        ),
        (
            f"from a.outlook.com by b.outlook.com with TransportReplication id Version 15.20 (Build 7362.27); {DATE}",
            r"from \S+ by \S+ with TransportReplication id Version 15\.20 \(Build 7362\.27\); D",
        ),
        (
            "from a by b; Samstag, 31 Jul 2012 21:52:42 +1000",
            r"from \S+ by \S+; [A-Z][a-z]{6}, 31 Jul 2012 21:52:42 \+1000",
        ),
        (
            f"from Pickup by b with Microsoft SMTP Server id 15.1.2507.39; {DATE}",
            r"from Pickup by \S+ with Microsoft SMTP Server id 15\.1\.2507\.39; D",
        ),
        (f"from a by b id <AAA@c.example>; {DATE}", r"from \S+ by \S+ id <m\w{7}@org\w{7}\.example>; D"),
        ("from a by b; 99 Foo 5551234", r"from \S+ by \S+; h\w+ h\w+ h\w+"),
        (f"from a by b; {DATE} call 555 1234", r"from \S+ by \S+; D h\w+ \d{5} \d{5}"),
        (f"from unknown (HELO a) (unknown) by b; {DATE}", r"from unknown \(HELO \S+\) \(unknown\) by \S+; D"),
    ],
)
def test_stamps(text: str, form: str) -> None:
    shown = stamp(text)
    assert re.fullmatch(form.replace("D", re.escape(DATE)), shown), shown
    assert shown != text


@pytest.mark.parametrize(
    ("field", "form"),
    [
        (
            "X-ClientProxiedBy: EX1.contoso.com (10.1.1.1) To EX1.contoso.com (10.1.1.1)",
            r"(\S+\.example \(10\.\S+\)) To \1",
        ),
        ("X-MS-Exchange-Organization-AuthSource: EX1.contoso.com", r"h\w{7}\.org\w{7}\.example"),
        ("X-MS-Exchange-Organization-AuthAs: Anonymous", "Anonymous"),
        ("X-MS-Exchange-Organization-AuthAs: Contoso", r"h\w{7}"),
        ("X-MS-Exchange-CrossPremises-Contoso: contoso", "yes"),
        ("X-MS-Exchange-CrossTenant-FromEntityHeader: HybridOnPrem", "HybridOnPrem"),
        (
            "X-MS-Exchange-Organization-Network-Message-Id: 8b37bca4-58ba-c070-5fac-08dd1ee239af",
            r"(?!8b37bca4)[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-5fac-08dd1ee239af",
        ),
        ("X-MS-Exchange-Organization-Network-Message-Id: contoso", ""),
        ("X-MS-Exchange-Organization-Network-Message-Id: 8b37bca4-58ba-4070-9fac-2b1d1ee239af", ""),
        ("X-MS-Exchange-Transport-EndToEndLatency: 10.11.12.13", ""),
        ("DKIM-Signature: t=01761234567", ""),
        ("X-MS-Exchange-Transport-EndToEndLatency: 00:00:04.9491322", "00:00:04.9491322"),
        ("X-MS-Exchange-Transport-EndToEndLatency: contoso", ""),
        (
            "X-MS-Exchange-Organization-MessageLatency: SRV=EX1.contoso.com:TOTAL-FE=0.014|SMR=1(CONTOSO=1)",
            r"SRV=h\w{7}\.org\w{7}\.example:TOTAL-FE=0\.014\|SMR=1\(H\w{7}=1\)",
        ),
        (
            "X-OriginalArrivalTime: 27 Mar 2025 10:09:47.0676 (UTC) FILETIME=[5ECB4DC0:01DB9F00]",
            r"27 Mar 2025 10:09:47\.0676 \(UTC\) FILETIME=\[5ECB4DC0:01DB9F00\]",
        ),
        (
            f"X-Greylist: delayed 1843 seconds by postgrey-1.37 at a.contoso.com; {DATE}",
            rf"delayed 1843 seconds by postgrey-1\.37 at \S+\.example; {re.escape(DATE)}",
        ),
        ("X-Greylist: delayed 00:05:59 by SQLgrey-1.7.6", r"delayed 00:05:59 by \S+"),
        (
            "X-Greylist: Delayed for 02:20:00 by contoso (a.contoso.com [192.0.2.1])",
            r"Delayed for 02:20:00 by h\S+ \(h\S+\.example \[198\S+\]\)",
        ),
        (
            "DKIM-Signature: v=1; d=contoso.com; s=x; t=1700000000; x=1700000600; b=abc",
            r"t=1700000000; x=1700000600; d=\S+; s=h\w{7}",
        ),
        (
            "ARC-Seal: i=2; a=rsa-sha256; t=1700000000; cv=pass; d=contoso.com",
            r"i=2; a=rsa-sha256; t=1700000000; cv=pass; d=\S+",
        ),
        ("DKIM-Signature: v=1; d=contoso.com", r"d=org\w{7}\.example"),
        ("DKIM-Signature: v=1; t=999999999; x=2000000000; d=<contoso>", ""),
        ('Resent-From: "Mueller, Anna" <anna@contoso.com>', r'"h\w{7}, h\w{7}" <u\w{7}@org\w{7}\.example>'),
        ("Return-Path: <>", "<>"),
        ("Message-ID: <am9obi5jb250b3NvLmNvbQ==@x>", r"<m\w{7}@h\w{7}>"),
        ("Message-ID: contoso.com", r"id-\w{7}"),
        ("From: Ann <ann@contoso.com>", r"<u@org\w{7}\.example>"),
        ("To: ann@contoso.com, bob@contoso.com", r"<u@org\w{7}\.example>"),
        ("List-Post: <mailto:a@b.contoso.com>", r"<mailto:u\w{7}@h\w{7}\.org\w{7}\.example>"),
        ("List-Id: Contoso <a.b.contoso.com>", r"<u\w{7}\.h\w{7}\.org\w{7}\.example>"),
        ("List-Unsubscribe: <https://contoso.com/ann>", "yes"),
        ("X-MS-Exchange-Inbox-Rules-Loop: ann@contoso.com", r"u\w{7}@org\w{7}\.example"),
        ("X-MS-Exchange-Transport-Rules-Loop: 1", "1"),
        ("X-MS-Exchange-Transport-Rules-Loop: ann", ""),
        ("X-MS-Exchange-CrossTenant-Id: 84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa", "84df9e7f-e9f6-40af-b435-a{12}"),
        ("X-MS-Exchange-CrossTenant-Id: 94df9e7f-e9f6-40af-b435-aaaaaaaaaaaa", ""),
        (
            "X-Forefront-Antispam-Report: CIP:203.0.113.9;CTRY:NL;LANG:en;SCL:5;SFV:SPM;H:a.contoso.com;CAT:Ann;",
            r"CIP:198\.1[89]\.\S+; CTRY:NL; LANG:en; SCL:5; SFV:SPM; H:h\w{7}\.org\w{7}\.example;",
        ),
        ("X-Forefront-Antispam-Report: CIP:255.255.255.255;CTRY:Contoso", r"CIP:255\.255\.255\.255;"),
        ("X-Microsoft-Antispam: BCL:7;ARA:13230040", "BCL:7;"),
        ("X-MS-Exchange-Organization-SCL: -1", "-1"),
        ("X-MS-Exchange-Organization-SCL: Ann 5", ""),
        ("X-MS-Exchange-Organization-AuthMechanism: 0a", "0a"),
        (
            "X-MS-Exchange-Organization-Antispam-Report: PCL:PhishingLevel SUSPICIOUS;CW:Ann;IPOnAllowList",
            "PCL:PhishingLevel SUSPICIOUS; IPOnAllowList;",
        ),
        ("X-MS-Exchange-Organization-SkipSafeLinksProcessing: Ann", "yes"),
        ("X-CrossPremisesHeadersPromoted: ex1.contoso.com", r"\S+\.org\w{7}\.example"),
        ("X-Auto-Response-Suppress: OOF, Ann, DR", "OOF, DR"),
        (
            "X-Spamd-Result: default: False; GREYLIST(0.00)[pass,body]; CONTOSO(1)[ann]",
            r"GREYLIST\(0\.00\)\[pass,body\]",
        ),
        ("X-ASG-Debug-ID: 1234-ann", "yes"),
        (
            "Authentication-Results: spf=softfail (sender IP is 203.0.113.9) smtp.mailfrom=contoso.com; dkim=none",
            r'spf=softfail \(sender IP is 198\.1[89]\.\S+\) smtp\.mailfrom="org\w{7}\.example"; dkim=none',
        ),
        (
            (
                "Authentication-Results: mx.a.com 1; spf=pass (contoso) smtp.mailfrom=ann@contoso.com; x-ann=bob;"
                " dmarc=fail reason=ann action=oreject header.from=contoso.com; compauth=fail reason=001"
            ),
            (
                r'mx\.org\w{7}\.example; spf=pass smtp\.mailfrom="u\w{7}@org\w{7}\.example"; \S+=\w+; dmarc=fail '
                r'action=oreject header\.from="org\w{7}\.example"; compauth=fail reason=001'
            ),
        ),
        (
            "ARC-Authentication-Results: i=2; mx.microsoft.com 1; arc=pass (0 spf=[1,1,smtp.mailfrom=contoso.com])",
            r"i=2; mx\.microsoft\.com; arc=pass",
        ),
        (
            "Received-SPF: fail (domain of ann@contoso.com; 203.0.113.9)",
            r"fail \(designates 198\.\S+\); \(domain of org\w{7}\.example 198\.\S+\)",
        ),
        (
            "Received-SPF: Pass (protection.outlook.com: domain of contoso.com designates I) client-ip=203.0.113.9",
            r"pass \(protection\.outlook\.com: \) client-ip=198\.\S+",
        ),
        ("Received-SPF: contoso", ""),
        (
            "ARC-Seal: i=1; a=rsa-sha256; s=contoso; d=contoso.com; cv=pass; t=1343735562; b=Y29udG9zbw==",
            r"i=1; a=rsa-sha256; t=1343735562; cv=pass; d=org\w{7}\.example; s=h\w{7}",
        ),
        ("ARC-Seal: i=1; d=microsoft.com; a=contoso", r"i=1; d=microsoft\.com"),
        ("DKIM-Signature: i=@contoso.com; d=a.contoso.com; x=1343735562", r"x=1343735562; d=h\w{7}\.org\w{7}\.example"),
        ("Subject: a merger with Fabrikam", ""),
        ("X-Originating-IP: [203.0.113.7]", ""),
    ],
)
def test_other_fields(field: str, form: str) -> None:
    shown = body(field)
    assert re.fullmatch(form, shown), shown


def test_a_conversation_index_keeps_its_time() -> None:
    index = base64.b64decode("AdnQqwERVBOhJnXESr2Gj8KzCaWeRg==")
    shown = base64.b64decode(body(f"Thread-Index: {base64.b64encode(index + bytes((1, 2, 3, 4, 5))).decode()}"))
    assert shown[:6] == index[:6]
    assert shown[6:] != index[6:]
    assert len(shown) == len(index)


@pytest.mark.parametrize("index", ["AdnQ", "not base64!", "é", base64.b64encode(b"anna mueller, fabrikam").decode()])
def test_an_invalid_conversation_index_is_omitted(index: str) -> None:
    assert body(f"Thread-Index: {index}") == ""


def test_omitted_fields_are_counted() -> None:
    route = read(f"Received: from a by b; {DATE}\nSubject: x\nX-Other: y\nDate: {DATE}\n")
    assert redact(route, ALIASES).left_out == 2


def test_presence_of_other_fields_is_kept() -> None:
    assert read(redacted(f"Received: from a by b; {DATE}\nSubject: x\n")).headers
    assert not read(redacted(f"Received: from a by b; {DATE}\n")).headers


def test_each_kind_of_the_table_has_a_function_and_each_function_is_used() -> None:
    rows = table("kept_fields")
    assert {row["kept"] for row in rows} == set(READERS)
    assert all(row["name"] == row["name"].lower() for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_kept_words_are_in_lower_case_and_have_a_source() -> None:
    for row in table("kept_words"):
        assert row["words"] == row["words"].lower()
        assert row["source"]


def test_each_pattern_of_microsoft_servers_matches_its_example() -> None:
    for row in table("online_host_labels"):
        assert re.fullmatch(row["form"], row["example"].lower())


def test_no_field_is_a_ci_runner_command() -> None:
    text = redacted(f"Received: from ##[error]x by ##vso[task.complete] with SMTP; {DATE}\n\n")
    assert "##" not in text
