"""Delays explained by the latency that servers measured."""

from pathlib import Path

import pytest

import hopscope
from hopscope.analysis.latency import accounts, meaning
from hopscope.classifier import latency

from .messages import message, smtp

HUB = f"{smtp('cas.a.example', 'hub.a.example')}; Sat, 30 Mar 2024 07:00:00 +0000"
MBX = f"{smtp('hub.a.example', 'mbx.a.example')}; Sat, 30 Mar 2024 10:00:00 +0000"
FIELD = "X-MS-Exchange-Organization-MessageLatency: "


def explained_delays(*stamps: str, field: str) -> list[tuple[int, int | None, float, str, float, int]]:
    route = message(*stamps, headers=f"{FIELD}{field}\n")
    return [
        (each.hop, each.next_hop, each.delay.total_seconds(), each.component, each.seconds, each.occurrences)
        for each in accounts(route, latency.read(route))
    ]


def test_the_queue_accounts_for_the_delay_of_the_next_hop() -> None:
    field = "SRV=hub.a.example:TOTAL-HUB=10800.5|SMR=0.1|QDM=6000|SMS=5(SMSMBXD-INC=4.9)|QDM=4700.5"
    assert explained_delays(HUB, MBX, field=field) == [(1, 2, 10800.0, "QDM", 10700.5, 2)]


def test_a_short_name_of_the_server_is_enough() -> None:
    assert len(explained_delays(HUB, MBX, field="SRV=HUB:TOTAL-HUB=10800|QDM=10800")) == 1


def test_latency_of_the_server_that_still_queues_the_message() -> None:
    field = "LSRV=mbx.a.example:TOTAL-HUB=400|QDM=390;2024-03-30T10:06:40.000Z"
    assert explained_delays(HUB, MBX, field=field) == [(2, None, 400.0, "QDM", 390.0, 1)]


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("SRV=other.example:TOTAL-HUB=10800|QDM=10800", id="another server"),
        pytest.param("SRV=hub.a.example:TOTAL-HUB=10800", id="no components"),
        pytest.param("SRV=hub.a.example:TOTAL-HUB=1|QDM=1", id="too little"),
        pytest.param("SRV=hub.a.example:TOTAL-HUB=99999|QDM=99999", id="more than the delay"),
        pytest.param("SRV=mbx.a.example:TOTAL-HUB=400|QDM=390", id="the last hop, and not in progress"),
    ],
)
def test_latency_that_explains_no_delay(field: str) -> None:
    assert explained_delays(HUB, MBX, field=field) == []


def test_a_too_large_number_does_not_raise() -> None:
    assert len(explained_delays(MBX, field=f"LSRV=mbx.a.example:TOTAL-HUB={'9' * 12}|QDM=1e9|A={'9' * 9}")) == 1


def test_most_components_have_no_known_meaning() -> None:
    assert meaning("QDM") == "waiting in the delivery queue to a mailbox database"
    assert meaning("CATORES") is None


def test_latency_in_a_tracking_log_explains_a_delay(samples: Path) -> None:
    route = hopscope.read_file(samples / "exchange-2019-inbound.eml")
    with hopscope.open_tracking_logs(samples / "tracking") as tracking:
        analysis = hopscope.analyze(route, tracking=tracking)
    (account,) = accounts(route, analysis.latencies)
    assert (account.hop, account.next_hop, account.component) == (3, 4, "QDM")
    assert hopscope.analyze(route).latencies == ()
