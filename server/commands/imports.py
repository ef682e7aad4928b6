"""Import a CSV file of contacts."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from server import client
from server.commands import output, reach
from server.demo import words
from server.wire import audiences as wire

CHUNK = 256 * 1024
LOOK_S = 0.2


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add import."""
    parser = commands.add_parser(
        "import",
        help="import a CSV file of contacts",
        description="Import a CSV file. Exit code 0: all taken; 3: taken, with faults in the error sheet.",
    )
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument(
        "--audience", default="", metavar="NAME", help="audience to make (default: the file's name)"
    )
    parser.add_argument(
        "--country", default="", metavar="XX", help="how phone numbers without + are read, such as DE"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=TARGET",
        help="what a column is; empty target leaves it out",
    )
    parser.add_argument(
        "--errors", type=Path, metavar="FILE", help="where the error sheet goes, if there are faults"
    )
    reach.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Upload the file, watch it being read and merged, fetch the error sheet."""
    out = output.Output(as_json=arguments.json)
    path: Path = arguments.file
    _see(path)
    ask = wire.ImportAsk(
        file=path.name,
        audience=arguments.audience,
        mapping=_mapping(arguments.map),
        country=arguments.country,
    )
    with reach.reach(arguments) as server:
        try:
            with out.progress(f"Uploading {path.name}") as step:
                begun = server.upload(wire.IMPORT, ask, _chunks(path, step))
        except KeyboardInterrupt:
            out.warn("Stopped before the file had arrived; nothing was imported.")
            raise
        try:
            done = _watch(server, begun.id, out)
        except KeyboardInterrupt:
            server.call(wire.CANCEL_IMPORT, id=begun.id)
            out.warn("The import was stopped; nothing of it is left.")
            raise
        return _tell(server, done, arguments, out)


def _see(path: Path) -> None:
    """Raises output.Misused for what cannot be read as a file."""
    try:
        if not path.is_file():
            raise output.Misused(f"{path} is not a file. Give the path of a CSV file.")
        path.open("rb").close()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> output.Misused:
    return output.Misused(
        f"{path} cannot be read: {error.strerror}. Give yourself the right to, or mend the disk."
    )


def _mapping(pairs: list[str]) -> str:
    for pair in pairs:
        if "=" not in pair:
            raise output.Misused(
                f"--map {pair} names no target. Write --map COLUMN=TARGET, such as {pair}=email."
            )
    chosen = dict(pair.rpartition("=")[::2] for pair in pairs)
    return json.dumps(chosen) if chosen else ""


def _chunks(path: Path, step: output.Step) -> Iterator[bytes]:
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := _read(file, path):
            yield chunk
            done += len(chunk)
            step(done, total)


def _read(file: IO[bytes], path: Path) -> bytes:
    try:
        return file.read(CHUNK)
    except OSError as error:
        raise _unreadable(path, error) from error


def _watch(server: client.Client, number: int, out: output.Output) -> wire.Import:
    told = ""
    with out.progress("Reading") as step:
        while True:
            found = server.call(wire.IMPORTED, id=number)
            step(found.bytes_read, found.bytes_total)
            if found.status not in {wire.ImportStatus.READING, wire.ImportStatus.MERGING}:
                return found
            if found.message not in {"", told}:  # why it waits, such as a full disk
                told = found.message
                out.warn(told)
            time.sleep(LOOK_S)


def _tell(server: client.Client, done: wire.Import, arguments: argparse.Namespace, out: output.Output) -> int:
    sheet, lost = _sheet(server, done, arguments)
    people = _people(server, done)
    if arguments.json:
        out.data({"import": done, "people": people, "error_sheet": sheet})
    else:
        out.say(
            f"{done.status.value.capitalize()}: {done.rows_taken:,} of {words.plural(done.rows_read, 'row')} taken "
            f"into audience {done.audience} ({done.audience_name}); {done.rows_refused:,} refused."
            f"{_merged(done, people)}"
        )
    if done.message:
        out.warn(done.message)
    if done.faults:
        wrong = words.plural(done.faults, "fault was", "faults were")
        out.warn(f"{wrong} found; {lost or f'each is named in {sheet}'}")
    if done.status is not wire.ImportStatus.DONE:
        return output.BAD_NEWS
    if not done.rows_read:
        out.warn("The file names its columns and has no rows: the audience is empty. Export it again.")
        return output.BAD_NEWS
    return output.PARTLY if done.faults or done.rows_refused else output.OK


def _people(server: client.Client, done: wire.Import) -> int | None:
    """How many people the audience has, which is what a launch expects; None where it was not made."""
    if done.status is not wire.ImportStatus.DONE:
        return None
    return server.call(wire.SHOW, audience=done.audience).people


def _merged(done: wire.Import, people: int | None) -> str:
    """The people behind the rows: several rows may be one person."""
    if people is None:
        return ""
    merged = done.rows_taken - people
    said = f" They are {words.plural(people, 'person', 'people')}"
    return (
        f"{said}: {words.plural(merged, 'row')} merged into another of the same person."
        if merged
        else f"{said}."
    )


def _sheet(server: client.Client, done: wire.Import, arguments: argparse.Namespace) -> tuple[str, str]:
    """Fetch the error sheet: its path, or why there is none. What was imported stays imported either way."""
    target: Path = arguments.errors or arguments.file.with_suffix(".errors.csv")
    if not done.faults:
        return "", ""
    try:
        with target.open("wb") as file:
            for chunk in server.stream(wire.FAULT_SHEET, id=done.id):
                file.write(chunk)
    except OSError as error:
        return "", (
            f"the error sheet {target} cannot be written: {error.strerror}. "
            f"Fetch it from the server's /v1/imports/{done.id}/faults.csv, or from the console."
        )
    return str(target), ""
