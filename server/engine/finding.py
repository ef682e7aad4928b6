"""The one task that asks providers about messages in doubt, at a quiet pace, and settles what their answer proves."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from server.channels import contents
from server.engine import composing, explaining, looping, opening
from server.pipeline.content import rendering, speaking
from server.providers import base, errors
from server.security import vault
from server.store import database, meta
from server.store.ledger import codes, lookups, thread
from server.wire import campaigns

log = logging.getLogger(__name__)

LOOK_S = 5.0
#: Doubts asked about in one round, of one workspace.
ROUND = 50
#: A pause between two questions: an account may be asked about as often as this, and sending comes first.
REST_S = 0.2
#: How long one question may take.
ANSWER_S = 30.0
#: An attempt was over this long after its intent, whenever its doubt was found.
LONGEST_ATTEMPT_S = 300.0
#: An answer that settles nothing is asked for again after the first wait, then after twice as long, so many times.
MOST_TRIES = 8
#: Nothing is called "not sent" before a doubt is this many waits old: the provider's list may lag behind.
SURE_WAITS = 5.0

ABLE = "SELECT workspace, id, provider FROM account WHERE removed_at IS NULL"
#: Other messages of the same words to the same person about which nothing is known either.
RIVALS = """
SELECT count(*) FROM message WHERE workspace = :workspace AND contact = :contact AND channel = :channel
  AND hash = :digest AND state IN (1, 12) AND NOT (run = :run AND seq = :seq)
"""
ADDRESS = """
SELECT address FROM identity WHERE workspace = :workspace AND contact = :contact AND channel = :channel
  AND address_key = :address_key
UNION SELECT address FROM test_message WHERE :contact = 0 AND workspace = :workspace AND address_key = :address_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What asking needs."""

    database: database.Database
    ledger: thread.Ledger
    keys: vault.Vault
    installation: meta.Installation
    wait_s: float  #: how long a message is in doubt before its provider is asked


class Finder(looping.Looper):
    """Asks about doubts that are due. What was asked and said is in the database: a restart goes on from there."""

    def __init__(self, house: House) -> None:
        super().__init__(look_s=min(LOOK_S, max(house.wait_s, REST_S)), waits="look-ups wait")
        self._house = house

    async def work(self) -> int:
        """Ask about everything that is due now. Returns how many doubts were settled."""
        settled = 0
        for workspace, accounts in (await self._able()).items():
            due = await self._house.ledger.do(
                lookups.due,
                workspace=workspace,
                accounts=accounts,
                now=time.time(),
                wait_s=self._house.wait_s,
                limit=ROUND,
            )
            by_account: dict[int, list[lookups.Due]] = {}
            for one in due:
                by_account.setdefault(one.account, []).append(one)
            for account, some in by_account.items():
                async with self._opened(workspace, account) as provider:
                    for one in some:
                        settled += await self._ask(workspace, one, provider)
                        await asyncio.sleep(REST_S)
        return settled

    async def _able(self) -> dict[int, list[int]]:
        """Workspace to its accounts whose provider can be asked."""
        found: dict[int, list[int]] = {}
        async with self._house.database.reading() as connection:
            for row in await connection.execute(sa.text(ABLE)):
                adapter = explaining.adapter(row.provider)
                if adapter is not None and adapter.look_up is not base.Provider.look_up:
                    found.setdefault(row.workspace, []).append(row.id)
        return found

    @contextlib.asynccontextmanager
    async def _opened(self, workspace: int, account: int) -> AsyncIterator[base.Provider | str]:
        """An account's adapter, or the sentence why it cannot be opened."""
        try:
            provider = await opening.open_provider(self._house.database, self._house.keys, workspace, account)
        except errors.BadSettings as error:
            yield f"The account cannot be opened: {error.message}."
            return
        except LookupError:
            yield "The account is gone."
            return
        try:
            yield provider
        finally:
            await provider.close()

    async def _ask(self, workspace: int, one: lookups.Due, provider: base.Provider | str) -> bool:
        """Ask about one doubt and write what came of it. Returns whether it is settled."""
        found = await self._answer(workspace, one, provider)
        now = time.time()
        answer = judged(one, found, now=now, wait_s=self._house.wait_s)
        settled = await self._house.ledger.do(
            lookups.note, workspace=workspace, asked=one, answer=answer, now=now
        )
        log.info(
            "a doubt was looked up: %s",
            answer.said,
            extra={"action": "looked_up", "run": one.run, "seq": one.seq, "settled": settled},
        )
        return settled

    async def _answer(
        self, workspace: int, one: lookups.Due, provider: base.Provider | str
    ) -> base.Found | base.NotFound | base.Unknown:
        if isinstance(provider, str):
            return base.Unknown(evidence=provider)
        rivals, sought = await self._house.ledger.do(self._sought, workspace=workspace, one=one)
        if sought is None:
            return base.Unknown(
                evidence="The person's address has changed since, so that it cannot be asked for.",
                worth_asking_again=False,
            )
        if rivals:
            return base.Unknown(
                evidence=f"{rivals + 1} messages of the same words to this person are in doubt or under way;"
                " nobody could tell which one the provider has."
            )
        try:
            async with asyncio.timeout(ANSWER_S):
                return await provider.look_up(sought)
        except TimeoutError:
            return base.Unknown(evidence=f"The provider did not answer within {ANSWER_S:.0f} seconds.")
        except errors.SendError as error:
            return base.Unknown(evidence=f"The provider did not answer the question: {error}")

    def _sought(
        self, connection: sqlite3.Connection, *, workspace: int, one: lookups.Due
    ) -> tuple[int, base.Sought | None]:
        """How many others could be mistaken for it, and how to ask for it; None where its address is not known."""
        channel = codes.CHANNEL_NAMES[one.channel]
        (rivals,) = connection.execute(
            RIVALS,
            {
                "workspace": workspace,
                "contact": one.contact,
                "channel": one.channel,
                "digest": one.digest,
                "run": one.run,
                "seq": one.seq,
            },
        ).fetchone()
        address = connection.execute(
            ADDRESS,
            {
                "workspace": workspace,
                "contact": one.contact,
                "channel": channel,
                "address_key": one.address_key,
            },
        ).fetchone()
        if address is None:
            return rivals, None
        sought = base.Sought(
            ref=f"{self._house.installation.ref}-{workspace}-{one.run}-{one.seq}",
            to=address[0],
            content=_content(connection, workspace, one),
            sent_at=one.sent_at / 1_000_000,
            until=min(one.doubt_at, one.sent_at / 1_000_000 + LONGEST_ATTEMPT_S),
            known=lookups.known(connection, workspace=workspace, contact=one.contact),
        )
        return rivals, sought


def judged(
    one: lookups.Due, found: base.Found | base.NotFound | base.Unknown, *, now: float, wait_s: float
) -> lookups.Answer:
    """What an answer settles, and when to ask again where it settles nothing."""
    again_at = now + wait_s * 2**one.tries
    match found:
        case base.Found():
            return lookups.Answer(codes.ACCEPTED, found.provider_ref, found.evidence, None)
        case base.NotFound() if one.perhaps:
            said = f"{found.evidence} An earlier try may have arrived all the same."
            return lookups.Answer(None, "", said, None)
        case base.NotFound() if now - one.doubt_at >= SURE_WAITS * wait_s:
            return lookups.Answer(codes.FAILED, "", found.evidence, None)
        case base.NotFound():
            sure_at = one.doubt_at + SURE_WAITS * wait_s
            return lookups.Answer(None, "", f"{found.evidence} It is asked once more.", sure_at)
    give_up = not found.worth_asking_again or one.tries + 1 >= MOST_TRIES
    return lookups.Answer(None, "", found.evidence, None if give_up else again_at)


def _content(connection: sqlite3.Connection, workspace: int, one: lookups.Due) -> contents.Content | None:
    """What was sent, rendered again from the frozen content and the values kept; None unless it is equal by hash."""
    frozen, _ = composing.frozen(connection, workspace=workspace, run=one.run)
    chosen = msgspec.json.decode(frozen, type=campaigns.Contents)
    variables: dict[str, object] = msgspec.json.decode(one.variables) if one.variables else {}
    try:
        rendered = speaking.of(chosen, codes.CHANNEL_NAMES[one.channel]).render(variables)
    except rendering.CannotRender:
        return None
    return rendered.content if rendered.digest == one.digest else None
