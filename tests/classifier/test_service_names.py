"""The names that people use for a service."""

import pytest

from hopscope.classifier import service_names
from hopscope.model import Service
from hopscope.renderers.stats.names import CODES


@pytest.mark.parametrize(
    ("name", "service"),
    [
        *((str(member), member) for member in Service),
        ("front end", Service.FRONT_END),
        ("Frontend Transport", Service.FRONT_END),
        ("frontend", Service.FRONT_END),
        ("ft", Service.FRONT_END),
        ("FET", Service.FRONT_END),
        ("front-end transport service", Service.FRONT_END),
        ("MSExchangeFrontEndTransport", Service.FRONT_END),
        ("hub", Service.HUB_TRANSPORT),
        ("HubTransport", Service.HUB_TRANSPORT),
        ("Transport Service", Service.TRANSPORT),
        ("mailbox", Service.MAILBOX_TRANSPORT),
        ("Mailbox Transport Delivery", Service.MAILBOX_TRANSPORT),
        ("mapi", Service.MAPI_SUBMISSION),
        ("edge", Service.EDGE_TRANSPORT),
        ("outside", Service.OTHER_MTA),
        ("store driver", None),
        *((code, service) for service, code in CODES.items()),
        ("any", None),
        ("*submission", None),
        ("?transport", None),
        ("Mailbox Delivery", Service.MAILBOX_TRANSPORT),
        ("front", None),
        ("", None),
    ],
)
def test_a_service_has_several_names(name: str, service: Service | None) -> None:
    assert service_names.service(name) is service
    assert service_names.service(name.upper()) is service
