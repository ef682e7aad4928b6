"""Whatever is asked, the server answers, soon, and never with a failure of its own."""

import random
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from server.wire import all_endpoints, endpoint
from tests.support import served as running

WORDS: list[Any] = [
    "", " ", "0", "-1", "null", "true", "NaN", "1e999", "9" * 30, "%00", "\x00", "\u202eabc", "Ω≈ç√", "田中さん",
    "😀" * 50,
    "' OR 1=1 --", "'; DROP TABLE campaign; --", "%", "_", "*", '"', "NEAR(", "../../etc/passwd", "{{ 7 * 7 }}",
    "{% for i in (1..999999999) %}x{% endfor %}", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "a" * 10_000,
    "name", "-name", "created_at;", "rowid", "id desc", "-", "--",
]  # fmt: skip
VALUES: list[Any] = [
    *WORDS,
    None,
    True,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**64,
    1.5,
    [],
    [[]],
    {},
    {"a": {}},
    [None],
    ["x"] * 100,
]
SLOTS: list[str | int] = [1, 2, 999_999, 2**62, "x", "%2e%2e", "a-b-c-d", "1-1-1-1"]
SLOW_S = 10.0
ROUNDS = 12


def asked(bound: endpoint.Endpoint[Any, Any], chance: random.Random) -> tuple[str, dict[str, Any]]:
    """One request out of odd parts."""
    slots = {name: chance.choice(SLOTS) for name in bound.slots}
    path = bound.request(None, **slots).path
    fields = [field.encode_name for field in msgspec.structs.fields(bound.ask)]
    chosen = chance.sample(fields, chance.randint(0, len(fields)))
    more: dict[str, Any] = {}
    if bound.asks_by_query:
        more["params"] = {name: str(chance.choice(WORDS)) for name in chosen}
        if bound.upload:
            more["content"] = chance.choice(
                [b"", b"a,b\n1,2\n", b"\x00" * 100, b"\xff\xfea\x00", b'"' * 1000, b"x" * 70_000]
            )
    elif bound.method != "GET":
        more["json"] = {name: chance.choice(VALUES) for name in chosen}
    return path, more


@pytest.fixture(scope="module")
def victim() -> Iterator[running.Served]:
    """A server of our own: among odd requests are some that delete what is there."""
    with running.folder() as data, running.serve(data, "--senders", "0") as found:
        yield found


#: The live feed asks for nothing and does not end; its own tests are next door.
ENDING = [bound for bound in all_endpoints.ALL if bound.path != "/v1/live"]


@pytest.mark.parametrize("bound", ENDING, ids=lambda bound: f"{bound.method} {bound.path}")
def test_odd_requests_are_answered_and_never_by_a_failure(
    victim: running.Served, bound: endpoint.Endpoint[Any, Any]
) -> None:
    chance = random.Random(f"{bound.method} {bound.path}")  # the seed is the endpoint: a failure repeats
    with victim.http() as http:
        for _ in range(ROUNDS):
            path, more = asked(bound, chance)
            begun = time.monotonic()
            answer = http.request(bound.method, path, **more)
            assert answer.status_code < 500, (path, more, answer.text)
            assert time.monotonic() - begun < SLOW_S, (path, more)
            if answer.is_error:
                assert answer.headers["content-type"] == "application/problem+json", (path, more)
                assert answer.json()["title"]
                assert "Traceback" not in answer.text
