"""How a workspace launches: above how many people the number is typed, and how long a launch can be taken back."""

from server.wire import endpoint

#: A launch may be put off by so much for its undo.
MOST_DELAY_S = 3_600


class Flow(endpoint.Reply, frozen=True):
    """A workspace's own way. Until it is set, a launch in the sandbox starts at once, elsewhere after 30 seconds."""

    typed_above: int | None = 1_000  #: people above whom the number has to be typed; None for never
    delay_s: int = 30  #: a launch starts so much later, until when it can be undone; 0 for at once


class SaveFlow(endpoint.Ask, frozen=True, kw_only=True):
    """The same, whole."""

    typed_above: int | None
    delay_s: int


SHOW = endpoint.Endpoint("GET", "/v1/flow", endpoint.Nothing, Flow, "How the workspace launches")
SAVE = endpoint.Endpoint("PUT", "/v1/flow", SaveFlow, Flow, "Set how the workspace launches")
