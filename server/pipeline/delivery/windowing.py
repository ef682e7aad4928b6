"""How many messages a lane may have under way: few until the provider has shown itself, then as many as it takes."""

from dataclasses import dataclass

#: A lane opens with so few that wrong credentials are refused a handful of times and not a window full of them.
FIRST_WINDOW = 4


@dataclass(slots=True, kw_only=True)
class Window:
    """A lane's window now: it opens step by step, halves when the provider asks us to slow down, and heals."""

    most: int  #: W, as the account has it
    first: int = FIRST_WINDOW  #: until the credentials are known to be good
    proven: bool = False  #: whether the provider has judged a message, and so taken our credentials
    _size: float = 0.0
    _steep_to: float = (
        0.0  #: up to here it grows by one with every good answer, beyond by one a window's worth
    )

    def __post_init__(self) -> None:
        self.first = max(1, min(self.first, self.most))
        self._size = float(self.first)
        self._steep_to = float(self.most)

    @property
    def size(self) -> int:
        """At most so many messages under way."""
        return int(self._size) if self.proven else min(int(self._size), self.first)

    @property
    def whole(self) -> bool:
        """Whether nothing is held back."""
        return self.size == self.most

    def prove(self) -> None:
        """The provider has judged a message: our credentials are good."""
        self.proven = True

    def went_well(self) -> None:
        """A message was taken."""
        self.proven = True
        if self._size < self.most:
            step = 1.0 if self._size < self._steep_to else 1.0 / self._size
            self._size = min(float(self.most), self._size + step)

    def narrow(self) -> None:
        """The provider asked us to slow down: half of it, growing slowly from there."""
        self._size = self._steep_to = max(1.0, self._size / 2)

    def restart(self) -> None:
        """The provider is back after an outage: begin with few, and open quickly."""
        self._size = float(min(FIRST_WINDOW, self.most))
        self._steep_to = float(self.most)
