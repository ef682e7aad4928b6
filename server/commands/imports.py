"""Import a CSV file of contacts."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from server import client
from server.commands import output, reach
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
    if not path.is_file():
        out.warn(f"{path} is not a file. Give the path of a CSV file.")
        return output.USAGE
    ask = wire.ImportAsk(
        file=path.name,
        audience=arguments.audience,
        mapping=_mapping(arguments.map),
        country=arguments.country,
    )
    with reach.reach(arguments) as server:
        with out.progress(f"Uploading {path.name}") as step:
            begun = server.upload(wire.IMPORT, ask, _chunks(path, step))
        try:
            done = _watch(server, begun.id, out)
        except KeyboardInterrupt:
            server.call(wire.CANCEL_IMPORT, id=begun.id)
            out.warn("The import was stopped; nothing of it is left.")
            raise
        return _tell(server, done, arguments, out)


def _mapping(pairs: list[str]) -> str:
    chosen = dict(pair.rpartition("=")[::2] for pair in pairs)
    return json.dumps(chosen) if chosen else ""


def _chunks(path: Path, step: output.Step) -> Iterator[bytes]:
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
            done += len(chunk)
            step(done, total)


def _watch(server: client.Client, number: int, out: output.Output) -> wire.Import:
    with out.progress("Reading") as step:
        while True:
            found = server.call(wire.IMPORTED, id=number)
            step(found.bytes_read, found.bytes_total)
            if found.status not in {wire.ImportStatus.READING, wire.ImportStatus.MERGING}:
                return found
            time.sleep(LOOK_S)


def _tell(server: client.Client, done: wire.Import, arguments: argparse.Namespace, out: output.Output) -> int:
    sheet = ""
    if done.faults:
        target: Path = arguments.errors or arguments.file.with_suffix(".errors.csv")
        with target.open("wb") as file:
            for chunk in server.stream(wire.FAULT_SHEET, id=done.id):
                file.write(chunk)
        sheet = str(target)
    if arguments.json:
        out.data({"import": done, "error_sheet": sheet})
    else:
        out.say(
            f"{done.status.value.capitalize()}: {done.rows_taken} of {done.rows_read} rows taken into "
            f"audience {done.audience} ({done.audience_name}); {done.rows_refused} refused."
        )
    if done.message:
        out.warn(done.message)
    if sheet:
        out.warn(f"{done.faults} cells were wrong; each is named in {sheet}")
    if done.status is not wire.ImportStatus.DONE:
        return output.BAD_NEWS
    return output.PARTLY if done.faults or done.rows_refused else output.OK
