"""P6: a name that cannot be resolved is never the recipient's fault, and nothing is in doubt."""

import asyncio
import dataclasses
import socket
import time
import types
from collections.abc import Awaitable, Callable

import pytest

from server.channels import email
from server.pipeline.delivery import breaker, deciding
from server.providers import errors, form, transport
from server.providers.email import smtp
from tests.server.providers import cases
from tests.server.providers.faults import desks

MAIL = cases.outbound(email.EmailContent(subject="Hi", text="Hi"), "zoe@example.org")


@pytest.mark.parametrize("desk", desks.DESKS[:4], ids=[desk.name for desk in desks.DESKS[:4]])
async def test_a_name_that_does_not_exist_took_nothing(desk: desks.Desk) -> None:
    provider = desk.open("https://nowhere.invalid", timeout_s=20.0)
    found = await cases.outcome(provider, desk.message("https://nowhere.invalid"))
    await provider.close()
    assert type(found) is errors.ProviderDown
    assert found.code in {"dns", "connect-timeout"}
    assert deciding.trouble_of(found) is breaker.Trouble.CONNECT


@pytest.mark.parametrize(
    "words",
    [
        "failed to lookup address information: Name or service not known",
        "failed to lookup address information: Temporary failure in name resolution",
    ],
)
def test_no_such_name_and_no_answer_of_a_name_server_are_told_as_one(words: str) -> None:
    chain = ("error sending request", "client error (Connect)", "dns error", words)
    problem = types.SimpleNamespace(details={"causes": [{"message": message} for message in chain]})
    found = transport._judge(problem)  # type: ignore[arg-type]
    assert (type(found), found.code) == (errors.ProviderDown, "dns")


@pytest.mark.parametrize("reason", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL])
def test_no_answer_of_a_name_server_is_no_bounce(reason: int) -> None:
    async def fails(*_args: object, **_named: object) -> object:
        raise socket.gaierror(reason, "no such name, or nobody to ask")

    found, _took_s = _mailed(fails, timeout_s=20.0)
    assert (type(found), found.code) == (errors.ProviderDown, "unreachable")
    assert deciding.trouble_of(found) is breaker.Trouble.CONNECT


def test_a_slow_name_server_takes_no_longer_than_an_attempt_may() -> None:
    async def slow(*_args: object, **_named: object) -> object:
        await asyncio.sleep(60)
        return []

    found, took_s = _mailed(slow, timeout_s=0.4)
    assert took_s < 5.0
    assert (type(found), found.code) == (errors.ProviderDown, "timeout")


Resolver = Callable[..., Awaitable[object]]


def _mailed(resolver: Resolver, *, timeout_s: float) -> tuple[errors.SendError, float]:
    """What becomes of a mail on a loop that asks this resolver, and after how many seconds."""

    async def send() -> tuple[errors.SendError, float]:
        asyncio.get_running_loop().getaddrinfo = resolver  # type: ignore[method-assign, assignment]
        made = form.build(smtp.SmtpSettings, {"from_address": "news@example.com"}, {})
        context = cases.context("smtp://mail.example.test")
        provider = smtp.Smtp(made, dataclasses.replace(context, timeout_s=timeout_s))
        began = time.monotonic()
        found = await cases.outcome(provider, MAIL)
        took_s = time.monotonic() - began
        await provider.close()
        assert isinstance(found, errors.SendError)
        return found, took_s

    with asyncio.Runner(
        loop_factory=asyncio.SelectorEventLoop
    ) as runner:  # one whose resolver can be replaced
        return runner.run(send())
