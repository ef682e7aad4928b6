"""Tokens of servers elsewhere: kept in the system's keyring where there is one, and nowhere else."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

log = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

SERVICE = "heliograph-console"
PATIENCE_S = 8.0  #: a locked keyring may wait for a person who does not see its window


async def find(url: str) -> str:
    """The token kept for a server; empty where there is none or no keyring."""

    def look() -> str:
        import keyring  # 60 ms, and only for servers elsewhere

        return keyring.get_password(SERVICE, url) or ""

    return await _patiently(look) or ""


async def keep(url: str, token: str) -> bool:
    """Keep a token; whether that worked."""

    def store() -> bool:
        import keyring  # as above

        keyring.set_password(SERVICE, url, token)
        return True

    return bool(await _patiently(store))


async def _patiently(work: Callable[[], ResultT]) -> ResultT | None:
    import keyring.errors  # as above

    try:
        return await asyncio.wait_for(asyncio.to_thread(work), PATIENCE_S)
    except (keyring.errors.KeyringError, TimeoutError, OSError) as error:
        log.info("no keyring: %s", type(error).__name__, extra={"action": "keyring_unusable"})
        return None
