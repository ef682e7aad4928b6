"""The console's own services drive the real server: from a CSV file to an equation that closes, live."""

import asyncio
import csv
import time
from pathlib import Path

import pytest
from PySide6 import QtWidgets

from console.services import api, backend, errors, live
from server.wire import audiences, campaigns, endpoint, ledger, messages, providers
from server.wire import server as wire
from tests.support import crashing

PATIENCE_S = 50.0
PEOPLE = 60


async def until(found: object, what: str) -> None:
    """Wait for a coroutine function or plain function to say yes."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        said = found()  # type: ignore[operator]
        if await said if asyncio.iscoroutine(said) else said:
            return
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s for {what}"
        await asyncio.sleep(0.05)


def write_people(path: Path) -> None:
    """People of whom two have a wrong mail address; one of these cannot be reached at all."""
    crashing.write_people(path, PEOPLE)
    with path.open("a", newline="", encoding="utf-8") as file:
        sheet = csv.writer(file)
        sheet.writerow(["bad1", "No Mail", "not-an-address", "+33600009999", ""])
        sheet.writerow(["bad2", "Nobody", "also not", "", ""])


async def test_a_campaign_from_a_csv_file_to_a_closed_equation(
    qapp: QtWidgets.QApplication, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    write_people(people)
    reached, far = api.Api(), backend.Backend(tmp_path / "data")
    try:
        await far.reach(reached)
        await _accounts(reached)
        imported = await _import(reached, people)
        assert (imported.rows_taken, imported.rows_refused) == (PEOPLE + 1, 1)
        await _refused_launch(reached)
        await _send(reached, imported)
    finally:
        await reached.close()
        await far.stop()


async def _accounts(reached: api.Api) -> None:
    async def seven() -> bool:
        return len((await reached.call(providers.LIST)).rows) == 7

    await until(seven, "the sandbox's accounts")


async def _import(reached: api.Api, people: Path) -> audiences.Import:
    started = await reached.upload(audiences.IMPORT, audiences.ImportAsk(file=people.name), people)

    async def done() -> bool:
        found = await reached.call(audiences.IMPORTED, id=started.id)
        return found.status is audiences.ImportStatus.DONE

    await until(done, "the import")
    faults = await reached.call(audiences.FAULTS, endpoint.Window(), id=started.id)
    assert [(fault.row, fault.column) for fault in faults.rows][:1] == [(PEOPLE + 2, "email")]
    return await reached.call(audiences.IMPORTED, id=started.id)


async def _refused_launch(reached: api.Api) -> None:
    """The mistake a user would make: launching a campaign that has no audience yet."""
    draft = await reached.call(
        campaigns.CREATE, campaigns.SaveCampaign(name="Too early", contents=crashing.CONTENTS)
    )
    with pytest.raises(errors.Problem, match="no audience"):
        await reached.call(campaigns.LAUNCH, campaigns.Launch(), campaign=draft.id)


async def _send(reached: api.Api, imported: audiences.Import) -> None:
    changes: list[wire.Change] = []
    feed = live.Live(reached)
    feed.changed.connect(changes.extend)
    feed.start()
    draft = await reached.call(
        campaigns.CREATE,
        campaigns.SaveCampaign(name="Spring", audience=imported.audience, contents=crashing.CONTENTS),
    )
    estimate = await reached.call(campaigns.ESTIMATE, campaign=draft.id)
    assert (estimate.people, estimate.messages, estimate.faults) == (PEOPLE + 1, 3 * (PEOPLE + 1), [])
    launched = await reached.call(campaigns.LAUNCH, campaigns.Launch(expected=PEOPLE + 1), campaign=draft.id)

    async def over() -> bool:
        return (await reached.call(campaigns.SHOW, campaign=draft.id)).status is campaigns.Status.DONE

    await until(over, "the run to be done")
    assert launched.run is not None
    equation = (await reached.call(campaigns.RUN, run=launched.run)).equation
    assert equation.balances
    assert equation.audience == 3 * (PEOPLE + 1)
    assert equation.waiting == equation.sending == 0
    assert equation.skipped == 2  # the person without a mail address has no token either
    told = [change for change in changes if change.kind is wire.ChangeKind.RUN and change.equation]
    await until(lambda: bool(told) or bool(changes), "the live feed to tell of the run")
    assert all(change.equation.balances for change in told if change.equation)
    found = await reached.call(messages.LIST, messages.MessageQuery(find="+33 6 00 00 00 01"))
    story = await reached.call(
        messages.STORY, ref=next(row.ref for row in found.rows if row.channel == "sms")
    )
    assert story.content_matches
    assert (await reached.call(ledger.AUDIT, ledger.AuditAsk())).differences == []
    await feed.stop()
