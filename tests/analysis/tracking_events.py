"""Events of tracking logs, for tests: each with a position of its own, in the order in which they are made."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hopscope.model import TrackingEvent

__all__ = ["BOB", "DELIVERY_OFFLINE", "START", "Log", "delayed_delivery"]


START = datetime(2024, 6, 3, 18, 2, 35, tzinfo=UTC)
"""When EX19-02 received the message of the sample ``exchange-2019-inbound``."""
BOB = "bob@example.com"
DELIVERY_OFFLINE = "432 4.3.2 STOREDRV; mailbox server is offline"


class Log:
    """Makes the events of one message. Times are seconds after ``START``, by the clock of the server."""

    def __init__(self, *, is_2010: bool = False) -> None:
        self.lines = 0
        self.shared: dict[str, Any] = {
            "message_id": "<1@example.com>",
            "network_message_id": None if is_2010 else "1341ac7b-13fb-42ab-4d44-08cf7f55890f",
        }

    def event(self, second: float | None, name: str, source: str | None = "SMTP", **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
        """An event as a log has it, with the fields given."""
        self.lines += 1
        values: dict[str, Any] = {"recipients": (BOB,), "position": f"MSGTRK.LOG:{self.lines}", **self.shared, **fields}
        time = None if second is None else START + timedelta(seconds=second)
        return TrackingEvent(time=time, event=name, source=source, **values)

    def receive(
        self,
        second: float | None,
        server: str,
        sender: str,
        source: str = "SMTP",
        **fields: Any,  # noqa: ANN401 - the fields of the record
    ) -> TrackingEvent:
        """RECEIVE, logged by the server that received the message."""
        return self.event(second, "RECEIVE", source, logged_by=server, client=sender, server=server, **fields)

    def send(self, second: float | None, server: str, to: str, **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
        """SEND, logged by the server that sent the message."""
        return self.event(second, "SEND", logged_by=server, client=server, server=to, **fields)

    def deliver(self, second: float | None, server: str, **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
        """DELIVER to a mailbox."""
        return self.event(second, "DELIVER", "STOREDRIVER", logged_by=server, client=server, server=server, **fields)

    def defer(
        self,
        second: float | None,
        server: str,
        reply: str | None = DELIVERY_OFFLINE,
        source: str = "QUEUE",
        **fields: Any,  # noqa: ANN401 - the fields of the record
    ) -> TrackingEvent:
        """DEFER of a queue, with its reason."""
        fields = {"logged_by": server, "reply": reply, **fields}
        return self.event(second, "DEFER", source, **fields)


def delayed_delivery(*, sender: float = 0, receiver: float = 0) -> tuple[TrackingEvent, ...]:
    """The log of the sample ``exchange-2019-inbound``: EX19-02 holds the message for 306 s, and defers it once.

    Args:
        sender: Seconds that the clock of EX19-02 is ahead.
        receiver: Seconds that the clock of EX19-01 is ahead.
    """
    log = Log()
    return (
        log.receive(sender, "EX19-02", "EX19-01.corp.example.com"),
        log.defer(sender + 0.5, "EX19-02"),
        log.send(sender + 306.1, "EX19-02", "EX19-01.corp.example.com"),
        log.deliver(receiver + 306, "EX19-01"),
    )
