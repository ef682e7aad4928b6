"""P4: whatever an HTTP provider does, an attempt ends in time, in the right class, and nothing is read without end."""

import asyncio
import resource
import sys
import time

import pytest

from server.providers import base, errors
from tests.server.providers import cases
from tests.server.providers.faults import desks
from tests.support import faults
from tests.support.faults import Fault

TIMEOUT_S = 0.6
SLACK_S = 4.0  #: for a machine that is busy with something else

#: What each fault means, to every vendor. A redirect is our set-up's fault, but for browsers' own subscriptions.
MEANS: dict[Fault, tuple[type[errors.SendError], set[str]]] = {
    Fault.CLOSES_AT_ONCE: (errors.Doubt, {"cut"}),
    Fault.CLOSES_IN_REQUEST: (errors.Doubt, {"cut"}),
    Fault.HANGS: (errors.Doubt, {"no-answer"}),
    Fault.NOT_HTTP: (errors.Doubt, {"not-http"}),
    Fault.DRIPS_HEAD: (errors.Doubt, {"no-answer"}),
    Fault.CUT_IN_HEAD: (errors.Doubt, {"cut"}),
    Fault.DRIPS_BODY: (errors.Doubt, {"no-answer"}),
    Fault.CUT_IN_BODY: (errors.Doubt, {"cut"}),
    Fault.TRUNCATED_JSON: (errors.Doubt, {"unreadable-success", "no-message-id"}),
    Fault.PAGE: (errors.Doubt, {"unreadable-success", "no-message-id"}),
    Fault.HUGE: (errors.Doubt, {"answer-too-long"}),
    Fault.HUGE_REFUSAL: (errors.ProviderDown, {"http-503", "503"}),
    Fault.DRIPS_REFUSAL: (errors.ProviderDown, {"http-503", "503"}),
    Fault.REDIRECT: (errors.AuthConfig, {"http-302", "302"}),
}
#: A push service that creates a message says all of it in the status: it has no words to be cut.
STATUS_IS_ALL = {Fault.TRUNCATED_JSON}


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("desk", desks.DESKS, ids=[desk.name for desk in desks.DESKS])
async def test_a_fault_ends_in_time_in_the_right_class(desk: desks.Desk, fault: Fault) -> None:
    kind, codes = MEANS[fault]
    async with faults.far(fault, good=desk.good, success=desk.success) as far:
        provider = desk.open(f"http://127.0.0.1:{far.port}", timeout_s=TIMEOUT_S)
        began = time.monotonic()
        found = await cases.outcome(provider, desk.message(f"http://127.0.0.1:{far.port}"))
        took_s = time.monotonic() - began
        await provider.close()
    assert took_s < TIMEOUT_S + SLACK_S
    if desk.name == "webpush" and fault in STATUS_IS_ALL:
        assert isinstance(found, base.Accepted)
        return
    if desk.name == "webpush" and fault is Fault.REDIRECT:
        kind = errors.PermanentContent
    assert type(found) is kind, found
    assert found.code in codes


@pytest.mark.parametrize("desk", desks.DESKS, ids=[desk.name for desk in desks.DESKS])
async def test_no_redirect_is_followed_to_where_secrets_lie(desk: desks.Desk) -> None:
    async with faults.far(Fault.HANGS) as trap:
        elsewhere = f"http://127.0.0.1:{trap.port}/latest/meta-data/"
        async with faults.far(Fault.REDIRECT, good=desk.good, elsewhere=elsewhere) as far:
            provider = desk.open(f"http://127.0.0.1:{far.port}")
            await cases.outcome(provider, desk.message(f"http://127.0.0.1:{far.port}"))
            await provider.close()
            assert far.requests == 1
        assert trap.writers == []


async def test_two_hundred_megabytes_are_neither_read_nor_kept() -> None:
    desk = desks.DESKS[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with faults.far(Fault.HUGE, success=desk.success) as far:
        provider = desk.open(f"http://127.0.0.1:{far.port}", timeout_s=10.0)
        found = await asyncio.gather(
            *(cases.outcome(provider, desk.message("")) for _ in range(4)), return_exceptions=True
        )
        await provider.close()
        assert far.written < faults.HUGE / 2
    assert {type(one) for one in found} == {errors.Doubt}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 60_000_000


async def test_a_hanging_provider_holds_up_nobody_else() -> None:
    """64 calls hang at one provider; beside them another one is asked, and answers as fast as ever."""
    slow, quick = desks.DESKS[0], desks.DESKS[1]
    answer = cases.Reply(body={"messages": [{"id": "wamid.A1"}]})
    async with faults.far(Fault.HANGS) as far, cases.scripted(*[answer] * 50) as script:
        hanging = slow.open(f"http://127.0.0.1:{far.port}", timeout_s=3.0)
        going = quick.open(script.endpoint, timeout_s=30.0)
        calls = [asyncio.create_task(cases.outcome(hanging, slow.message(""))) for _ in range(64)]
        for _ in range(50):
            assert isinstance(await cases.outcome(going, quick.message("")), base.Accepted)
        ended_before_us = sum(call.done() for call in calls)
        found = await asyncio.gather(*calls)
        await hanging.close()
        await going.close()
    assert ended_before_us < 64
    assert {type(one) for one in found} <= {errors.Doubt, errors.Transient}
