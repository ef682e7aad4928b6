"""Google's access tokens: the assertion, judged by a library we did not write, and the token's life."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import jwt
import pytest

from server.providers import base, errors, transport
from server.providers.rcs import tokens
from tests.server.providers import cases
from tests.server.providers.rcs import keys


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def asking(
    *replies: cases.Reply,
) -> AsyncIterator[tuple[tokens.Tokens, transport.Transport, cases.Script, Clock]]:
    clock = Clock()
    async with cases.scripted(*replies) as script:
        key = tokens.read_key(base.Secret(keys.key_file("/token")), "service_account")
        held = tokens.Tokens(key, endpoint=script.endpoint, place="service_account", clock=clock)
        http = transport.Transport()
        try:
            yield held, http, script, clock
        finally:
            await http.close()


def granted(token: str, life_s: float = 3599) -> cases.Reply:
    return cases.Reply(body={"access_token": token, "expires_in": life_s, "token_type": "Bearer"})


async def test_the_assertion_holds_before_an_independent_judge() -> None:
    async with asking(granted("ya29.a")) as (held, http, script, clock):
        assert await held.get(http) == "ya29.a"
    (request,) = script.requests
    assert request.target == "/token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assertion = request.form["assertion"]
    claims = jwt.decode(
        assertion,
        keys.RSA_KEY.public_key(),
        algorithms=["RS256"],
        audience=f"{script.endpoint}/token",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == keys.EMAIL
    assert claims["scope"] == "https://www.googleapis.com/auth/rcsbusinessmessaging"
    assert (claims["iat"], claims["exp"]) == (int(clock.now), int(clock.now) + 3600)
    assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT", "kid": keys.KEY_ID}


async def test_a_token_serves_until_five_minutes_before_its_end() -> None:
    async with asking(granted("ya29.a"), granted("ya29.b")) as (held, http, script, clock):
        assert held.held() == ""
        await held.get(http)
        clock.now += 3599 - 301
        assert held.held() == await held.get(http) == "ya29.a"
        clock.now += 2
        assert held.held() == ""
        assert await held.get(http) == "ya29.b"
    assert len(script.requests) == 2


async def test_many_sends_at_once_ask_for_one_token() -> None:
    async with asking(granted("ya29.a")) as (held, http, script, _):
        got = await asyncio.gather(*(held.get(http) for _ in range(50)))
    assert set(got) == {"ya29.a"}
    assert len(script.requests) == 1


async def test_a_token_with_a_short_life_is_not_asked_for_without_end() -> None:
    async with asking(granted("ya29.a", 5)) as (held, http, script, clock):
        await held.get(http)
        clock.now += tokens.SHORTEST_S - 1
        assert await held.get(http) == "ya29.a"
    assert len(script.requests) == 1


async def test_dropping_an_old_token_leaves_the_new_one() -> None:
    async with asking(granted("ya29.a"), granted("ya29.b")) as (held, http, _, _):
        await held.get(http)
        held.drop("ya29.a")
        await held.get(http)
        held.drop("ya29.a")
        assert held.held() == "ya29.b"


@pytest.mark.parametrize(
    "reply, kind, code",
    [
        (
            cases.Reply(
                status=400, body={"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
            ),
            errors.AuthConfig,
            "invalid_grant",
        ),
        (cases.Reply(status=400, body={"error": "something_new"}), errors.AuthConfig, "something_new"),
        (cases.Reply(status=401, body="<html>"), errors.AuthConfig, "token-401"),
        (cases.Reply(status=429, headers={"retry-after": "3"}), errors.Throttled, "token-429"),
        (cases.Reply(status=503), errors.ProviderDown, "token-503"),
        (cases.Reply(status=200, body="<html>"), errors.ProviderDown, "token-unreadable"),
        (cases.Reply(body={"access_token": "two\nlines"}), errors.ProviderDown, "token-unreadable"),
        (cases.Reply(cut=True), errors.ProviderDown, "cut"),
    ],
)
async def test_a_token_that_is_not_given_never_leaves_a_doubt(
    reply: cases.Reply, kind: type[errors.SendError], code: str
) -> None:
    async with asking(reply) as (held, http, _, _):
        with pytest.raises(errors.SendError) as caught:
            await held.get(http)
    assert type(caught.value) is kind
    assert caught.value.code == code


GOOGLE = "https://us-rcsbusinessmessaging.googleapis.com"
TWIN = "https://127.0.0.1:4433"


@pytest.mark.parametrize(
    "uri, endpoint, url",
    [
        ("https://oauth2.googleapis.com/token", GOOGLE, "https://oauth2.googleapis.com/token"),
        (
            "https://oauth2.googleapis.com/token",
            "https://gateway.test",
            "https://oauth2.googleapis.com/token",
        ),
        ("https://gateway.test/rbm/token", "https://gateway.test/rbm", "https://gateway.test/rbm/token"),
        ("/token", TWIN, "https://127.0.0.1:4433/token"),
        ("token", "https://gateway.test/rbm/", "https://gateway.test/rbm/token"),
    ],
)
def test_tokens_are_asked_for_at_google_or_beneath_the_endpoint(uri: str, endpoint: str, url: str) -> None:
    assert tokens.token_url(uri, endpoint=endpoint, place="service_account") == url


@pytest.mark.parametrize(
    "uri, endpoint",
    [
        ("https://evil.test/token", GOOGLE),
        ("http://oauth2.googleapis.com/token", GOOGLE),
        ("https://googleapis.com.evil.test/token", GOOGLE),
        ("https://evilgoogleapis.com/token", GOOGLE),
        ("https://oauth2.googleapis.com:8443/token", GOOGLE),
        ("https://me@oauth2.googleapis.com/token", GOOGLE),
        ("http://169.254.169.254/token", TWIN),
        ("https://127.0.0.1:4434/token", TWIN),
        ("//evil.test/token", TWIN),
        ("https://gateway.test/elsewhere", "https://gateway.test/rbm"),
        ("/token", "https://gateway.test/rbm"),
        ("https://[::1", TWIN),
        ("https://oauth2.googleapis.com/token", TWIN),
    ],
)
def test_a_key_file_that_leads_elsewhere_is_refused(uri: str, endpoint: str) -> None:
    with pytest.raises(errors.BadSettings) as caught:
        tokens.token_url(uri, endpoint=endpoint, place="service_account")
    assert caught.value.place == "service_account"


def test_a_key_never_shows_itself() -> None:
    key = tokens.read_key(base.Secret(keys.key_file("/token")), "service_account")
    assert "PRIVATE" not in repr(key)
    assert keys.EMAIL in repr(key)
