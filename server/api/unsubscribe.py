"""The unsubscribe door: a mail program posts here for its reader (RFC 8058), a person opens it and presses the button.

There is no token and no cookie: the link itself proves that we made it. A GET changes nothing, because link scanners
follow every address in a mail.
"""

import hashlib
import sqlite3
import time
from typing import Any

from server.engine import desk as desks
from server.security import links
from server.store import receipts
from server.store.ledger import merging, thread

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>Unsubscribe</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 15vh auto; padding: 0 1rem; color: #161a22 }}
h1 {{ font-size: 1.4rem }}
button {{ font: inherit; padding: .5rem 1rem; border: 0; border-radius: 6px; background: #4a4fd9; color: #fff }}
@media (prefers-color-scheme: dark) {{ body {{ background: #0f1217; color: #e9ecf1 }} }}
</style>
<h1>{heading}</h1><p>{words}</p>{act}</html>"""
BUTTON = (
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>Unsubscribe</button></form>"
)
HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),  # the body is not read: nothing in it is needed
)

ABOUT = """
SELECT message.account, coalesce(identity.address, message.address_key) FROM message
LEFT JOIN identity ON identity.workspace = message.workspace AND identity.contact = message.contact
  AND identity.address_key = message.address_key
WHERE message.workspace = ? AND message.run = ? AND message.seq = ? AND message.attempts > 0
"""


class Unsubscribe:
    """An ASGI app for all that lies under the door's path."""

    def __init__(self, desk: desks.Desk, ledger: thread.Ledger) -> None:
        self._desk = desk
        self._ledger = ledger

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        token = scope["path"].removeprefix(links.UNSUBSCRIBE)
        ref = links.unsubscribed(token, self._desk.installation.receipts_key)
        if ref is None or len(token) > links.LONGEST:
            await _say(send, 404, "This link is not complete", "Open it from the message once more.")
        elif scope["method"] in {"GET", "HEAD"}:
            await _say(send, 200, "Unsubscribe?", "You will get no more of these messages.", BUTTON)
        elif scope["method"] != "POST":
            await _say(send, 405, "This link is opened or posted to", "Open it from the message once more.")
        else:
            await self._unsubscribe(ref, send)

    async def _unsubscribe(self, ref: str, send: Any) -> None:
        try:
            known = await self._ledger.do(keep, ref=ref)
        except (sqlite3.Error, OSError):
            await _say(send, 503, "This cannot be done right now", "Please try again in a minute.")
            return
        if not known:
            await _say(
                send, 404, "This message is not known here", "Open the link from the message once more."
            )
            return
        self._desk.merger.wake()
        await _say(send, 200, "You are unsubscribed", "You will get no more of these messages.")


def keep(connection: sqlite3.Connection, *, ref: str) -> bool:
    """Store the wish as a receipt, flushed and once. Returns False where there is no such message."""
    spot = merging.spot_of(ref)
    found = connection.execute(ABOUT, spot).fetchone() if spot else None
    if spot is None or found is None:
        return False
    account, address = found
    wish = receipts.Incoming(
        workspace=spot.workspace,
        account=account,
        event_id="unsubscribe-" + hashlib.blake2b(ref.encode(), digest_size=16).hexdigest(),
        at=time.time(),
        kind="unsubscribed",
        ref=ref,
        provider_ref="",
        address=address or "",
        happened_at=None,
        code="one-click",
        text="",
        suppress=True,
        raw=b"",
    )
    receipts.add(connection, [wish])
    return True


async def _say(send: Any, status: int, heading: str, words: str, act: str = "") -> None:
    body = PAGE.format(heading=heading, words=words, act=act).encode()
    headers = [*HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
