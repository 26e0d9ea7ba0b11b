"""The explanation of a delivery status: its checks are possible on the server that reported it."""

import pytest

from hopscope.classifier.delivery_status import explained
from hopscope.model import DeliveryAction, DeliveryStatus

ONLINE = "AM0PR01MB0001.eurprd01.prod.exchangelabs.com"
OWN = "ex1.corp.example"
OF_SENDING_SERVER = (
    "Get-Queue",
    "Retry-Queue",
    "Get-SendConnector",
    "TransportService",
    "MSExchange",
    "on the sending server",
)


def checks(server: str, action: DeliveryAction, diagnostic: str) -> tuple[str, ...]:
    status = DeliveryStatus(recipient="b@remote.example", action=action, diagnostic=diagnostic, reporting_mta=server)
    explanation = explained(status).explanation
    assert explanation is not None
    return explanation.checks


@pytest.mark.parametrize(
    ("action", "diagnostic"),
    [
        (DeliveryAction.DELAYED, "400 4.4.7 Message delayed"),
        (DeliveryAction.FAILED, "550 4.4.7 QUEUE.Expired; message expired"),
        (DeliveryAction.FAILED, "4.4.7 Message expired"),
        (DeliveryAction.DELAYED, "421 4.4.1 Connection timed out"),
        (DeliveryAction.FAILED, "554 5.4.4 SMTPSEND.DNS.NonExistentDomain; nonexistent domain"),
    ],
)
def test_checks_of_the_sending_server_are_those_of_exchange_online_if_it_sent_the_message(
    action: DeliveryAction, diagnostic: str
) -> None:
    online, own = (checks(server, action, diagnostic) for server in (ONLINE, OWN))
    assert [check for check in online if any(part in check for part in OF_SENDING_SERVER)] == []
    assert "Get-MessageTraceV2" in online[0]
    assert any("Resolve-DnsName remote.example -Type MX" in check for check in online)
    assert not any("Get-MessageTraceV2" in check for check in own)


@pytest.mark.parametrize("diagnostic", ["550 5.1.1 User unknown", "550 5.7.1 Access denied", "552 5.2.2 Mailbox full"])
def test_other_checks_are_the_same_on_every_server(diagnostic: str) -> None:
    assert checks(ONLINE, DeliveryAction.FAILED, diagnostic) == checks(OWN, DeliveryAction.FAILED, diagnostic)
