"""Try a submission server without sending: connection, TLS, log-in, sender, and what DNS must hold."""

from collections.abc import Awaitable, Callable

from server.providers import atlas, errors
from server.providers.email import dkim, esmtp, mime, replies, smtp_wire
from server.wire import providers as wire


async def rows(
    place: esmtp.Place,
    connect: Callable[[], Awaitable[esmtp.Session]],
    *,
    sender: mime.Sender,
    return_path: str,
    signer: dkim.Signer | None,
) -> list[wire.CheckRow]:
    """One row for each thing that was tried, in order; the first that fails ends the visit to the server."""
    return [*await _visit(place, connect, return_path), _signature(sender, signer)]


async def _visit(
    place: esmtp.Place, connect: Callable[[], Awaitable[esmtp.Session]], return_path: str
) -> list[wire.CheckRow]:
    try:
        session = await connect()
    except errors.SendError as error:
        return [_failed("Connection and log-in", error)]
    found = [
        _row("Connection and log-in", f"{place.host}:{place.port} let us in."),
        _encryption(place, session),
    ]
    try:
        await session.try_sender(return_path)
        found.append(_row("Sender", f"The server lets us send as {return_path}."))
    except esmtp.Refused as refused:
        found.append(_failed("Sender", replies.error(refused)))
    except smtp_wire.Broken as broken:
        found.append(_failed("Sender", errors.ProviderDown(broken.code, broken.text)))
    await session.quit()
    return found


def _encryption(place: esmtp.Place, session: esmtp.Session) -> wire.CheckRow:
    if session.tls:
        return _row("Encryption", f"{session.tls}, and the certificate is trusted.")
    message = (
        f"Warning: mail and password go to {place.host} in clear, which is fit for one's own network only."
    )
    return _row("Encryption", message, remedy="Use smtps:// or smtp+starttls://")


def _signature(sender: mime.Sender, signer: dkim.Signer | None) -> wire.CheckRow:
    if signer is None:
        return _row(
            "DKIM",
            "We do not sign; Gmail, Yahoo and Outlook want bulk mail signed.",
            remedy="Give a DKIM key, or make sure that the server signs",
        )
    if not _aligned(sender.domain, signer.domain):
        return wire.CheckRow(
            what="DKIM",
            good=False,
            message=f"We sign for {signer.domain} and mail from {sender.domain}: DMARC will not count it.",
            remedy="Sign for the domain of the From address",
        )
    return _row(
        "DKIM", f"We sign for {signer.domain}. DNS must hold at {signer.record_name}: {signer.record}"
    )


def _aligned(sender: str, signer: str) -> bool:
    """Whether one of the domains holds the other; DMARC's relaxed alignment asks for no more."""
    first, second = f".{sender.lower()}", f".{signer.lower()}"
    return first.endswith(second) or second.endswith(first)


def _row(what: str, message: str, *, remedy: str = "") -> wire.CheckRow:
    return wire.CheckRow(what=what, good=True, message=message, remedy=remedy)


def _failed(what: str, error: errors.SendError) -> wire.CheckRow:
    entry = atlas.entry(replies.ENHANCED, error.code) or atlas.entry(replies.BASIC, error.code)
    remedy = entry.remedy if entry else "Ask the server's operator"
    return wire.CheckRow(what=what, good=False, message=f"{error.text} ({error.code}).", remedy=remedy)
