"""Which workspace is entered: the one that was chosen there last, as long as there is such a one."""

import pathlib

import pytest

from console.services import api, backend, errors, session, settings
from tests.console import conftest
from tests.console import far as other_side


@pytest.fixture
def kept(qapp: object, tmp_path: pathlib.Path) -> settings.Settings:
    return settings.Settings(tmp_path / "console.json")


async def test_the_first_time_it_is_the_sandbox(far: backend.Backend, kept: settings.Settings) -> None:
    found, heard = session.Session(kept), list[str]()
    found.changed.connect(lambda: heard.append(found.environment))
    assert (found.environment, found.place, found.workspaces) == ("", "", [])
    async for made in conftest.connected(far):
        await found.load(made)
        assert made.workspace == 1
    assert heard == ["sandbox"]
    assert found.place == "abc234-1"
    assert found.workspaces == [other_side.about().workspace]


@pytest.mark.parametrize(
    "choices", [{"abc234": 9}, {"another": 1}, {"abc234": "nonsense"}], ids=["gone", "elsewhere", "nonsense"]
)
async def test_a_choice_that_is_no_choice_here_leads_to_the_sandbox(
    far: backend.Backend, data: pathlib.Path, kept: settings.Settings, choices: dict[str, object]
) -> None:
    kept.put(session.CHOICE, choices)
    found = session.Session(kept)
    async for made in conftest.connected(far):
        await found.load(made)
        assert made.workspace == 1
    asked = (data / "asked").read_text().splitlines()
    assert all(line.endswith(" -") for line in asked), "no other workspace was asked"


async def test_a_choice_is_kept_for_the_server_it_was_made_at(
    far: backend.Backend, kept: settings.Settings
) -> None:
    kept.put(session.CHOICE, {"another": 5})
    found = session.Session(kept)
    async for made in conftest.connected(far):
        await found.choose(made, 1)
        assert made.workspace == 1
    assert kept.get(session.CHOICE, {}) == {"another": 5, "abc234": 1}


async def test_a_workspace_that_cannot_be_asked_changes_nothing(kept: settings.Settings) -> None:
    found, made = session.Session(kept), api.Api()
    made.workspace = 3
    with pytest.raises(errors.Problem):
        await found.choose(made, 4)
    with pytest.raises(errors.Problem):
        await found.load(made)
    assert (made.workspace, found.about, kept.get(session.CHOICE, {})) == (3, None, {})
