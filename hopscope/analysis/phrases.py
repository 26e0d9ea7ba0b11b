"""Facts as words, for the sentences of findings and for renderers."""

from datetime import timedelta

__all__ = ["duration"]


def duration(value: timedelta) -> str:
    """``3 s``, ``1 min 5 s``, ``-2 h``, ``1 d 2 h``: exact, units that are zero left out."""
    if value < timedelta(0):
        return f"-{duration(-value)}"
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    second = f"{seconds}.{value.microseconds:06d}".rstrip("0") if value.microseconds else str(seconds)
    parts = ((value.days, "d"), (hours, "h"), (minutes, "min"), (second, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if str(amount) != "0") or "0 s"
