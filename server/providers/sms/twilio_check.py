"""Try a Twilio account by Twilio's own client, without sending to anybody."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from server.channels import sms
from server.providers import atlas
from server.wire import providers as wire

DEFAULT_ENDPOINT = "https://api.twilio.com"
TABLE = "twilio_errors"
TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is tried."""

    account_sid: str
    user: str
    password: str = field(repr=False)
    sender: str
    service: str  #: messaging service SID, or empty
    endpoint: str
    ca_pem: str = field(default="", repr=False)
    receipts_url: str = ""


async def check(asked: Asked) -> list[wire.CheckRow]:
    """One row each for credentials, sender and callback. Twilio's client blocks, so it runs in a thread."""
    rows = await asyncio.to_thread(_ask, asked)
    return [*rows, callback_row(receipts_url=asked.receipts_url, endpoint=asked.endpoint)]


def _ask(asked: Asked) -> list[wire.CheckRow]:
    from twilio import rest  # it takes half a second to import

    trust = ssl.create_default_context()
    if asked.ca_pem:
        trust.load_verify_locations(cadata=asked.ca_pem)
    with httpx.Client(verify=trust, trust_env=False, timeout=TIMEOUT_S) as web:
        client = rest.Client(asked.user, asked.password, asked.account_sid, http_client=_transport(web))
        if asked.endpoint != DEFAULT_ENDPOINT:
            # A twin or a gateway stands for all of Twilio's hosts.
            client.api.base_url = client.messaging.base_url = asked.endpoint
        rows = [_row("Credentials", lambda: _account(client))]
        if rows[0].good and asked.service:
            rows.append(_row("Messaging service", lambda: _service(client, asked.service)))
        if rows[0].good and asked.sender:
            rows.append(_row("Sender", lambda: _sender(client, asked.sender)))
        return rows


def _transport(web: httpx.Client) -> Any:
    """Let Twilio's client speak through ours, which trusts the account's own authority."""
    from twilio import http
    from twilio.http import response

    class Through(http.HttpClient):  # type: ignore[misc]
        def __init__(self) -> None:
            self.timeout = TIMEOUT_S

        def request(
            self,
            method: str,
            uri: str,
            params: Mapping[str, Any] | None = None,
            data: Mapping[str, Any] | None = None,
            headers: Mapping[str, str] | None = None,
            auth: tuple[str, str] | None = None,
            timeout: float | None = None,
            allow_redirects: bool = False,
        ) -> response.Response:
            reply = web.request(
                method,
                uri,
                params=params or None,
                data=data or None,
                headers=headers,
                auth=auth,
                timeout=timeout or TIMEOUT_S,
                follow_redirects=False,
            )
            return response.Response(reply.status_code, reply.text, reply.headers)

    return Through()


def _row(what: str, ask: Callable[[], wire.CheckRow]) -> wire.CheckRow:
    from twilio.base import exceptions

    try:
        return ask()
    except exceptions.TwilioRestException as refusal:
        code = str(refusal.code or "")
        entry = atlas.entry(TABLE, code)
        return wire.CheckRow(
            what=what,
            good=False,
            message=f"Twilio refused: {entry.meaning if entry else refusal.msg} ({code or refusal.status}).",
            remedy=f"{entry.remedy}." if entry else "Look the code up in Twilio's error dictionary.",
        )
    except (httpx.HTTPError, exceptions.TwilioException, ValueError, KeyError, TypeError) as fault:
        return wire.CheckRow(
            what=what,
            good=False,
            message=f"The endpoint does not answer like Twilio ({type(fault).__name__}).",
            remedy="Check the endpoint's address and its certificate authority.",
        )


def _account(client: Any) -> wire.CheckRow:
    account = client.api.accounts(client.account_sid).fetch()
    if account.status != "active":
        return wire.CheckRow(
            what="Credentials",
            good=False,
            message=f"The account is {account.status}.",
            remedy="Ask Twilio why, or use another account.",
        )
    trial = " It is a trial account: only verified numbers are reached." if account.type == "Trial" else ""
    return wire.CheckRow(
        what="Credentials", good=True, message=f"The account {account.friendly_name!r} is active.{trial}"
    )


def _service(client: Any, sid: str) -> wire.CheckRow:
    service = client.messaging.v1.services(sid).fetch()
    message = f"The service {service.friendly_name!r} chooses the sender."
    return wire.CheckRow(what="Messaging service", good=True, message=message)


def _sender(client: Any, sender: str) -> wire.CheckRow:
    kind = sms.sender_kind(sender)
    if kind == "name":
        message = (
            f"Messages come from the name {sender!r}; countries that register names refuse unknown ones."
        )
        return wire.CheckRow(what="Sender", good=True, message=message)
    if kind == "short code":
        found = [code.sms_url is not None for code in client.short_codes.list(short_code=sender, limit=1)]
    else:
        numbers = client.incoming_phone_numbers.list(phone_number=sender, limit=1)
        found = [bool(number.capabilities.get("sms")) for number in numbers]
    if not found:
        return wire.CheckRow(
            what="Sender",
            good=False,
            message=f"The account has no {kind} {sender}.",
            remedy="Buy it in the Twilio console, or choose one of the account's own.",
        )
    if kind == "number" and not found[0]:
        return wire.CheckRow(
            what="Sender",
            good=False,
            message=f"The number {sender} cannot send SMS.",
            remedy="Choose a number with the SMS capability.",
        )
    return wire.CheckRow(what="Sender", good=True, message=f"Messages come from the {kind} {sender}.")


def callback_row(*, receipts_url: str, endpoint: str) -> wire.CheckRow:
    """Whether Twilio could call back at this address at all."""
    what, host = "Status callback", urlsplit(receipts_url).hostname or ""
    if not host:
        message, remedy = "Twilio is not told where to call back.", "Give the server its public address."
    elif "_" in host:
        message, remedy = f"Twilio does not call hosts with an underscore: {host}.", "Use another host name."
    elif endpoint == DEFAULT_ENDPOINT and host in ("localhost", "127.0.0.1", "::1"):
        message = "Twilio cannot reach this machine by a loopback address: no receipts will come."
        remedy = "Give the server its public address."
    else:
        return wire.CheckRow(what=what, good=True, message=f"Twilio calls back at {host}.")
    return wire.CheckRow(what=what, good=False, message=message, remedy=remedy)
