"""A campaign from nothing, by a person at a screen: once with the mouse, once with the keyboard alone."""

import os
import pathlib
import re
import signal
import sys
import tempfile
from collections.abc import Iterator

import pytest

from tests.support import person, screen

READY_S = 90.0
SENT_S = 60.0
PEOPLE = 3
CHANNELS = 2
TEXT = "Hello {{ name }}, the desk is open."
SUBJECT = "The desk is open"

SHEET = """key,name,email,phone
p1,Ada Lovelace,ada@example.com,+33600000001
p2,Alan Turing,alan@example.com,+33600000002
p3,Grace Hopper,grace@example.com,+33600000003
"""

Person = person.Person

pytestmark = pytest.mark.timeout(300)  #: several programs start, and the machine is shared


@pytest.fixture
def stage() -> Iterator[screen.Screen]:
    # A short path: the accessibility bus has a socket in this folder, and a socket's path may not be long.
    with tempfile.TemporaryDirectory(prefix="hg") as home, screen.shown(pathlib.Path(home)) as made:
        yield made


@pytest.fixture
def newcomer(stage: screen.Screen, tmp_path: pathlib.Path) -> Iterator[Person]:
    """Somebody before an installation that holds nothing yet, started in a folder with one sheet of people."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "people.csv").write_text(SHEET, encoding="utf-8")
    command = str(pathlib.Path(sys.executable).with_name("heliograph"))
    data = str(tmp_path / "data")
    process = stage.start(command, "--data", data, "--theme", "light", cwd=folder, start_new_session=True)
    made = Person(stage=stage, application="heliograph")
    try:
        [window] = screen.until(lambda: stage.windows("Heliograph$"), "the window", READY_S)
        made.finds("Connection: Connected", "label", READY_S)
        stage.do("xdotool", "windowactivate", "--sync", window)
        yield made
        made.presses("alt+F4")
        assert process.wait(READY_S) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)  # the console is a child of the command
            process.wait(READY_S)


def goes_on_to(person: Person, name: str) -> None:
    """Press what leads to the next step until something is there."""
    person.presses("ctrl+Return")
    person.finds(name)


def is_sent(person: Person) -> None:
    """Watch until the run is done, and read its accounts."""
    person.finds("Done", patience_s=SENT_S)
    accounts = [
        re.fullmatch(r"(\d+) ([a-z ]+)", node.name) for node in person.looks() if node.role == "push button"
    ]
    found = {word: int(count) for count, word in (one.groups() for one in accounts if one is not None)}
    assert found.pop("audience") == PEOPLE * CHANNELS == sum(found.values())
    assert found["waiting"] == found["sending"] == found["in doubt"] == found["skipped"] == 0
    assert person.sees("Balances")


def test_a_campaign_from_nothing_by_mouse(newcomer: Person) -> None:
    newcomer.clicks("Import contacts", "push button")
    newcomer.clicks("people.csv", "table cell")
    newcomer.clicks("Open", "push button")
    newcomer.clicks("Import", "push button")
    newcomer.finds("3 people taken")

    newcomer.clicks("Campaigns", "list item")
    newcomer.clicks("New campaign", "push button")
    newcomer.clicks("People", "table cell")
    newcomer.clicks("Next", "push button")

    newcomer.clicks("SMS, off", "radio button")
    newcomer.clicks("Send on this channel", "push button")
    newcomer.clicks("Text", "text")
    newcomer.types(TEXT)
    newcomer.finds("SMS, ready", "radio button")

    newcomer.clicks("Email, off", "radio button")
    newcomer.clicks("Send on this channel", "push button")
    newcomer.clicks("Subject", "text")
    newcomer.types(SUBJECT)
    newcomer.clicks("Add text", "push button")
    newcomer.clicks("Add unsubscribe", "push button")
    newcomer.finds("Email, ready", "radio button")

    newcomer.clicks("Next", "push button")
    newcomer.finds("6 messages, of which 6 can be handed over")
    newcomer.clicks("Next", "push button")
    newcomer.clicks("Launch to 3 people", "push button")
    newcomer.clicks("Launch", "push button")
    is_sent(newcomer)


def test_a_campaign_from_nothing_by_keyboard_alone(newcomer: Person) -> None:
    newcomer.tabs_to("Import contacts", "push button")
    newcomer.presses("Return")
    newcomer.waits_for_keys("File name:", "text")
    newcomer.types("people.csv")
    newcomer.presses("Return")
    newcomer.waits_for_keys("Audience", "text")
    newcomer.presses("Return")
    newcomer.finds("3 people taken")

    newcomer.presses("g", "c")
    newcomer.finds("New campaign", "push button")
    newcomer.presses("ctrl+n")
    newcomer.waits_for_keys("Name of the campaign", "text")
    newcomer.types("By hand")
    newcomer.tabs_to("Audiences", "table")
    newcomer.presses("Down", "Return")
    newcomer.finds("3 people", "label")
    goes_on_to(newcomer, "Apple push, off")

    newcomer.waits_for_keys("Apple push, off", "radio button")
    newcomer.presses("Down", "Down")
    newcomer.waits_for_keys("Email, off", "radio button")
    newcomer.tabs_to("Send on this channel", "push button")
    newcomer.presses("Return")
    newcomer.waits_for_keys("Subject", "text")
    newcomer.types(SUBJECT)
    newcomer.tabs_to("Add text", "push button")
    newcomer.presses("Return")
    newcomer.tabs_to("Add unsubscribe", "push button")
    newcomer.presses("Return")
    newcomer.finds("Email, ready", "radio button")

    newcomer.tabs_to("Email, ready", "radio button", key="shift+Tab")
    newcomer.presses("Down")
    newcomer.waits_for_keys("SMS, off", "radio button")
    newcomer.tabs_to("Send on this channel", "push button")
    newcomer.presses("Return")
    newcomer.waits_for_keys("Text", "text")
    newcomer.types(TEXT)
    newcomer.finds("SMS, ready", "radio button")

    goes_on_to(newcomer, "6 messages, of which 6 can be handed over")
    goes_on_to(newcomer, "Launch to 3 people")
    newcomer.waits_for_keys("Launch to 3 people", "push button")
    newcomer.presses("Return")
    newcomer.waits_for_keys("Launch", "push button")
    newcomer.presses("Return")
    is_sent(newcomer)
