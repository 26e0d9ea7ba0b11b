"""Date-times: the forms that are read, defects of unusual ones, and what is never guessed."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hopscope.data import table
from hopscope.model import DateTime
from hopscope.parser import dates
from hopscope.parser.dates import LIMIT, parse


def codes(read: DateTime) -> list[str]:
    """Codes of the defects, without their common prefix."""
    return [defect.code.removeprefix("date-") for defect in read.defects]


def written(read: DateTime) -> str | None:
    """The value in ISO 8601, with the offset as written."""
    return read.value.isoformat() if read.value else None


# RFC 5322 section 3.3, and the obsolete forms of section 4.3: no defect.
STANDARD = [
    pytest.param("Tue, 31 Jul 2012 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="usual"),
    pytest.param("31 Jul 2012 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="no-weekday"),
    pytest.param("Wed, 1 Aug 2012 21:52:42 +1000", "2012-08-01T21:52:42+10:00", id="day-of-one-digit"),
    pytest.param("Wed, 01 Aug 2012 21:52:42 +1000", "2012-08-01T21:52:42+10:00", id="day-padded-with-zero"),
    pytest.param("Wed,  1 Aug 2012 21:52:42 +1000", "2012-08-01T21:52:42+10:00", id="day-padded-with-blank"),
    pytest.param("Tue, 31 Jul 2012 21:52 +1000", "2012-07-31T21:52:00+10:00", id="no-seconds"),
    pytest.param("tue, 31 JUL 2012 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="any-case"),
    pytest.param(" \tTue,\r\n\t31 Jul\t2012 21:52:42\r\n +1000 \r\n", "2012-07-31T21:52:42+10:00", id="folded"),
    pytest.param("Tue ,31Jul2012 21 : 52 : 42 +1000", "2012-07-31T21:52:42+10:00", id="obsolete-white-space"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 +1400", "2012-07-31T21:52:42+14:00", id="easternmost"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 -1200", "2012-07-31T21:52:42-12:00", id="westernmost"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 +0545", "2012-07-31T21:52:42+05:45", id="quarter-of-an-hour"),
    pytest.param("Sat, 30 Jun 2012 23:59:60 +0000", "2012-07-01T00:00:00+00:00", id="leap-second"),
    pytest.param("Wed, 29 Feb 2012 00:00:00 +0000", "2012-02-29T00:00:00+00:00", id="leap-day"),
    pytest.param("9 Sep 94 15:45:20 -0700", "1994-09-09T15:45:20-07:00", id="year-of-two-digits"),
    pytest.param("9 Sep 49 15:45:20 -0700", "2049-09-09T15:45:20-07:00", id="year-49-is-2049"),
    pytest.param("9 Sep 50 15:45:20 -0700", "1950-09-09T15:45:20-07:00", id="year-50-is-1950"),
    pytest.param("9 Sep 102 15:45:20 -0700", "2002-09-09T15:45:20-07:00", id="year-of-three-digits"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 GMT", "2012-07-31T21:52:42+00:00", id="gmt"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 UT", "2012-07-31T21:52:42+00:00", id="ut"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 EST", "2012-07-31T21:52:42-05:00", id="est"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 EDT", "2012-07-31T21:52:42-04:00", id="edt"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 CST", "2012-07-31T21:52:42-06:00", id="cst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 CDT", "2012-07-31T21:52:42-05:00", id="cdt"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 MST", "2012-07-31T21:52:42-07:00", id="mst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 MDT", "2012-07-31T21:52:42-06:00", id="mdt"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 PST", "2012-07-31T21:52:42-08:00", id="pst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 pdt", "2012-07-31T21:52:42-07:00", id="pdt-lower-case"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 +0200 (CEST)", "2012-07-31T21:52:42+02:00", id="comment"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 +0200(CEST)", "2012-07-31T21:52:42+02:00", id="comment-unspaced"),
    pytest.param(
        "Tue, 31 Jul 2012 21:52:42 +0900 (JST) (envelope-from <a@b.example>)",
        "2012-07-31T21:52:42+09:00",
        id="two-comments",
    ),
    pytest.param(
        r"(a)Tue(b (c) \) d), (e) 31 (f) Jul (g) 2012 (h) 21 (i) : (j) 52 : 42 (k) +1000 (l (m (n)))",
        "2012-07-31T21:52:42+10:00",
        id="comments-everywhere",
    ),
    pytest.param("Tue, 31 Jul 2012 21:52:42(z)+1000", "2012-07-31T21:52:42+10:00", id="comment-as-white-space"),
]


@pytest.mark.parametrize(("text", "value"), STANDARD)
def test_dates_of_rfc_5322_are_read_without_defect(text: str, value: str) -> None:
    read = parse(text)
    assert (written(read), read.zone_known, read.defects) == (value, True, ())
    assert read.text == text.strip()


# Not in RFC 5322, but common and unambiguous: read, with a defect.
OTHER = [
    pytest.param("Tue Jul 31 21:52:42 2012 +0200", "2012-07-31T21:52:42+02:00", id="asctime-offset"),
    pytest.param("Tue Jul 31 21:52:42 2012 EST", "2012-07-31T21:52:42-05:00", id="asctime-name"),
    pytest.param("Wed Aug  1 21:52:42 2012 +0200", "2012-08-01T21:52:42+02:00", id="asctime-padded"),
    pytest.param("Tue Jul 31 21:52:42 CEST 2012", "2012-07-31T21:52:42+02:00", id="date-command"),
    pytest.param("Tue Jul 31 21:52:42 MET DST 2012", "2012-07-31T21:52:42+02:00", id="date-command-two-words"),
    pytest.param("Tue Jul 31 21:52:42 +0200 2012", "2012-07-31T21:52:42+02:00", id="offset-before-year"),
    pytest.param("Tue Jul 31 2012 21:52:42 GMT+1000", "2012-07-31T21:52:42+10:00", id="ecmascript"),
    pytest.param("Jul, 22 2002 11:16:51 PM -0200", "2002-07-22T23:16:51-02:00", id="month-first-pm"),
    pytest.param("Jul, 23 2002 12:30:34 AM +0700", "2002-07-23T00:30:34+07:00", id="half-past-midnight"),
    pytest.param("Jul, 23 2002 12:30:34 p.m. +0700", "2002-07-23T12:30:34+07:00", id="half-past-noon"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 PM +1000", "2012-07-31T21:52:42+10:00", id="21-pm-is-clear"),
    pytest.param("July 31, 2012, 9:52:42 PM GMT+2", "2012-07-31T21:52:42+02:00", id="american"),
    pytest.param("29-Apr-2009 23:34:45 +0200", "2009-04-29T23:34:45+02:00", id="dashes"),
    pytest.param("Wednesday, 29-Apr-09 23:34:45 GMT", "2009-04-29T23:34:45+00:00", id="rfc-850"),
    pytest.param("29/Apr/2009:23:34:45 +0200", "2009-04-29T23:34:45+02:00", id="slashes"),
    pytest.param("Tue 31 Jul 2012 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="no-comma"),
    pytest.param("Tue, 31 Jul, 2012 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="comma-after-month"),
    pytest.param("Tue, 31 Jul 2012 9:52:42 +1000", "2012-07-31T09:52:42+10:00", id="hour-of-one-digit"),
    pytest.param("Tue, 31 Jul 2012 21.52.42 +1000", "2012-07-31T21:52:42+10:00", id="dots-in-time"),
    pytest.param("Tue, 31 Jul 2012 21:52:42.334 +1000", "2012-07-31T21:52:42.334000+10:00", id="fraction"),
    pytest.param("Tue, 31 Jul 2012 21:52:42+1000", "2012-07-31T21:52:42+10:00", id="offset-unspaced"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 -08:00", "2012-07-31T21:52:42-08:00", id="offset-with-colon"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 -700", "2012-07-31T21:52:42-07:00", id="offset-of-three-digits"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 GMT+2", "2012-07-31T21:52:42+02:00", id="gmt-plus-hours"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 GMT-4", "2012-07-31T21:52:42-04:00", id="gmt-minus-hours"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 UTC -0330", "2012-07-31T21:52:42-03:30", id="utc-minus-spaced"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 UTC", "2012-07-31T21:52:42+00:00", id="utc"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 JST", "2012-07-31T21:52:42+09:00", id="jst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 MEZ", "2012-07-31T21:52:42+01:00", id="mez"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 MESZ", "2012-07-31T21:52:42+02:00", id="mesz"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 CEST", "2012-07-31T21:52:42+02:00", id="cest"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 MET DST", "2012-07-31T21:52:42+02:00", id="met-dst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 NZST", "2012-07-31T21:52:42+12:00", id="nzst"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 -0500 EST", "2012-07-31T21:52:42-05:00", id="offset-and-name"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 EST -0500", "2012-07-31T21:52:42-05:00", id="name-and-offset"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 XYZ+0200", "2012-07-31T21:52:42+02:00", id="unknown-name-and-offset"),
    pytest.param("Tue, 31 Jul 2012 21:52:42 +0530 IST", "2012-07-31T21:52:42+05:30", id="ambiguous-name-and-offset"),
    pytest.param("2012-07-31T21:52:42+10:00", "2012-07-31T21:52:42+10:00", id="iso-8601"),
    pytest.param("2012-07-31 21:52:42,5 +10", "2012-07-31T21:52:42.500000+10:00", id="iso-8601-blank"),
    pytest.param("2012-07-31T21:52+1000", "2012-07-31T21:52:00+10:00", id="iso-8601-no-seconds"),
    pytest.param("20120731T215242+1000", "2012-07-31T21:52:42+10:00", id="iso-8601-basic"),
    pytest.param("2012/07/31 21:52:42 +1000", "2012-07-31T21:52:42+10:00", id="year-first-slashes"),
    pytest.param("Tue 2012-07-31 21:52:42 CEST", "2012-07-31T21:52:42+02:00", id="iso-8601-with-weekday"),
    pytest.param("2021-03-04 05:06:07.123456789 +0000 UTC m=+12.34", "2021-03-04T05:06:07.123456+00:00", id="go-utc"),
    pytest.param("2021-03-04 05:06:07.1 -0300 -03 m=+0.5", "2021-03-04T05:06:07.100000-03:00", id="go-no-name"),
    pytest.param(
        "28 Sep 2005 19:53:58.0711 (UTC) FILETIME=[5DAACC70:01C5C466]",
        "2005-09-28T19:53:58.711000+00:00",
        id="x-originalarrivaltime-milliseconds",
    ),
    pytest.param("15 Jan 2022 11:49:14.2409 (UTC)", "2022-01-15T11:49:14.240900+00:00", id="zone-in-comment"),
    pytest.param("15 Jan 2022 11:49:14 (x) (+0100)", "2022-01-15T11:49:14+01:00", id="offset-in-second-comment"),
    pytest.param("Di, 31 Mai 2011 21:52:42 +0200", "2011-05-31T21:52:42+02:00", id="german"),
    pytest.param("Do, 31. Dez. 2009 23:59:59 +0100", "2009-12-31T23:59:59+01:00", id="german-dots"),
    pytest.param("Mi, 31 Mrz 2010 23:59:59 +0200", "2010-03-31T23:59:59+02:00", id="german-java"),
    pytest.param("mer., 29 févr. 2012 23:34:45 +0100", "2012-02-29T23:34:45+01:00", id="french"),
    pytest.param("jeu., 1 aout 2013 23:34:45 +0200", "2013-08-01T23:34:45+02:00", id="french-without-accent"),
    pytest.param("jeu., 1 aou\u0302t 2013 23:34:45 +0200", "2013-08-01T23:34:45+02:00", id="french-decomposed"),
    pytest.param("jue, 01 ago 2013 23:34:45 +0200", "2013-08-01T23:34:45+02:00", id="spanish"),
    pytest.param("sexta-feira, 3 mai 2013 23:34:45 -0300", "2013-05-03T23:34:45-03:00", id="portuguese"),
    pytest.param("星期二, 27 八月 2002 01:50:37 -0700", "2002-08-27T01:50:37-07:00", id="chinese"),
    pytest.param("\udcac\udcfd?, 27 Aug 2002 01:50:37 -0700", "2002-08-27T01:50:37-07:00", id="weekday-undecodable"),
    pytest.param("31.07.2012 21:52:42 +0200", "2012-07-31T21:52:42+02:00", id="dateutil-day-over-12"),
    pytest.param("Tuesday 31st of July 2012 9:52 pm CEST", "2012-07-31T21:52:00+02:00", id="dateutil-prose"),
    pytest.param("21:52:42 +0200 31 Jul 2012", "2012-07-31T21:52:42+02:00", id="dateutil-time-first"),
]


@pytest.mark.parametrize(("text", "value"), OTHER)
def test_other_unambiguous_forms_are_read_with_a_defect(text: str, value: str) -> None:
    read = parse(text)
    assert (written(read), read.zone_known, codes(read)) == (value, True, ["nonstandard"])


# Read with defects: the defects, and the text of each.
ODD = [
    pytest.param(
        "Thu, 29 Apr 2009 23:34:45 -0800", "2009-04-29T23:34:45-08:00", {"weekday-wrong": "Thu"}, id="weekday"
    ),
    pytest.param(
        " Thu, 29 Apr 2009 23:34:45 -0800", "2009-04-29T23:34:45-08:00", {"weekday-wrong": "Thu"}, id="offsets-in-text"
    ),
    pytest.param(
        "Thursday 29.04.2009 23:34:45 -0800",
        "2009-04-29T23:34:45-08:00",
        {"nonstandard": "Thursday 29.04.2009 23:34:45 -0800", "weekday-wrong": "Thursday"},
        id="weekday-by-dateutil",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 +0100 (CEST)",
        "2009-04-29T23:34:45+01:00",
        {"zone-contradiction": "(CEST)"},
        id="comment-contradicts",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 -0300 (-02)",
        "2009-04-29T23:34:45-03:00",
        {"zone-contradiction": "(-02)"},
        id="numeric-comment-contradicts",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 GMT ( MET DST )",
        "2009-04-29T23:34:45+00:00",
        {"zone-contradiction": "( MET DST )"},
        id="comment-contradicts-name",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 -0500 PDT",
        "2009-04-29T23:34:45-05:00",
        {"nonstandard": "Wed, 29 Apr 2009 23:34:45 -0500 PDT", "zone-contradiction": None},
        id="name-contradicts",
    ),
    pytest.param(
        "Fri, 9 Sep 94 15:45:20 -0700 for joe@example.com ",
        "1994-09-09T15:45:20-07:00",
        {"trailing-text": "for joe@example.com"},
        id="text-after-it",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 +0200 (CEST) x (y) z",
        "2009-04-29T23:34:45+02:00",
        {"trailing-text": "x (y) z"},
        id="text-between-comments",
    ),
    pytest.param(
        "Wed, 29 Apr 2009 23:34:45 +0200 (CEST",
        "2009-04-29T23:34:45+02:00",
        {"trailing-text": "(CEST"},
        id="comment-not-closed",
    ),
    pytest.param(
        "Wed,= 23 May 2018 08:16:15 +0000", "2018-05-23T08:16:15+00:00", {"repaired": "="}, id="soft-line-break"
    ),
    pytest.param(
        "Wed,=2023 May 2018 08:16:15=20+0000", "2018-05-23T08:16:15+00:00", {"repaired": "=20"}, id="encoded-blank"
    ),
    pytest.param(
        "\u200eWed, 23 May 2018 08:16:15 +0000",
        "2018-05-23T08:16:15+00:00",
        {"repaired": "\u200e"},
        id="invisible-character",
    ),
]


@pytest.mark.parametrize(("text", "value", "defects"), ODD)
def test_errors_are_reported_and_the_date_is_read(text: str, value: str, defects: dict[str, str | None]) -> None:
    read = parse(text)
    assert written(read) == value
    assert defects == {
        defect.code.removeprefix("date-"): None if defect.start is None else text[defect.start : defect.end]
        for defect in read.defects
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Thu, 17 Jan 2008 03:40:53 +1100 (EST)", id="australian-est"),
        pytest.param("Mon, 6 Aug 2001 19:56:57 +0800 (CST)", id="chinese-cst"),
        pytest.param("Mon, 6 Aug 2001 19:56:57 +0530 (IST)", id="indian-ist"),
        pytest.param("Mon, 6 Aug 2001 19:56:57 +0100 (IST)", id="irish-ist"),
        pytest.param("Mon, 6 Aug 2001 19:56:57 +0100 (BST)", id="british-bst"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0000 (Eire)", id="no-zone-known"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 -0300 (-03)", id="numeric"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0200 (Central European Summer Time)", id="in-words"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0800 (GMT-8)", id="sign-of-posix"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0800 (GMT+8)", id="usual-sign"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0200 (CEST:-0700)", id="more-than-a-zone"),
        pytest.param("Mon, 6 Aug 2001 12:04:06 +0200 (A)", id="military"),
        pytest.param("(PDT) Mon, 6 Aug 2001 12:04:06 +0200", id="before-the-time"),
    ],
)
def test_a_comment_with_a_matching_meaning_agrees(text: str) -> None:
    assert parse(text).defects == ()


def test_minus_zero_is_utc_in_an_unknown_zone() -> None:
    read = parse("Tue, 31 Jul 2012 21:52:42 -0000 (CEST)")
    assert (written(read), read.zone_known, read.defects) == ("2012-07-31T21:52:42+00:00", False, ())


@pytest.mark.parametrize("letter", "ABCDEFGHIKLMNOPQRSTUVWXYabcdefghiklmnopqrstuvwxy")
def test_a_military_letter_is_minus_zero(letter: str) -> None:
    read = parse(f"Tue, 31 Jul 2012 21:52:42 {letter}")
    assert (written(read), read.zone_known, codes(read)) == ("2012-07-31T21:52:42+00:00", False, ["zone-military"])


@pytest.mark.parametrize(
    ("text", "defects"),
    [
        pytest.param("Tue, 31 Jul 2012 21:52:42 Z", [], id="rfc-5322"),
        pytest.param("2012-07-31T21:52:42Z", ["nonstandard"], id="iso-8601"),
        pytest.param("20120731215242Z", ["nonstandard"], id="generalized-time"),
    ],
)
def test_z_is_utc_in_an_unknown_zone(text: str, defects: list[str]) -> None:
    read = parse(text)
    assert (written(read), read.zone_known, codes(read)) == ("2012-07-31T21:52:42+00:00", False, defects)


@pytest.mark.parametrize(
    ("text", "defects"),
    [
        pytest.param("So, 4 Jul 2004 20:19:09", ["nonstandard", "zone-missing"], id="german"),
        pytest.param("Sun, 4 Jul 2004 20:19:09", ["zone-missing"], id="standard"),
        pytest.param("Sun Jul  4 20:19:09 2004", ["nonstandard", "zone-missing"], id="asctime"),
        pytest.param("2004-07-04T20:19:09", ["nonstandard", "zone-missing"], id="iso-8601"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 (to joe)", ["zone-missing"], id="comment-is-no-zone"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 (CST6CDT)", ["zone-missing"], id="comment-is-no-offset"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 (IST)", ["zone-missing"], id="comment-is-ambiguous"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 for joe", ["zone-missing", "trailing-text"], id="text-is-no-zone"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 ?", ["zone-missing", "trailing-text"], id="sign-is-no-zone"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 IST", ["zone-ambiguous"], id="india-ireland-israel"),
        pytest.param("Sat, 4 Jul 2015 20:19:09 BST", ["zone-ambiguous"], id="britain-bougainville"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 AST", ["zone-ambiguous"], id="atlantic-arabia"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 MSK", ["zone-ambiguous"], id="moscow-changed"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 XYZ", ["zone-unknown"], id="in-no-table"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 J", ["zone-unknown"], id="j-is-no-military-zone"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 EST5EDT", ["zone-unknown"], id="posix"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 Europe/Berlin", ["zone-unknown"], id="tz-database"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 Etc/GMT+2", ["zone-unknown", "trailing-text"], id="inverted-sign"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 +9959", ["zone-impossible"], id="99-hours"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 -1600", ["zone-impossible"], id="16-hours"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 +1401", ["zone-impossible"], id="just-too-far-east"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 -1201", ["zone-impossible"], id="just-too-far-west"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 +0060", ["zone-impossible"], id="60-minutes"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 +02000", ["zone-impossible"], id="five-digits"),
        pytest.param("Sun, 4 Jul 2004 20:19:09 +9959 (CEST)", ["zone-impossible"], id="comment-does-not-heal-it"),
    ],
)
def test_without_a_certain_zone_there_is_no_instant(text: str, defects: list[str]) -> None:
    read = parse(text)
    assert (read.value, read.zone_known, codes(read)) == (None, False, defects)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("$now", id="variable"),
        pytest.param("10:12", id="time-alone"),
        pytest.param("10:12:13 +0200", id="time-and-zone"),
        pytest.param("Mon 10:12 +0200", id="weekday-and-time"),
        pytest.param("Mon Mon Mon", id="weekdays"),
        pytest.param("31 Jul 2012", id="date-alone"),
        pytest.param("31 Jul 2012 +0200", id="date-and-zone"),
        pytest.param("Jul 2012 10:12 +0200", id="no-day"),
        pytest.param("31 Jul 10:12 +0200", id="no-year"),
        pytest.param("10:12 5 Jun 20 +0000", id="century-by-the-clock"),
        pytest.param("03.07.2012 21:52:42 +0200", id="day-or-month"),
        pytest.param("01-02-03 21:52:42 +0200", id="any-order"),
        pytest.param("31/07/2012 21:52:42 9:10:11 +0200", id="two-times"),
        pytest.param("31/07/2012 21:52 10h +0200", id="two-hours"),
        pytest.param("31 Foo 2012 21:52:42 +0200", id="no-month"),
        pytest.param("31 lis 2012 21:52:42 +0200", id="month-of-two-languages"),
        pytest.param("30 Feb 2012 10:00:00 +0000", id="no-such-day"),
        pytest.param("29 Feb 2013 10:00:00 +0000", id="no-leap-year"),
        pytest.param("2012-13-05 10:00:00 +0000", id="month-13"),
        pytest.param("2012-00-05 10:00:00 +0000", id="month-0"),
        pytest.param("31 Jul 2012 24:00:00 +0200", id="hour-24"),
        pytest.param("31 Jul 2012 21:60:00 +0200", id="minute-60"),
        pytest.param("31 Jul 2012 21:52:61 +0200", id="second-61"),
        pytest.param("31 Jul 2012 21:52:42 AM +0200", id="21-am"),
        pytest.param("31 Jul 0012 21:52:42 +0200", id="before-1900"),
        pytest.param("31 Jul 19112 21:52:42 +0200", id="year-19112"),
        pytest.param("31 Dec 9999 23:59:59 -1200", id="utc-in-10000"),
        pytest.param("99999999999999999999 10:12 +0200", id="overflow"),
        pytest.param("2024-01-01T10:1000000000000000000000000000000:00.123+00:00", id="decimal-overflow"),
        pytest.param("1000000000000000000000000000000h 10:10 +0000", id="hours-overflow"),
        pytest.param("٣١/٠٧/2012 21:52:42 +0200", id="other-digits"),
        pytest.param("(Tue, 31 Jul 2012 21:52:42 +0200)", id="all-comment"),
        pytest.param("31/07/2012 " + "." * 128 + " 21:52:42 +0200", id="too-long-for-dateutil"),
        pytest.param("Tue, 31 Jul 2012 21:52:42 +0200 (" + "x" * LIMIT + ")", id="too-long"),
    ],
)
def test_invalid_dates_are_unknown(text: str) -> None:
    read = parse(text)
    assert (read.text, read.value, read.zone_known, codes(read)) == (text, None, False, ["unreadable"])


def test_a_text_within_the_limit_is_read() -> None:
    date = "Tue, 31 Jul 2012 21:52:42 +0200"
    text = f"{date} ({'x' * (LIMIT - len(date) - 3)})"
    assert len(text) == LIMIT
    assert written(parse(f"  {text}  ")) == "2012-07-31T21:52:42+02:00"


def test_a_long_run_of_digits_is_read_in_linear_time() -> None:
    assert codes(parse("1" * 2_000_000)) == ["unreadable"]


OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(9998, 12, 30), timezones=OFFSETS)  # noqa: DTZ001
SECONDS = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
FWS = st.sampled_from([" ", "  ", "\t", "\r\n "])
COMMENT = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_characters="()\\\r\n"), max_size=6) | st.sampled_from([r"\)", r"\\"]),
    lambda inner: st.builds("({})".format, inner) | st.builds("{}{}".format, inner, inner),
    max_leaves=4,
).map("({})".format)
CFWS = FWS | COMMENT | st.builds("{}{}{}".format, FWS, COMMENT, FWS)
MAYBE_CFWS = st.just("") | CFWS


@st.composite
def dates_of_rfc_5322(draw: st.DrawFn) -> tuple[str, datetime]:
    """A date-time of RFC 5322 section 3.3 without obsolete parts, and its value."""
    moment = draw(SECONDS)
    day = draw(st.sampled_from([f"{moment.day}", f"{moment.day:02}"]))
    if draw(st.booleans()):
        moment, clock = moment.replace(second=0), f"{moment:%H:%M}"
    else:
        clock = f"{moment:%H:%M:%S}"
    weekday = draw(st.sampled_from(["", f"{moment:%a},{draw(FWS)}"]))
    blanks = [draw(FWS) for _ in range(4)]
    tail = draw(st.just("") | st.builds("{}{}".format, FWS, COMMENT))
    text = f"{weekday}{day}{blanks[0]}{moment:%b}{blanks[1]}{moment.year}{blanks[2]}{clock}{blanks[3]}{moment:%z}{tail}"
    return text, moment


@given(dates_of_rfc_5322())
def test_any_date_of_rfc_5322_is_read_as_the_standard_library_reads_it(case: tuple[str, datetime]) -> None:
    text, moment = case
    read = parse(text)
    library = parsedate_to_datetime(text)
    assert read.value == library == moment
    assert read.value is not None
    assert read.value.utcoffset() == library.utcoffset()
    assert read.zone_known
    assert set(codes(read)) <= {"zone-contradiction"}


ZONES = {row["name"]: row["offset"] for row in table("zones") if row["source"] == "RFC 5322 section 4.3"}


@st.composite
def obsolete_dates(draw: st.DrawFn) -> tuple[str, datetime]:
    """A date-time of RFC 5322 section 4.3, and its value."""
    name = draw(st.sampled_from(sorted(ZONES)))
    moment = draw(st.datetimes(datetime(1950, 1, 2), datetime(2898, 12, 30)))  # noqa: DTZ001
    moment = datetime.strptime(f"{moment:%Y %m %d %H %M %S} {ZONES[name]}", "%Y %m %d %H %M %S %z")
    short = f"{moment.year % 100:02}" if moment.year < 2050 else f"{moment.year - 1900}"
    year = draw(st.sampled_from([f"{moment.year}", short]))
    c = [draw(MAYBE_CFWS) for _ in range(12)]
    weekday = draw(st.sampled_from(["", f"{c[0]}{moment:%a}{c[1]},"]))
    text = (
        f"{weekday}{c[2]}{moment.day}{c[3]}{moment:%b}{c[4]}{year}{draw(CFWS)}"
        f"{moment:%H}{c[6]}:{c[7]}{moment:%M}{c[8]}:{c[9]}{moment:%S}{c[10]}{name}{c[11]}"
    )
    return text, moment


@given(obsolete_dates())
def test_any_obsolete_date_is_read(case: tuple[str, datetime]) -> None:
    text, moment = case
    read = parse(text)
    assert read.value == moment
    assert read.value.utcoffset() == moment.utcoffset()
    assert read.zone_known
    assert set(codes(read)) <= {"zone-contradiction"}


@st.composite
def obsolete_dates_of_the_library(draw: st.DrawFn) -> str:
    """A date-time of RFC 5322 section 4.3 that the standard library reads correctly.

    Omitted are these, which ``email.utils`` of Python 3.11 gets wrong: a year of three digits (it reads it as one of
    the first millennium) and one of two from 50 to 68 (it follows POSIX); comments between the parts (it raises, or
    loses the zone) and one joined to the zone (it loses the zone); white space before the comma and around the colons
    (it raises); a leap second (it raises); ``-0000`` and the military letters (it gives a time without a zone).
    """
    moment = draw(st.datetimes(datetime(1969, 1, 1), datetime(2049, 12, 31)))  # noqa: DTZ001 - its zone is a name
    blanks = [draw(FWS) for _ in range(6)]
    weekday = draw(st.sampled_from(["", f"{moment:%a},", f"{moment:%a},{blanks[0]}"]))
    year = draw(st.sampled_from(["%Y", "%y"]))
    clock = draw(st.sampled_from(["%H:%M:%S", "%H:%M"]))
    comment = draw(st.just("") | st.builds("{}{}".format, FWS, COMMENT))
    date = f"{moment.day}{blanks[1]}{moment:%b}{blanks[2]}{moment.strftime(year)}"
    return (
        f"{weekday}{date}{blanks[3]}{moment.strftime(clock)}{blanks[4]}{draw(st.sampled_from(sorted(ZONES)))}{comment}"
    )


@given(obsolete_dates_of_the_library())
def test_an_obsolete_date_is_read_as_the_standard_library_reads_it(text: str) -> None:
    read, library = parse(text).value, parsedate_to_datetime(text)
    assert read is not None
    assert (read, read.utcoffset()) == (library, library.utcoffset())


@given(SECONDS)
def test_rfc_5322_output_is_read_back(moment: datetime) -> None:
    read = parse(format_datetime(moment))
    assert read.value is not None
    assert (read.value, read.value.utcoffset(), read.defects) == (moment, moment.utcoffset(), ())


@given(MOMENTS)
def test_iso_8601_output_is_read_back(moment: datetime) -> None:
    read = parse(moment.isoformat())
    assert read.value is not None
    assert (read.value, read.value.utcoffset(), codes(read)) == (moment, moment.utcoffset(), ["nonstandard"])


DEBRIS = """
    Tue Tuesday Jul July Mai 31 7 12 2012 0 21:52:42 9:5:9 24:00 1.2.3 +1000 -0000 -99999 GMT IST DST A Z am PM
    31/07/2012 2012-07-31T 20120731 1e5 .5 10h m=+1 FILETIME=[ =20 = ( ) \\ , . ; : - + T \" ² ٣ \u200e \udc80 \0
"""
PIECES = st.sampled_from(DEBRIS.split())


@given(st.text() | st.lists(PIECES, max_size=9).map(" ".join) | st.lists(PIECES, max_size=9).map("".join))
@example("²")
@example("1 ² 2012 10:12 +0000")
def test_any_text_gives_a_record(text: str) -> None:
    read = parse(text)
    assert read.text == text.strip()
    assert (read.value is not None) or read.defects
    assert read.value is None or read.value.astimezone(UTC).utcoffset() == timedelta(0)
    for defect in read.defects:
        assert defect.start is None or 0 <= defect.start < (defect.end or 0) <= len(text)


def test_every_defect_is_documented() -> None:
    cases = [case.values[0] for case in (*OTHER, *ODD)]
    found = {defect.code for text in cases for defect in parse(str(text)).defects}
    assert found <= {line.split()[0] for line in (dates.__doc__ or "").splitlines() if line.startswith("date-")}


def test_each_name_of_a_month_is_of_one_month() -> None:
    months: dict[str, set[int]] = {}
    for row in table("months"):
        months.setdefault(row["name"], set()).add(int(row["month"]))
    assert {name for name, numbers in months.items() if len(numbers) != 1} == set()
    assert {number for numbers in months.values() for number in numbers} == set(range(1, 13))


def test_each_name_of_a_month_is_read() -> None:
    expected = {row["name"]: datetime(2012, int(row["month"]), 1, 10, 12, 13, tzinfo=UTC) for row in table("months")}
    assert {name: parse(f"1 {name.title()} 2012 10:12:13 +0000").value for name in expected} == expected


def test_the_usual_date_imports_neither_dateutil_nor_the_obsolete_forms() -> None:
    program = (
        "import sys; from hopscope.parser import dates;"
        "dates.parse('Tue, 31 Jul 2012 21:52:42 +0200 (CEST)');"
        "print(sorted({'dateutil', 'zoneinfo', 'email.utils', 'hopscope.parser.date_forms'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
