"""Certificates of our own are warned of thirty, fourteen, seven days and one before they end."""

import datetime as dt
import logging
from pathlib import Path

import pytest

from server import settings as configuration
from server.engine import certificates
from tests.support import certificates as made

NOW = dt.datetime.now(dt.UTC)


def ending(days: float) -> certificates.Ending:
    return certificates.Ending(
        whose="The server's certificate", ends_at=NOW + dt.timedelta(days=days), remedy="Renew it."
    )


@pytest.mark.parametrize(
    "days, level, words",
    [
        (31.5, "", ""),
        (30.5, "warning", "ends in 30 days"),
        (8.5, "warning", "ends in 8 days"),
        (7.5, "bad", "ends in 7 days"),
        (1.5, "bad", "ends tomorrow"),
        (0.5, "bad", "ends today"),
        (-0.5, "bad", "has ended"),
    ],
)
def test_an_alarm_begins_thirty_days_before_the_end_and_is_louder_from_seven(
    days: float, level: str, words: str
) -> None:
    found = list(certificates.alarms([ending(days)], NOW))
    assert [alarm.level for alarm in found] == ([level] if level else [])
    for alarm in found:
        assert words in alarm.title
        assert alarm.remedy == "Renew it."


def test_the_log_says_it_once_at_each_mark(caplog: pytest.LogCaptureFixture) -> None:
    watch, one = certificates.Watch(), ending(40)
    said = []
    with caplog.at_level(logging.WARNING):
        for hours in range(0, 42 * 24, 6):
            caplog.clear()
            now = NOW + dt.timedelta(hours=hours)
            watch.look([one], now)
            if caplog.records:
                said.append(one.days(now))
    assert said == [30, 14, 7, 1, -1]


def test_the_servers_own_certificate_is_read_from_its_file(tmp_path: Path) -> None:
    certificate, _ = made.make(made.HERE, ends=dt.timedelta(days=5))
    path = tmp_path / "server.pem"
    path.write_text(made.pem(certificate))
    settings = configuration.Settings(data=tmp_path, tls_certificate=str(path), tls_key=str(path))
    (found,) = certificates.of_the_server(settings)
    assert 4 <= found.days(NOW) <= 5
    assert certificates.of_the_server(configuration.Settings(data=tmp_path)) == []
    path.unlink()
    assert certificates.of_the_server(settings) == []


def test_the_authority_an_account_was_given_leads_to_the_account() -> None:
    (found,) = certificates.of_an_account(7, "Our gateway", made.ca_pem())
    (alarm,) = certificates.alarms([found], NOW)
    assert (alarm.view, alarm.subject) == ("providers", "7")
    assert alarm.title.startswith("The authority of Our gateway ends in")
    assert certificates.of_an_account(7, "Our gateway", "no certificate") == []
