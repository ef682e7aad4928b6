"""An HTTPS server that takes every message at once, in the words of whoever it stands for, and recalls the last."""

import base64
from typing import Any

import msgspec

JSON = ("content-type", "application/json")
#: A part of the path to (status, headers, body); the first that fits answers.
ANSWERS = (
    ("/3/device/", 200, [("apns-id", "00000000-0000-4000-8000-000000000000")], ""),
    ("/Messages.json", 201, [JSON], '{"sid": "SM00000000000000000000000000000000", "status": "queued"}'),
    ("/outbound-emails", 200, [JSON], '{"MessageId": "0100018c-0000-4000-8000-000000000000-000000"}'),
    (
        "/agentMessages",
        200,
        [JSON],
        '{"name": "phones/+15550000000/agentMessages/m", "sendTime": "2026-11-20T09:00:00Z"}',
    ),
    ("/token", 200, [JSON], '{"access_token": "t", "expires_in": 3599, "token_type": "Bearer"}'),
    ("/messages", 200, [JSON], '{"messaging_product": "whatsapp", "messages": [{"id": "wamid.m"}]}'),
    ("", 201, [("location", "https://127.0.0.1/m/1")], ""),
)
RECALL = "/recall"  #: where the last message is asked for

_last: dict[str, Any] = {}


async def app(scope: Any, protocol: Any) -> None:
    """Answer one request."""
    if scope.path == RECALL:
        protocol.response_str(200, [JSON], msgspec.json.encode(_last).decode())
        return
    body = await protocol()
    if "/token" not in scope.path:
        _last.update(
            method=scope.method,
            target=scope.path + (f"?{scope.query_string}" if scope.query_string else ""),
            headers=[pair for pair in scope.headers.items() if not pair[0].startswith(":")],
            body=base64.b64encode(body).decode(),
        )
    status, headers, text = next(answer[1:] for answer in ANSWERS if answer[0] in scope.path)
    protocol.response_str(status, headers, text)
