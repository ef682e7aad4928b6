"""The page people mail around: one file, nothing fetched, nothing run, whatever the texts say."""

import re
from html import parser

import msgspec
import pytest

from console.widgets import theme
from server.demo import markup, page
from server.wire import ledger
from tests.server.demo import sample

VOID = {"meta", "wbr"}


class Reader(parser.HTMLParser):
    """Checks that every element is closed in its turn, and collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_whole_by_itself() -> None:
    text = page.render(sample.report())
    found = read(text)
    assert not {"script", "img", "link", "iframe", "object", "form", "base"} & set(found.tags)
    assert not [
        name for name, _ in found.attributes if name in ("src", "href", "style") or name.startswith("on")
    ]
    assert "url(" not in text
    assert "@import" not in text
    assert ("content", page.POLICY) in found.attributes


def test_the_page_tells_every_channel_and_every_number_of_the_equation() -> None:
    report = sample.report()
    text = read(page.render(report)).text
    for channel in report.channels.values():
        assert channel.title in text
        assert f"{channel.twins.taken:,}" in text
    for term in ledger.Equation.__struct_fields__:
        assert f"{getattr(report.equation, term):,}" in text
    assert "Balanced" in text
    assert "What does not agree" not in text


def test_texts_of_others_are_never_markup() -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=y>&amp;'
    report = sample.report()
    sms = msgspec.structs.replace(
        report.channels["sms"],
        failed=[msgspec.structs.replace(report.channels["sms"].failed[0], reason=hostile, meaning=hostile)],
    )
    cell = msgspec.structs.replace(report.audience.sheet[0], value=hostile, column=hostile, message=hostile)
    found = read(
        page.render(
            sample.report(
                campaign=hostile,
                channels=report.channels | {"sms": sms},
                audience=msgspec.structs.replace(report.audience, sheet=[cell]),
            )
        )
    )
    assert not {"script", "img"} & set(found.tags)
    assert found.text.count(hostile) >= 4


def test_a_report_that_does_not_balance_says_what_differs() -> None:
    report = sample.report()
    rcs = report.channels["rcs"]
    word = msgspec.structs.replace(rcs.twins, lost=2, unclaimed=1, examples=["ABCDEF-1-1-77"])
    row = ledger.AuditRow(
        run=1, channel="sms", account=4, state="accepted", reason="", tallied=16_054, counted=16_053
    )
    text = read(
        page.render(
            sample.report(
                balanced=False,
                finished=False,
                channels=report.channels | {"rcs": msgspec.structs.replace(rcs, twins=word)},
                recount=msgspec.structs.replace(report.recount, differences=[row]),
            )
        )
    ).text
    assert "Does not balance" in text
    assert "Balanced" not in text
    assert "1 difference" in text
    assert "tallied 16,054, counted 16,053" in text
    assert "2 lost, 1 unknown to the ledger" in text
    assert "ABCDEF-1-1-77" in text
    assert "The run had not finished" in text


def test_a_system_that_tells_no_cpu_and_a_run_that_accepted_nothing_are_shown_as_such() -> None:
    text = read(page.render(sample.report(processes={}, cpu_ms_per_1000={}, memory={}, moments=[]))).text
    assert "This system does not say what a process used." in text
    assert "Nothing was accepted." in text


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_page_wears_the_console_s_colours(name: str) -> None:
    style = (markup.RESOURCES / "demo" / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    worn = dict(re.findall(r"--(\w+): (#\w{6});", light if name == "light" else dark))
    tokens = theme.SETS[name]
    assert worn == {token: getattr(tokens, token) for token in worn}
    assert len(worn) > 20
