"""Who wrote the antispam and organization headers of a message, and which values count."""

import pytest

from hopscope.analysis.antispam import Antispam, hybrid
from hopscope.analysis.context import MessageContext
from hopscope.analysis.trust import Trust

from .messages import FE, MBX, POSTFIX, message, smtp

EOP = "BN8NAM12FT041.mail.protection.outlook.com"
TLS = "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384)"
BACK_END = "BN9PR03CA0001.outlook.office365.com"
ONLINE = (
    f"from mx.shop.example (203.0.113.5) by {EOP} (10.13.182.160) with Microsoft SMTP Server {TLS} id 15.20.4042.6{FE}",
    f"from {EOP} (10.13.182.160) by {BACK_END} (10.1.1.1) with Microsoft SMTP Server {TLS} id 15.20.4042.6{FE}",
)
ON_PREMISES = (
    smtp("mx.shop.example", "ex1.corp.example", via=FE),
    smtp("ex1.corp.example", "ex1.corp.example"),
    smtp("ex1.corp.example", "ex1.corp.example", via=MBX),
)
REPORT = "X-Forefront-Antispam-Report: CIP:203.0.113.5;SCL:5;SFV:SPM;CAT:SPOOF;\n"


def verdicts(*stamps: str, headers: str) -> Antispam:
    """The verdicts of a message with these Received fields, oldest first."""
    found = MessageContext(route=message(*stamps, headers=headers)).antispam
    assert found is not None
    return found


def writer(found: Antispam, key: str) -> tuple[int | None, Trust | None]:
    """The hop and the trust of the value that counts."""
    verdict = found.chosen(key)
    assert verdict is not None
    return verdict.hop, verdict.trust


def test_a_message_without_such_fields_has_no_verdicts() -> None:
    assert MessageContext(route=message(*ONLINE)).antispam is None


@pytest.mark.parametrize(
    ("stamps", "headers", "hop", "trust"),
    [
        pytest.param(ONLINE, REPORT, 1, Trust.ATTESTED, id="the address of the Front End hop"),
        pytest.param(ONLINE, REPORT.replace("203.0.113.5", "203.0.113.6"), None, None, id="another address"),
        pytest.param(ONLINE, REPORT.replace("203.0.113.5", "255.255.255.255"), None, None, id="no mailbox"),
        pytest.param(ONLINE, REPORT.replace("CIP:203.0.113.5;", ""), None, None, id="no address"),
        pytest.param(ONLINE, REPORT + REPORT, None, None, id="two reports of one hop"),
        pytest.param((POSTFIX,), REPORT, None, Trust.UNLINKED, id="no Exchange"),
        pytest.param(ON_PREMISES, REPORT, None, Trust.UNLINKED, id="no Exchange Online"),
        pytest.param((), REPORT, None, None, id="no path"),
        pytest.param(
            (ONLINE[0], "from unknown by mx.list.example (Postfix) with ESMTP id A1"),
            REPORT,
            1,
            Trust.UNLINKED,
            id="a hop that nothing bears out",
        ),
    ],
)
def test_a_report_is_of_the_hop_that_records_its_address(
    stamps: tuple[str, ...], headers: str, hop: int | None, trust: Trust | None
) -> None:
    found = verdicts(*stamps, headers=headers + "X-Microsoft-Antispam: BCL:7;\n")
    assert writer(found, "SCL") == (hop, trust)
    assert writer(found, "BCL") == (hop, trust) or headers.count("SCL") > 1


def test_a_report_on_mail_from_a_mailbox_is_of_the_submission() -> None:
    server = "DB7PR08MB2987.eurprd08.prod.outlook.com"
    mapi = f"from {server} ([fe80::1]) by {server} ([fe80::1%6]) with mapi id 15.20.4042.024"
    found = verdicts(mapi, headers=REPORT.replace("203.0.113.5", "255.255.255.255"))
    assert writer(found, "SCL") == (1, Trust.ATTESTED)


@pytest.mark.parametrize(
    ("stamps", "trust"),
    [
        pytest.param(ON_PREMISES, Trust.ATTESTED, id="delivered by Exchange"),
        pytest.param(
            (
                *ON_PREMISES,
                "from ex1.corp.example (ex1.corp.example [192.0.2.1]) by y.example.net (Postfix) with ESMTP id A",
            ),
            None,
            id="delivered by another system",
        ),
        pytest.param((POSTFIX,), Trust.UNLINKED, id="no Exchange"),
        pytest.param((), None, id="no path"),
    ],
)
def test_organization_headers_are_of_the_exchange_organisation_that_delivered(
    stamps: tuple[str, ...], trust: Trust | None
) -> None:
    headers = "X-MS-Exchange-Organization-SCL: 5\nX-MS-Exchange-Organization-AuthSource: EX1.corp.example\n"
    found = verdicts(*stamps, headers=headers)
    assert writer(found, "SCL") == (None, trust)
    assert writer(found, "AuthSource") == (3 if len(stamps) > 1 else None, trust)


def test_organization_headers_that_disagree_are_not_attested() -> None:
    twice = "X-MS-Exchange-Organization-SCL: -1\nX-MS-Exchange-Organization-SCL: 5\n"
    found = verdicts(*ON_PREMISES, headers=f"{twice}X-MS-Exchange-Organization-AuthAs: Anonymous\n")
    assert (writer(found, "SCL"), writer(found, "AuthAs")) == ((None, None), (None, Trust.ATTESTED))


def test_a_field_with_the_name_of_its_server_names_the_hop_and_is_not_believed() -> None:
    found = verdicts(*ON_PREMISES, headers="X-CrossPremisesHeadersPromoted: ex1.corp.example\n")
    assert writer(found, "HeadersPromoted") == (3, None)


def test_the_value_of_the_most_trusted_writer_counts_and_the_others_are_kept() -> None:
    found = verdicts(*ON_PREMISES, headers=f"{REPORT}X-MS-Exchange-Organization-SCL: -1\n")
    assert found.number("SCL") == -1
    assert [verdict.value.value for verdict in found.others("SCL")] == ["5"]


def test_of_equal_trust_the_field_that_the_organisation_acts_on_counts() -> None:
    found = verdicts(*ONLINE, headers=f"{REPORT}X-MS-Exchange-Organization-SCL: 6\n")
    assert (found.number("SCL"), found.text("SFV"), found.text("PCL"), found.number("SFV")) == (6, "SPM", None, None)


def test_the_values_of_a_list_do_not_differ() -> None:
    listed, other = "X-Auto-Response-Suppress: DR, OOF\n", "X-Auto-Response-Suppress: All\n"
    assert verdicts(*ONLINE, headers=listed).others("AutoResponseSuppress") == ()
    found = verdicts(*ONLINE, headers=listed + other).others("AutoResponseSuppress")
    assert [verdict.value.value for verdict in found] == ["All"]


def test_what_another_tenant_found_counts_only_without_a_value_of_ones_own() -> None:
    untrusted = "X-Forefront-Antispam-Report-Untrusted: CIP:255.255.255.255;SCL:1;DIR:OUT;\n"
    found = verdicts(*ONLINE, headers=f"{untrusted}{REPORT}")
    assert (found.number("SCL"), found.text("DIR")) == (5, "OUT")
    assert found.others("SCL") == ()


@pytest.mark.parametrize(
    ("named", "hop"),
    [
        ("ex1.corp.example", 3),
        ("EX1", 3),
        ("ex1.other.example", None),
        ("ex2", None),
        ("", None),
        ("ex", None),
    ],
)
def test_a_server_is_found_by_its_name_or_first_label(named: str, hop: int | None) -> None:
    found = verdicts(*ON_PREMISES, headers=f"X-OrganizationHeadersPreserved: {named}\n")
    assert writer(found, "HeadersPreserved") == (hop, None)


def test_a_server_of_exchange_online_is_found_in_each_of_its_domains() -> None:
    for name in ("BN8NAM12FT041.eop-nam12.prod.protection.outlook.com", "BN8NAM12FT041", EOP):
        assert writer(verdicts(*ONLINE, headers=f"X-CrossPremisesHeadersPromoted: {name}\n"), "HeadersPromoted") == (
            1,
            None,
        )
    other = verdicts(*ONLINE, headers="X-CrossPremisesHeadersPromoted: BN8NAM12FT041.a.example\n")
    assert writer(other, "HeadersPromoted") == (None, None)


def test_a_short_server_is_found_by_its_full_name() -> None:
    found = verdicts(
        "from mx.shop.example (192.0.2.1) by EX1 (10.0.0.1) with Microsoft SMTP Server id 15.1.2507.39",
        headers="X-OrganizationHeadersPreserved: ex1.corp.example\n",
    )
    assert writer(found, "HeadersPreserved") == (1, None)


PRESERVED = "X-OrganizationHeadersPreserved: ex9.corp.example\n"
PROMOTED = "X-CrossPremisesHeadersPromoted: front.example\n"
REMOVED = "X-CrossPremisesHeadersFilteredBySendConnector: ex9.corp.example\n"
ANONYMOUS, INTERNAL = (f"X-MS-Exchange-Organization-AuthAs: {value}\n" for value in ("Anonymous", "Internal"))


@pytest.mark.parametrize(
    ("headers", "start"),
    [
        (PRESERVED + PROMOTED + INTERNAL, "front.example promoted the organization headers of the other part: "),
        (
            PRESERVED + ANONYMOUS,
            "No field shows that the organization headers crossed (only ex9.corp.example prepared them)",
        ),
        (
            REMOVED + ANONYMOUS,
            "No field shows that the organization headers crossed (the Send connector of ex9",
        ),
        (PRESERVED + INTERNAL, "ex9.corp.example prepared the organization headers for the other part; no field shows"),
        (REMOVED + INTERNAL, None),
        (REMOVED, None),
        (ANONYMOUS, None),
    ],
)
def test_whether_organization_headers_crossed_between_the_parts(headers: str, start: str | None) -> None:
    sentence = hybrid(verdicts(*ON_PREMISES, headers=headers))
    assert (sentence is None) == (start is None)
    assert (sentence or "").startswith(start or "")
