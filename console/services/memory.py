"""What a person had open, kept for each server by itself: what was shown on one means nothing on another."""

from typing import Any, TypeVar

from console.services import settings

ValueT = TypeVar("ValueT")


class Memory:
    """Values by name, as settings hold them, of the server at `home`: its address, or the folder of its data."""

    def __init__(self, kept: settings.Settings, home: str = "") -> None:
        self._kept, self._home = kept, home

    def get(self, name: str, default: ValueT) -> ValueT:
        """What was kept at this home, or the default where that is nothing or of another type."""
        return self._kept.get(self._name(name), default)

    def put(self, name: str, value: Any) -> None:
        """Keep a value for this home; it is on disk within half a second."""
        self._kept.put(self._name(name), value)

    def _name(self, name: str) -> str:
        return f"{name}@{self._home}" if self._home else name
