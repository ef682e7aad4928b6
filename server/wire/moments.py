"""Moments as they travel: aware datetimes in UTC, made from the store's seconds."""

from datetime import UTC, datetime


def utc(seconds: float | None) -> datetime:
    """Epoch seconds as an aware datetime; the epoch itself where nothing is known."""
    return datetime.fromtimestamp(seconds or 0.0, UTC)


def maybe(seconds: float | None) -> datetime | None:
    """Epoch seconds as an aware datetime, or None."""
    return None if seconds is None else utc(seconds)
