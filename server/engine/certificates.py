"""Certificates of our own that end: the server's, and the authorities accounts were given for their gateways.

Keys for Apple push are tokens' keys and end with nobody's calendar; nothing else we hold has a date.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from sqlalchemy.ext import asyncio as sa_asyncio

from server import settings as configuration
from server.store import accounts
from server.wire import server as wire

log = logging.getLogger(__name__)

LOOK_S = 6 * 3600.0
WARNED_DAYS = (30, 14, 7, 1)  #: it is said from the first of these on, and louder from the last but one


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """One certificate, and when it ends."""

    whose: str  #: as a sentence begins with it
    ends_at: dt.datetime  #: aware, UTC
    remedy: str
    view: str = ""
    subject: str = ""

    def days(self, now: dt.datetime) -> int:
        """Whole days left; negative once it has ended."""
        return (self.ends_at - now) // dt.timedelta(days=1)


def of_the_server(settings: configuration.Settings) -> list[Ending]:
    """The certificate the server answers with, where it has one that can be read."""
    if not settings.tls_certificate:
        return []
    try:
        pem = Path(settings.tls_certificate).read_bytes()
    except OSError:
        return []  # the server could not have started with it; what is missing now is said where it is missed
    remedy = "Renew it, put it in its file, and start the server again."
    return [
        Ending(whose="The server's certificate", ends_at=ends_at, remedy=remedy) for ends_at in _ends(pem)
    ]


async def of_accounts(connection: sa_asyncio.AsyncConnection, workspace: int) -> list[Ending]:
    """The authorities the accounts of a workspace trust beyond those of the system."""
    endings: list[Ending] = []
    for row in await accounts.all_(connection, workspace):
        if row.enabled and (ca := str(row.settings.get("ca", ""))):
            endings += of_an_account(row.id, row.name, ca)
    return endings


def of_an_account(account: int, name: str, ca: str) -> list[Ending]:
    """The authorities an account trusts beyond those of the system."""
    remedy = (
        "Ask the gateway's operator for the new one and put it into the account, or nothing more can be sent."
    )
    return [
        Ending(
            whose=f"The authority of {name}",
            ends_at=ends_at,
            remedy=remedy,
            view="providers",
            subject=str(account),
        )
        for ends_at in _ends(ca.encode())
    ]


def alarms(endings: Iterable[Ending], now: dt.datetime) -> Iterator[wire.Alarm]:
    """What to warn of: everything that ends within thirty days, or has ended."""
    for ending in endings:
        days = ending.days(now)
        if days <= WARNED_DAYS[0]:
            yield wire.Alarm(
                level="bad" if days <= WARNED_DAYS[2] else "warning",
                title=_sentence(ending, days),
                remedy=ending.remedy,
                view=ending.view,
                subject=ending.subject,
            )


class Watch:
    """Says in the log, once for each of the WARNED_DAYS, that a certificate comes to its end."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, dt.datetime], int] = {}

    async def run(self, settings: configuration.Settings) -> None:
        """Look at the server's own certificate every few hours until cancelled."""
        while True:
            self.look(of_the_server(settings), dt.datetime.now(dt.UTC))
            await asyncio.sleep(LOOK_S)

    def look(self, endings: Iterable[Ending], now: dt.datetime) -> None:
        """Compare what is left with what was said before."""
        for ending in endings:
            days = ending.days(now)
            passed = sum(days <= mark for mark in WARNED_DAYS) + (days < 0)
            key = (ending.whose, ending.ends_at)
            if passed > self._said.get(key, 0):
                log.warning(
                    "%s %s", _sentence(ending, days), ending.remedy, extra={"action": "certificate_ends"}
                )
            self._said[key] = passed


def _sentence(ending: Ending, days: int) -> str:
    if days < 0:
        return f"{ending.whose} has ended on {ending.ends_at:%d %B %Y}."
    left = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    return f"{ending.whose} ends {left}, on {ending.ends_at:%d %B %Y}."


def _ends(pem: bytes) -> list[dt.datetime]:
    """When the first certificate of a chain ends; of text that is none, nothing."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        return []
    return [found[0].not_valid_after_utc] if found else []
