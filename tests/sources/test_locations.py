"""Countries and autonomous systems, from databases in the forms of their publishers."""

import pickle
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.errors import SourceError
from hopscope.model import Location
from hopscope.sources.locations import LocationDatabases

from ..location_databases import MARKER, database

NETWORK, ADDRESS = "203.0.113.0/24", "203.0.113.5"
COUNTRY = {"country": {"iso_code": "DE", "is_in_european_union": True}, "continent": {"code": "EU"}}
SYSTEM = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Networks"}
LITE = {"country": "Germany", "country_code": "DE", "asn": "AS64500", "as_name": "Example Networks"}
BOTH = Location(country="DE", as_number=64500, as_organisation="Example Networks")


def location(folder: Path, *records: Mapping[str, object], address: str = ADDRESS) -> Location | None:
    """The location of an address in databases that have these records of its network."""
    paths = [folder / f"{number}.mmdb" for number in range(len(records))]
    for path, record in zip(paths, records, strict=True):
        path.write_bytes(database({NETWORK: record}))  # type: ignore[dict-item] # any record
    with LocationDatabases([str(path) for path in paths]) as databases:
        return databases.location(address)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param((COUNTRY,), Location(country="DE"), id="GeoLite2 Country, DB-IP Lite"),
        pytest.param((SYSTEM,), Location(as_number=64500, as_organisation="Example Networks"), id="GeoLite2 ASN"),
        pytest.param((COUNTRY, SYSTEM), BOTH, id="two databases"),
        pytest.param((SYSTEM, COUNTRY), BOTH, id="in another order"),
        pytest.param(({**COUNTRY, "traits": SYSTEM},), BOTH, id="GeoIP2 Enterprise, DB-IP ISP"),
        pytest.param((LITE,), BOTH, id="IPinfo Lite"),
        pytest.param(({**LITE, "country": "DE", "country_code": "?"},), BOTH, id="IPinfo country_asn"),
        pytest.param(({"country_code": "DE"},), Location(country="DE"), id="a database of one column"),
        pytest.param(({"registered_country": {"iso_code": "FR"}},), None, id="the owner's country is no location"),
        pytest.param(({"asn": "AS64501"}, SYSTEM), Location(as_number=64501), id="organisation of the same database"),
        pytest.param(({"country": "Germany", "asn": "none"},), None, id="values of other forms"),
        pytest.param(({"autonomous_system_number": True, "country": 49},), None, id="values of other types"),
        pytest.param(({"asn": "AS4294967296", "as_name": ""},), None, id="no AS number"),
        pytest.param(({},), None, id="empty record"),
    ],
)
def test_the_facts_of_each_form_are_read(
    tmp_path: Path, records: tuple[Mapping[str, object], ...], expected: Location | None
) -> None:
    assert location(tmp_path, *records) == expected


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("203.0.113.255", True),
        ("::ffff:203.0.113.5", True),
        ("203.0.114.1", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("192.168.1.1", False),
        ("::ffff:192.168.1.1", False),
        ("fe80::1%12", False),
        ("mail.example", False),
        ("", False),
    ],
)
def test_public_addresses_are_looked_up(tmp_path: Path, address: str, known: bool) -> None:  # noqa: FBT001
    file = tmp_path / "all.mmdb"
    networks = (NETWORK, "2001:db8::/32", "192.168.0.0/16", "fe80::/10")
    file.write_bytes(database(dict.fromkeys(networks, COUNTRY)))  # type: ignore[arg-type] # nested
    with LocationDatabases([str(file)]) as databases:
        assert (databases.location(address) is not None) == known


def test_a_copy_of_another_process_opens_the_files_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.mmdb"
    file.write_bytes(database({NETWORK: LITE}))
    with LocationDatabases([str(file)]) as databases:
        databases.open()
        copy = pickle.loads(pickle.dumps(databases))  # noqa: S301 - its own data
    assert copy.location(ADDRESS) == BOTH
    copy.close()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, "no such file; give a .mmdb file, such as GeoLite2-Country.mmdb"),
        (b"", "not a database in the MaxMind DB format, or a damaged one; give a .mmdb file, such as GeoLite2-"),
        (b"From: a@b.example\n\nHi", "not a database in the MaxMind DB format"),
        (MARKER, "not a database in the MaxMind DB format"),
        (database({NETWORK: LITE})[-200:], "not a database in the MaxMind DB format"),
        (b"\x1f\x8b" + bytes(40), "a compressed database; unpack it with gunzip first"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes | None, error: str) -> None:
    file, good = tmp_path / "x.mmdb", tmp_path / "good.mmdb"
    good.write_bytes(database({NETWORK: LITE}))
    if content is not None:
        file.write_bytes(content)
    with LocationDatabases([str(good), str(file)]) as databases, pytest.raises(SourceError) as caught:
        databases.open()
    assert str(caught.value).startswith(f"{file}: {error}")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        LocationDatabases([str(tmp_path)]).open()


def test_without_maxminddb_the_error_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    with pytest.raises(SourceError, match=r"needs maxminddb; pip install 'hopscope\[geo\]'"):
        LocationDatabases([str(tmp_path / "a.mmdb")]).open()


@given(changes=st.lists(st.tuples(st.integers(0, 1 << 12), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_database_raises_at_most_when_it_is_opened(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(database({NETWORK: LITE, "198.51.100.0/25": COUNTRY, "2001:db8::/32": SYSTEM}))  # type: ignore[dict-item]
    for position, value in changes:
        content[position % len(content)] = value
    file = tmp_path_factory.mktemp("damaged") / "a.mmdb"
    file.write_bytes(content)
    databases = LocationDatabases([str(file)])
    try:
        databases.open()
    except SourceError:
        return
    for address in (ADDRESS, "198.51.100.1", "2001:db8::1", "8.8.8.8"):
        found = databases.location(address)
        assert found is None or isinstance(found, Location)
    databases.close()


def test_no_database_is_shipped(root: Path) -> None:
    assert not [path for path in (root / "hopscope").rglob("*") if path.suffix == ".mmdb"]
