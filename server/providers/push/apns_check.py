"""Try an Apple push key with a client that others wrote, without sending to anybody."""

import asyncio
import ssl
from typing import Any
from urllib.parse import urlsplit

from server.providers import atlas
from server.wire import providers as wire

#: No device has this token: Apple gets as far as refusing it once the key and the topic are good.
NOBODY = "00" * 32
PATIENCE_S = 15.0

_KEY = "Signing key"
_CONNECTION = "Connection"


async def run(
    *, endpoint: str, ca_pem: str, key: str, key_id: str, team_id: str, topic: str
) -> list[wire.CheckRow]:
    """Push to nobody. Two rows: whether the host was reached, and what it said to the key."""
    from aioapns import common

    host = urlsplit(endpoint).netloc
    client = _client(endpoint, ca_pem, key=key, key_id=key_id, team_id=team_id, topic=topic)
    message = common.NotificationRequest(
        device_token=NOBODY,
        message={"aps": {"content-available": 1}},
        priority=5,
        push_type=common.PushType.BACKGROUND,
    )
    try:
        connection = await asyncio.wait_for(client.pool.create_connection(), PATIENCE_S)
    except (OSError, TimeoutError) as problem:
        return [_unreached(host, problem)]
    reached = wire.CheckRow(what=_CONNECTION, good=True, message=f"Connected to {host} over HTTP/2")
    client.pool.connections.append(connection)
    try:
        answer = await asyncio.wait_for(connection.send_notification(message), PATIENCE_S)
    except Exception as problem:  # noqa: BLE001 - the client lets the errors of three libraries through
        return [reached, _unanswered(problem)]
    finally:
        client.pool.close()
    return [reached, _judge(str(answer.status), answer.description or "")]


def _client(endpoint: str, ca_pem: str, **credentials: Any) -> Any:
    from aioapns import client, connection

    async def quiet(_request: Any, _answer: Any) -> None:
        """Keep the client from logging what we report."""

    parts = urlsplit(endpoint)
    trust = ssl.create_default_context(cadata=ca_pem or None)
    if ca_pem:
        trust.load_default_certs()
    trust.set_alpn_protocols(["h2"])  # the client offers nothing by itself
    made = client.APNs(ssl_context=trust, max_connections=1, err_func=quiet, **credentials)
    place = {"APNS_SERVER": parts.hostname, "APNS_PORT": parts.port or 443}
    made.pool.protocol_class = type("Protocol", (connection.APNsTLSClientProtocol,), place)
    return made


def _unreached(host: str, problem: Exception) -> wire.CheckRow:
    if isinstance(problem, ssl.SSLCertVerificationError):
        message = f"The certificate of {host} is not trusted"
        remedy = "Paste the authority of your gateway under Certificate authority"
    else:
        message = f"{host} cannot be reached"
        remedy = "Check the endpoint, and that this machine may connect to it"
    return wire.CheckRow(what=_CONNECTION, good=False, message=message, remedy=remedy)


def _unanswered(problem: Exception) -> wire.CheckRow:
    slow = isinstance(problem, TimeoutError)
    message = "No answer came in time" if slow else "The connection closed before an answer came"
    remedy = "Try again; if it stays so, ask who runs the gateway"
    return wire.CheckRow(what=_KEY, good=False, message=message, remedy=remedy)


def _judge(status: str, reason: str) -> wire.CheckRow:
    code = f"{status} {reason}".rstrip()
    if reason == "BadDeviceToken":
        return wire.CheckRow(what=_KEY, good=True, message="The key, the team and the bundle id were taken")
    entry = atlas.entry("apns_reasons", code)
    message = f"Refused: {entry.meaning} ({code})" if entry else f"Refused with {code}"
    remedy = entry.remedy if entry else "Compare key id, team id and bundle id with the developer account"
    return wire.CheckRow(what=_KEY, good=False, message=message, remedy=remedy)
