"""Build numbers: forms, releases, products, hosts and the Windows SMTP service."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope.data
from hopscope.classifier import builds
from hopscope.data import table
from hopscope.model import Build

ROWS = table("exchange_builds")
ONLINE_HOST = "DS0PR02MB10614.namprd02.prod.outlook.com"
LAST_OF_SE = next(row["release"] for row in reversed(ROWS) if row["product"] == "Exchange Server SE")
FULL_BUILDS = [row["build"] for row in ROWS if row["build"].count(".") == 3]


def key(number: str) -> tuple[int, ...]:
    return tuple(map(int, number.split(".")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("15.00.0466.010", "15.0.466.10", id="padded, as mapi prints"),
        pytest.param("15.0.466.13", "15.0.466.13", id="short already"),
        pytest.param("14.03.0487.000", "14.3.487.0", id="revision zero"),
        pytest.param("08.01.0240.006", "8.1.240.6", id="padded major"),
        pytest.param(" 15.2.2562.17 ", "15.2.2562.17", id="white space around"),
        pytest.param("5.5.2653", "5.5.2653", id="three numbers, old products"),
        pytest.param("Version 15.20 (Build 7362.27)", "15.20.7362.27", id="AdminDisplayVersion"),
        pytest.param("15.0.466", "15.0.466", id="three numbers"),
        pytest.param("15.0", None, id="two numbers"),
        pytest.param("15.0.466.13.1", None, id="five numbers"),
        pytest.param("15.0.123456.1", None, id="six digits"),
        pytest.param("15.0.466.", None, id="number missing"),
        pytest.param("xx.1.18xx.3", None, id="masked"),
        pytest.param("15.0.466.1e", None, id="letters"),
        pytest.param("4F2A81B0C3", None, id="queue id"),
        pytest.param("١٥.0.466.13", None, id="digits of other scripts"),
        pytest.param("15.20 (Build 7362.27)", None, id="AdminDisplayVersion, cut"),
        pytest.param("", None, id="empty"),
    ],
)
def test_short_form(text: str, expected: str | None) -> None:
    assert builds.short(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("15.0.466.13", "15.00.0466.013", id="2013"),
        pytest.param("15.2.2562.17", "15.02.2562.017", id="SE"),
        pytest.param("8.3.83.6", "8.03.0083.006", id="2007: the major number has no zero"),
        pytest.param("15.00.1497.002", "15.00.1497.002", id="padded already"),
        pytest.param("15.20.7362.27", "15.20.7362.027", id="Online"),
        pytest.param("5.5.2653", None, id="no revision"),
        pytest.param("none", None, id="no build"),
    ],
)
def test_padded_form(text: str, expected: str | None) -> None:
    assert builds.padded(text) == expected


@given(st.sampled_from(FULL_BUILDS))
def test_short_and_padded_are_inverse(number: str) -> None:
    padded = builds.padded(number)
    assert padded is not None
    assert builds.short(padded) == number
    assert builds.lookup(padded) == builds.lookup(number)


@pytest.mark.parametrize(
    ("number", "product", "release", "exact", "newer"),
    [
        pytest.param("15.0.466.13", "Exchange Server 2013", "Preview", True, False, id="2013 Preview, SMTP stamp"),
        pytest.param("15.00.0466.010", "Exchange Server 2013", "Preview", False, False, id="2013 Preview, mapi stamp"),
        pytest.param("15.00.1347.000", "Exchange Server 2013", "CU18", False, False, id="mapi stamp with revision 0"),
        pytest.param("15.0.1347.2", "Exchange Server 2013", "CU18", True, False, id="SMTP stamp beside it"),
        pytest.param("15.01.1913.007", "Exchange Server 2016", "CU15 Feb20SU", True, False, id="2016 with an SU"),
        pytest.param("15.0.1497", "Exchange Server 2013", "CU23", False, False, id="without revision"),
        pytest.param("15.1.1913.6", "Exchange Server 2016", "at or after CU15", False, False, id="between revisions"),
        pytest.param(
            "15.0.1347.9", "Exchange Server 2013", "at or after CU18 Mar18SU", False, False, id="above the revisions"
        ),
        pytest.param("14.02.0309.002", "Exchange Server 2010", "SP2 RU3", True, False, id="2010 SP2"),
        pytest.param("14.2.309.2", "Exchange Server 2010", "SP2 RU3", True, False, id="2010 SP2, short"),
        pytest.param(
            "14.3.408.0", "Exchange Server 2010", "at or after SP3 RU21", False, False, id="2010 interim build"
        ),
        pytest.param("14.03.0487.000", "Exchange Server 2010", "at or after SP3 RU29", False, False, id="2010 interim"),
        pytest.param(
            "14.2.400.0", "Exchange Server 2010", "at or after SP2 RU8", False, False, id="2010: SP3 is newer"
        ),
        pytest.param(
            "14.3.900.0", "Exchange Server 2010", "at or after SP3 RU32", False, True, id="newer than any 2010"
        ),
        pytest.param("8.3.348.2", "Exchange Server 2007", "SP3 RU13", True, False, id="2007"),
        pytest.param("15.1.225.42", "Exchange Server 2016", "RTM", True, False, id="2016 RTM"),
        pytest.param("15.2.221.14", "Exchange Server 2019", "RTM + KB4471389", True, False, id="2019 RTM with a fix"),
        pytest.param("15.2.1748.49", "Exchange Server 2019", "CU15 Aug26SU", True, False, id="last 2019"),
        pytest.param("15.2.1748.99", "Exchange Server 2019", "at or after CU15 Aug26SU", False, True, id="newer 2019"),
        pytest.param("15.2.2562.17", "Exchange Server SE", "RTM", True, False, id="first SE"),
        pytest.param("15.2.2562.3", "Exchange Server SE", "RTM", False, False, id="SE, lower revision"),
        pytest.param("15.2.2700.1", "Exchange Server SE", f"at or after {LAST_OF_SE}", False, True, id="newer SE"),
        pytest.param("15.1.9999.1", "Exchange Server 2016", "at or after CU23 Aug26SU", False, True, id="newer 2016"),
        pytest.param("15.0.400.1", "Exchange Server 2013", None, False, False, id="before the first of its line"),
        pytest.param("5.5.2653.19", "Exchange Server 5.5", "SP4", True, False, id="5.5: the table has no revisions"),
        pytest.param("6.5.7226.0", "Exchange Server 2003", "SP1", True, False, id="2003, as X-MimeOLE prints it"),
        pytest.param("15.20.8251.21", "Exchange Online", None, False, False, id="Online, any host"),
        pytest.param("15.21.1.1", "Exchange Online", None, False, False, id="Online of 2026"),
        pytest.param("15.22.1.1", "Exchange Online", None, False, True, id="Online, series newer than the table"),
        pytest.param("14.16.359.1", "Exchange Online", None, False, False, id="Online of 2013"),
    ],
)
def test_lookup_returns_the_release(
    *,
    number: str,
    product: str,
    release: str | None,
    exact: bool,
    newer: bool,
) -> None:
    found = builds.lookup(number)
    assert found is not None
    assert (found.product, found.release, found.exact, found.newer) == (product, release, exact, newer)
    assert found.number == builds.short(number)


@pytest.mark.parametrize(
    "number", ["10.0.0.1", "192.0.2.25", "255.255.255.255", "16.0.1.1", "15.3.1.1", "1.2.3", "none", ""]
)
def test_a_number_that_is_not_an_exchange_build_is_unknown(number: str) -> None:
    assert builds.lookup(number) is None


def test_date_is_that_of_the_release_or_the_nearest_lower_one() -> None:
    dates = [
        found.date
        for number in ("15.0.1497.2", "15.0.1497.5", "15.0.466.13", "15.20.1.1")
        if (found := builds.lookup(number))
    ]
    assert dates == ["2019-06-18", "2019-11", "2012-07", None]


@pytest.mark.parametrize(
    ("number", "host", "product"),
    [
        pytest.param("15.1.829.7", ONLINE_HOST, "Exchange Online", id="number of 2016"),
        pytest.param("15.0.651.3", "BY2FFO11FD007.mail.protection.outlook.com", "Exchange Online", id="number of 2013"),
        pytest.param("15.1.829.7", "mail.contoso.example", "Exchange Server 2016", id="another host"),
        pytest.param("15.1.829.7", None, "Exchange Server 2016", id="no host"),
        pytest.param("14.1.225.22", "mail1.bigfish.com", "Forefront Online Protection for Exchange", id="FOPE"),
        pytest.param("16.0.1.1", ONLINE_HOST, "Exchange Online", id="number in no table"),
    ],
)
def test_host_determines_the_product(number: str, host: str | None, product: str) -> None:
    found = builds.lookup(number, host)
    assert found is not None
    assert found.product == product


def test_online_builds_have_no_release() -> None:
    found = builds.lookup("15.1.225.42", ONLINE_HOST)
    assert found == Build(number="15.1.225.42", product="Exchange Online")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param(ONLINE_HOST, True, id="mailbox server"),
        pytest.param("LV3P223MB0968.NAMP223.PROD.OUTLOOK.COM", True, id="capitals"),
        pytest.param("BN9P223CA0024.outlook.office365.com", True, id="client access"),
        pytest.param("BN1PEPF00005FFD.mail.protection.outlook.com", True, id="Exchange Online Protection"),
        pytest.param("CY1USG02FT007.mail.protection.office365.us", True, id="GCC High"),
        pytest.param("substrate.office.com", True, id="substrate"),
        pytest.param("BN3NAM04HT001.eop-nam04.protection.gbl", True, id="internal name"),
        pytest.param("SHXPR01MB0607.CHNPR01.prod.partner.outlook.cn", True, id="China"),
        pytest.param("DM5PR21MB0010.namprd21.prod.exchangelabs.com", True, id="exchangelabs"),
        pytest.param("mail1.bigfish.com", True, id="FOPE"),
        pytest.param("mail.outlook.com.", True, id="final dot"),
        pytest.param("outlook.com.contoso.example", False, id="domain in front"),
        pytest.param("notoutlook.com", False, id="other domain with the same end"),
        pytest.param("mail.contoso.example", False, id="another host"),
        pytest.param("exchangelabs.com", False, id="not all of exchangelabs"),
        pytest.param("localhost", False, id="single label"),
        pytest.param("", False, id="empty"),
    ],
)
def test_online_hosts(*, host: str, expected: bool) -> None:
    assert builds.is_online_host(host) is expected


def test_host_alone_determines_the_product() -> None:
    assert builds.service_of(ONLINE_HOST) == "Exchange Online"
    assert builds.service_of("mail.contoso.example") is None


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("Exchange Server 2007", "2007"),
        ("Exchange Server 2010", "2010"),
        ("Exchange Server 2013", "2013"),
        ("Exchange Server 2016", "2016"),
        ("Exchange Server 2019", "2019"),
        ("Exchange Server SE", "SE"),
        ("Exchange Online", "Online"),
        ("Exchange Server 2003", None),
        ("Exchange Server 5.5", None),
        ("Forefront Online Protection for Exchange", None),
        ("", None),
    ],
)
def test_generation_of_a_product(product: str, expected: str | None) -> None:
    assert builds.generation(product) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("15.0.466.13", False, id="2013 Preview"),
        pytest.param("15.00.0466.010", False, id="2013 Preview, padded"),
        pytest.param("15.0.516.32", None, id="2013 RTM: not established"),
        pytest.param("15.0.775.38", None, id="2013 CU3: not established"),
        pytest.param("15.0.847.32", True, id="2013 SP1"),
        pytest.param("15.0.847", True, id="2013 SP1 without revision"),
        pytest.param("15.1.225.42", True, id="2016 RTM"),
        pytest.param("15.2.2562.17", True, id="SE"),
        pytest.param("15.20.8251.21", True, id="Online"),
        pytest.param("14.3.513.0", False, id="2010"),
        pytest.param("8.3.517.0", False, id="2007"),
        pytest.param("16.0.1.1", None, id="after this table"),
        pytest.param("none", None, id="no build"),
        pytest.param(None, None, id="no number"),
    ],
)
def test_builds_that_add_via(*, number: str | None, expected: bool | None) -> None:
    assert builds.prints_via(number) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("8.3.517.0", "(TLS)", id="2007"),
        pytest.param("14.3.513.0", "(TLS)", id="2010"),
        pytest.param("15.0.1497.2", "(TLS)", id="2013"),
        pytest.param("15.1.466.34", "(TLS)", id="2016 CU2"),
        pytest.param("15.1.500.1", None, id="between CU2 and CU3: not established"),
        pytest.param("15.1.544.27", "(version=..., cipher=...)", id="2016 CU3"),
        pytest.param("15.2.2562.17", "(version=..., cipher=...)", id="SE"),
        pytest.param("15.20.8251.21", "(version=..., cipher=...)", id="Online"),
        pytest.param("6.5.7226.0", None, id="2003 prints no such stamp"),
        pytest.param("16.0.1.1", None, id="after this table"),
        pytest.param("none", None, id="no build"),
    ],
)
def test_form_of_tls(number: str, expected: str | None) -> None:
    assert builds.tls_form(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("15.1.2507.39", ("15.1.2507.37", "15.1.2507.39", "15.1.2507.43"), id="in the table"),
        pytest.param("15.1.2507.40", ("15.1.2507.39", None, "15.1.2507.43"), id="between two"),
        pytest.param("15.1.9999.1", ("15.1.2507.72", None, None), id="newer"),
        pytest.param("15.0.400.1", (None, None, "15.0.466.13"), id="older"),
        pytest.param("15.2.2562.17", (None, "15.2.2562.17", "15.2.2562.20"), id="the first of its product"),
        pytest.param("5.5.2653.19", ("5.5.2650", "5.5.2653", None), id="a row for every revision"),
        pytest.param("none", (None, None, None), id="no build"),
    ],
)
def test_neighbours(number: str, expected: tuple[str | None, ...]) -> None:
    previous, exact, following = expected
    neighbours = builds.neighbours(number)
    numbers = [row.number if row else None for row in (neighbours.previous, neighbours.exact, neighbours.next)]
    assert numbers == [previous, exact, following]


def test_neighbours_are_in_order_and_of_one_product() -> None:
    for row in ROWS:
        if row["product"] == "Exchange Online":
            continue
        neighbours = builds.neighbours(row["build"])
        assert neighbours.exact is not None
        for release in (neighbours.previous, neighbours.next):
            assert release is None or release.product == row["product"]
        assert neighbours.previous is None or neighbours.previous.key < neighbours.exact.key
        assert neighbours.next is None or neighbours.exact.key < neighbours.next.key


def test_the_table_has_a_date() -> None:
    assert re.fullmatch(r"\d{1,2} [A-Z][a-z]+ 20\d\d", builds.as_of())


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("5.0.2195", "Windows 2000"),
        ("5.0.2195.2966", "Windows 2000"),
        ("5.5.1877.757.75", "Windows NT 4.0"),
        ("6.0.3790.4675", "Windows Server 2003"),
        ("7.0.6002.18264", "Windows Server 2008"),
        ("7.5.7601.17514", "Windows Server 2008 R2"),
        ("8.0.9200.16384", "Windows Server 2012"),
        ("8.5.9600.16384", "Windows Server 2012 R2"),
        ("10.0.14393.4169", "Windows Server 2016"),
        ("10.0.17763.1697", "Windows Server 2019"),
        ("10.0.20348.1", "Windows Server 2022"),
        ("10.0.99999.1", None),
        ("6.0", None),
        ("", None),
    ],
)
def test_windows_of_the_smtp_service(number: str, expected: str | None) -> None:
    assert builds.windows(number) == expected


@given(st.text(), st.none() | st.text())
def test_any_text_has_a_result(number: str, host: str | None) -> None:
    assert builds.lookup(number, host) is None or builds.short(number)
    assert builds.windows(number) is None or number.strip()[0].isdigit()


@given(st.tuples(st.integers(4, 16), st.integers(0, 22), st.integers(0, 3000), st.integers(0, 60)))
def test_a_release_is_never_later_than_its_number(numbers: tuple[int, int, int, int]) -> None:
    found = builds.lookup(".".join(map(str, numbers)))
    if found is None or not (found.release or "").startswith("at or after "):
        return
    named = [
        row for row in ROWS if f"at or after {row['release']}" == found.release and row["product"] == found.product
    ]
    assert any(key(row["build"]) < numbers for row in named)
    assert not found.exact


def test_every_build_of_the_table_can_be_looked_up() -> None:
    expected = {
        row["build"]: Build(
            number=row["build"], product=row["product"], release=row["release"], date=row["date"], exact=True
        )
        for row in ROWS
        if row["product"] != "Exchange Online"
    }
    assert len(expected) > 400
    assert {number: builds.lookup(number) for number in expected} == expected


def test_revision_affects_neither_product_nor_via() -> None:
    assert [build for build in FULL_BUILDS if len(by_revision(build)) != 1] == []


def by_revision(build: str) -> set[tuple[str | None, bool | None]]:
    """Product and ``via`` of a build and of other revisions of it."""
    number, _, last = build.rpartition(".")
    revision = int(last)
    several = [number, *(f"{number}.{each}" for each in (0, max(revision - 1, 0), revision, revision + 1, 99_999))]
    found = [builds.lookup(each) for each in several]
    return {
        (build.product if build else None, builds.prints_via(each)) for build, each in zip(found, several, strict=True)
    }


def test_table_is_ascending_without_duplicates() -> None:
    keys = [key(row["build"]) for row in ROWS]
    assert keys == sorted(set(keys))


def test_table_rows_are_complete() -> None:
    for row in ROWS:
        assert row["source"], row
        assert row["build"] == ".".join(str(int(number)) for number in row["build"].split("."))
        assert row["product"].startswith("Exchange ")
        if row["product"] != "Exchange Online":
            assert row["release"], row
            assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", row["date"]), row


def test_online_domains_have_the_two_or_three_labels_that_are_compared() -> None:
    for row in table("online_hosts"):
        assert row["domain"] == row["domain"].lower()
        assert row["domain"].count(".") in {1, 2}


def test_windows_table_is_complete() -> None:
    rows = table("windows_smtp")
    assert all(row["source"] and row["windows"] for row in rows)
    assert len({row["version"] for row in rows}) == len(rows)


def test_every_source_is_explained() -> None:
    folder = Path(hopscope.data.__file__).parent
    lines = (folder / "SOURCES.md").read_text(encoding="utf-8").splitlines()
    known = {line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")}
    families = tuple(each.removesuffix("...") for each in known if each.endswith(" ..."))
    used = {source for path in folder.glob("*.tsv") for row in table(path.stem) for source in row["source"].split("; ")}
    assert {source for source in used - known if not source.startswith(families)} == set()


def test_lookups_do_not_import_networkx() -> None:
    code = (
        "import sys\n"
        "from hopscope.classifier import builds, pipeline\n"
        "assert builds.lookup('15.0.466.13')\n"
        "assert pipeline.services('2013') and pipeline.edges('2010') and pipeline.services_with_header('2016')\n"
        "print('networkx' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert run.stdout.strip() == "False"
