"""A plain HTTPS client on the standard library alone, which knows nothing of our adapters."""

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Status, headers with names in lower case, and the body as JSON (None where it is empty)."""

    status: int
    headers: Mapping[str, str]
    json: Any


async def call(
    method: str,
    url: str,
    *,
    ca_pem: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """Ask once, in a thread, trusting this authority alone. Raises OSError where no answer comes."""
    trust = ssl.create_default_context(cadata=ca_pem)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)

    def ask() -> Answer:
        try:
            with opener.open(request, timeout=20) as reply:
                return Answer(reply.status, _lower(reply.headers.items()), _json(reply.read()))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.status or 0, _lower(refused.headers.items()), _json(refused.read()))

    return await asyncio.to_thread(ask)


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


def _json(body: bytes) -> Any:
    return json.loads(body) if body else None
