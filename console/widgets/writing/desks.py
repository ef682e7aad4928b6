"""The part of a screen's desk that these pieces use."""

from collections.abc import Callable
from typing import Protocol

from console.services import api, operations


class Desk(Protocol):
    """A views.Desk, as far as it is needed here."""

    @property
    def api(self) -> api.Api: ...

    @property
    def operations(self) -> operations.Operations: ...

    @property
    def toast(self) -> Callable[..., object]: ...
