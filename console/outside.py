"""What reaches out of the windows, made once: the server, the session, what is under way, and what is kept on disk."""

import copy

from console.services import api, drafts, live, memory, operations, session, settings, told


class Services:
    """Everything that reaches out of the window, made once."""

    def __init__(
        self,
        *,
        kept: settings.Settings | None = None,
        left: drafts.Drafts | None = None,
        said: told.History | None = None,
        home: str = "",  #: which server: its address, or the folder of its data
    ) -> None:
        self.api = api.Api()
        self.operations = operations.Operations()
        self.live = live.Live(self.api)
        self.settings = kept or settings.Settings()
        self.memory = memory.Memory(self.settings, home)
        self.session = session.Session(self.settings)
        self.drafts = left or drafts.Drafts()
        self.told = said or told.History()

    def beside(self) -> "Services":
        """The same server, session and files for another window; what it does runs under keys of its own."""
        made = copy.copy(self)
        made.operations = operations.Operations()
        return made
