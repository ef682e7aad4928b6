"""The `demo` command: arguments in, a report and an exit code out."""

import argparse
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server import client, lock
from server.channels import contents
from server.demo import crowd, display, figures, gathering, gauge, hosted, markup, page, watching, words
from server.twins import people
from server.wire import audiences, campaigns, problems

SAMPLE = markup.RESOURCES / "samples" / "demo.json"
MARK = "made-by-demo"  #: lies in a data folder that the next demo may throw away
CHUNK = 256 * 1024
FEWEST, MOST = 1, people.MOST
DONE, BAD_NEWS, USAGE, INTERRUPTED = 0, 1, 2, 130


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The campaign a demo sends."""

    name: str
    contents: contents.Contents


@dataclass(slots=True)
class Clock:
    """Seconds between the stages."""

    began: float
    last: float

    def lap(self) -> float:
        """Seconds since the last call."""
        now = time.monotonic()
        passed, self.last = now - self.last, now
        return passed


class Refused(Exception):
    """The demo does not begin. The sentence names the remedy."""


def main(arguments: argparse.Namespace) -> int:
    """Run the demo; returns the exit code: 0 if everything balances, 1 if not or if it could not be run."""
    with display.Display(quiet=arguments.json) as shown:
        try:
            report = run(arguments, shown)
        except Refused as error:
            return _fail(USAGE, str(error))
        except (hosted.CannotStart, watching.Failed, client.Unreachable, problems.Refused) as error:
            return _fail(BAD_NEWS, str(error))
        except KeyboardInterrupt:
            return _fail(
                INTERRUPTED, "Stopped. The server finished what was in flight; no report was written."
            )
    if arguments.json:
        display.stdout(msgspec.json.encode(report).decode())
    else:
        _tell(report, arguments)
    return DONE if report.balanced else BAD_NEWS


def run(arguments: argparse.Namespace, shown: display.Display) -> figures.Report:
    """Everything from the empty folder to the two files."""
    out, data = folders(arguments)
    sample = msgspec.json.decode(SAMPLE.read_bytes(), type=Sample)
    clock = Clock(time.monotonic(), time.monotonic())
    shown.say("Starting the server and the twins")
    with hosted.running(data, out / "server.log", senders=arguments.senders, seed=arguments.seed) as server:
        course = _course(server, sample, arguments, shown, clock)
        shown.say("Recounting every message, and asking the twins what arrived")
        report = gathering.report(server, course[0], course[1])
        if arguments.keep:
            server.stay()
    gathering.write(report, out, page.render(report))
    return report


def _course(
    server: hosted.Hosted,
    sample: Sample,
    arguments: argparse.Namespace,
    shown: display.Display,
    clock: Clock,
) -> tuple[gauge.Gauge, gathering.Course]:
    """Import, launch, and watch until the last receipt."""
    start_s = clock.lap()
    file = Path(arguments.out) / "people.csv"
    with shown.making("Making people", arguments.recipients) as step:
        made = crowd.write(file, server.data, seed=arguments.seed, count=arguments.recipients, step=step)
    shown.say(f"Made {file}: {words.plural(made.people, 'person', 'people')}, {made.size / 1e6:.1f} MB")
    clock.lap()
    imported = _import(server.client, file, shown)
    import_s = clock.lap()
    shown.say(
        f"Imported {words.count(imported.rows_taken)} of {words.plural(imported.rows_read, 'row')} "
        f"in {words.span(import_s)}"
    )
    campaign = _create(server.client, sample, imported.audience, shown)
    gauged = gauge.Gauge(server.pid)
    gauged.reset()
    clock.lap()
    people = server.client.call(audiences.SHOW, audience=imported.audience).people
    server.client.call(campaigns.LAUNCH, campaigns.Launch(expected=people), campaign=campaign)
    run = watching.launched(server.client, campaign)
    launch_s = clock.lap()
    watched = watching.finished(server.client, run, gauged, shown.sending)
    watched_s = clock.lap()
    sending_s = _sending_s(watched.run, watched_s)
    shown.say(f"Sent in {words.span(sending_s)}; waiting for the receipts to settle")
    settled = watching.settled(server, run, shown.sending)
    settling_s = max(0.0, clock.lap() - watching.QUIET_S * settled)
    durations = figures.Durations(
        start_s=round(start_s, 2),
        import_s=round(import_s, 2),
        launch_s=round(launch_s, 2),
        sending_s=round(sending_s, 2),
        settling_s=round(settling_s, 2),
        total_s=round(time.monotonic() - clock.began, 2),
    )
    return gauged, gathering.Course(
        campaign=sample.name,
        seed=arguments.seed,
        data=str(_shown_path(server.data)),
        made=made,
        imported=imported,
        run=run,
        finished=watched.finished,
        settled=settled,
        durations=durations,
    )


def _sending_s(run: campaigns.Run, watched_s: float) -> float:
    """From launch to the last message by the server's stamps; by our own clock where it has not finished."""
    if run.finished_at is None:
        return watched_s
    return (run.finished_at - run.started_at).total_seconds()


def _import(reached: client.Client, file: Path, shown: display.Display) -> audiences.Import:
    ask = audiences.ImportAsk(file=file.name, audience="Northwind members")
    with file.open("rb") as opened:
        begun = reached.upload(audiences.IMPORT, ask, iter(lambda: opened.read(CHUNK), b""))
    return watching.imported(reached, begun.id, shown.importing)


def _create(reached: client.Client, sample: Sample, audience: int, shown: display.Display) -> int:
    """Make the campaign, and say what a launch would do. Raises Failed where it may not be launched."""
    ask = campaigns.SaveCampaign(name=sample.name, audience=audience, contents=sample.contents)
    campaign = reached.call(campaigns.CREATE, ask).id
    estimate = reached.call(campaigns.ESTIMATE, campaign=campaign)
    if estimate.faults:
        raise watching.Failed(" ".join(estimate.faults))
    reachable = sum(channel.reachable for channel in estimate.channels)
    shown.say(
        f"“{sample.name}” to {words.plural(estimate.people, 'person', 'people')} over "
        f"{words.plural(len(estimate.channels), 'channel')}: {words.count(reachable)} of "
        f"{words.plural(estimate.messages, 'message')} have an address"
    )
    return campaign


def folders(arguments: argparse.Namespace) -> tuple[Path, Path]:
    """The folder for the report, and an empty data folder unless one was named. Raises Refused."""
    if not FEWEST <= arguments.recipients <= MOST:
        raise Refused(f"--recipients must be from {FEWEST} to {MOST:,}, and not {arguments.recipients}.")
    if not 0 <= arguments.seed < 2**31:
        raise Refused(f"--seed must be from 0 to {2**31 - 1}, and not {arguments.seed}.")
    if not 1 <= arguments.senders <= 64:
        raise Refused(f"--senders must be from 1 to 64, and not {arguments.senders}.")
    out = Path(arguments.out).expanduser().absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
        if arguments.data is not None:
            return out, Path(arguments.data).expanduser().absolute()
        data = out / "data"
        _clear(data)
        data.mkdir(mode=0o700)
        (data / MARK).touch()
    except OSError as error:
        raise Refused(
            f"{error.filename} cannot be written: {error.strerror}. Choose another --out."
        ) from error
    return out, data


def _clear(data: Path) -> None:
    """Throw away what an earlier demo left, and nothing else. Raises Refused."""
    if not data.exists():
        return
    if not (data / MARK).exists() and any(data.iterdir()):
        raise Refused(
            f"{data} was not made by a demo, and is left as it is. "
            f"Choose another --out, or add to it with --data {data}."
        )
    held = data / "server.lock"
    if held.exists() and not lock.is_free(held):
        raise Refused(f"A server still runs on {data}. Stop it first, or choose another --out.")
    shutil.rmtree(data)


def _tell(report: figures.Report, arguments: argparse.Namespace) -> None:
    equation = report.equation
    state = "Balanced" if report.balanced else "It does NOT balance"
    parts = ", ".join(
        f"{words.count(getattr(equation, field))} {word}"
        for field, word in (
            ("accepted", "accepted"),
            ("failed", "failed"),
            ("skipped", "skipped"),
            ("doubt", "in doubt"),
        )
    )
    out = _shown_path(Path(arguments.out).expanduser().absolute())
    display.stdout(f"{state}: {words.plural(equation.audience, 'message')} = {parts}")
    display.stdout(
        f"{words.rate(report.rates.messages_per_s)} over {words.span(report.durations.sending_s)} of sending; "
        f"recount: {words.plural(len(report.recount.differences), 'difference')}"
    )
    display.stdout(f"Report:   {out / 'report.html'} (and report.json)")
    display.stdout(f"Console:  heliograph --data {report.data}")


def _shown_path(path: Path) -> Path:
    """The path as a person would type it from here."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def _fail(code: int, sentence: str) -> int:
    display.stderr(sentence)
    return code
