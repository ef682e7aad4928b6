"""What may go wrong between us and a provider; the error carries the decision, never the vendor's name."""

import enum


class Disposition(enum.StrEnum):
    """What the send path does with a message whose attempt ended in an error."""

    TRANSIENT = "transient"  #: try again later
    THROTTLED = "throttled"  #: slow the lane down, keep the message
    PERMANENT_RECIPIENT = "permanent-recipient"  #: this address will not work on this channel
    PERMANENT_CONTENT = "permanent-content"  #: the message must change
    AUTH_CONFIG = "auth-config"  #: our set-up is wrong: halt the lane, burn nobody
    PROVIDER_DOWN = "provider-down"  #: their fault: pause the lane, keep the message
    DOUBT = "doubt"  #: it may have been sent; nobody knows yet


class Scope(enum.StrEnum):
    """Whom an error speaks of, where its disposition alone does not say."""

    LANE = "lane"  #: everything that leaves by this account
    RECIPIENT = "recipient"  #: this recipient or destination; nobody else has to wait


class SendError(Exception):
    """One attempt's failure. `code` is the vendor's own; `text` is what they said, cut at 500 characters."""

    disposition = Disposition.TRANSIENT

    def __init__(
        self,
        code: str,
        text: str = "",
        *,
        status: int = 0,
        retry_after_s: float | None = None,
        dead_since: float | None = None,
        remove_address: bool = False,
        opted_out: bool = False,
        scope: Scope = Scope.LANE,
    ) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        self.text = text[:500]
        self.status = status
        self.retry_after_s = retry_after_s
        self.dead_since = dead_since  #: epoch seconds since when the provider knows the address to be dead
        self.remove_address = remove_address  #: whether the identity itself is to be removed (404, 410)
        self.opted_out = (
            opted_out  #: whether the provider knows that the person asked for no more: suppress them
        )
        self.scope = scope  #: of a throttling or a set-up error: whether others are concerned too


class Transient(SendError):
    """It may work later."""


class Throttled(SendError):
    """The provider asked us to slow down."""

    disposition = Disposition.THROTTLED


class PermanentRecipient(SendError):
    """This recipient cannot be reached here."""

    disposition = Disposition.PERMANENT_RECIPIENT


class PermanentContent(SendError):
    """The provider will never take this message."""

    disposition = Disposition.PERMANENT_CONTENT


class AuthConfig(SendError):
    """Our credentials or set-up are wrong."""

    disposition = Disposition.AUTH_CONFIG


class ProviderDown(SendError):
    """The provider is not working."""

    disposition = Disposition.PROVIDER_DOWN


class Doubt(SendError):
    """The message left and no answer came; it may have been taken."""

    disposition = Disposition.DOUBT


class Lapsed(Exception):
    """What was granted may not leave any more, and nothing of it has: see base.Context.holds."""


BY_DISPOSITION: dict[str, type[SendError]] = {
    kind.disposition.value: kind
    for kind in (Transient, Throttled, PermanentRecipient, PermanentContent, AuthConfig, ProviderDown, Doubt)
}


class BadSignature(Exception):
    """A receipt call that is not the provider's. The sentence says what did not hold, never the secret."""


class BadReceipt(Exception):
    """A receipt call that is signed but cannot be read."""


class BadSettings(Exception):
    """An account's settings that cannot work. `place` is the field; the sentence names the remedy."""

    def __init__(self, place: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.remedy = remedy
