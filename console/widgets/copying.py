"""Rows on the clipboard as other programs want them: lines with tabs, CSV, JSON, or the requests for them."""

import csv
import io
import re
import shlex
from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6 import QtGui

from console.widgets import paged
from server.wire import endpoint

HIDDEN = "•••"
TOKEN = "$HELIOGRAPH_TOKEN"  # the name of a variable: the token itself never reaches the clipboard

_SECRET = re.compile(
    r"(secret|password|passphrase|credential|authorization|api_?key|private|auth_?token|^token$)",
    re.IGNORECASE,
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def tsv(model: paged.PagedModel, rows: Sequence[Any], columns: Sequence[int]) -> str:
    """What the cells say, with a heading, as lines with tabs."""
    lines = [[model.columns[at].name for at in columns]]
    lines += [[model.said(row, at) for at in columns] for row in rows]
    return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


def as_csv(model: paged.PagedModel, rows: Sequence[Any], columns: Sequence[int]) -> str:
    """What the cells say as CSV; a cell that a spreadsheet would take for a formula is made text."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([model.columns[at].name for at in columns])
    for row in rows:
        sheet.writerow([_tame(model.said(row, at)) for at in columns])
    return out.getvalue()


def _tame(cell: str) -> str:
    looks_like_number = cell.lstrip("+-").replace(",", "").replace(" ", "").replace(".", "", 1).isdecimal()
    return f"'{cell}" if cell.startswith(_FORMULA) and not looks_like_number else cell


def as_json(rows: Sequence[Any]) -> str:
    """The rows as the server sent them, without what nobody may read."""
    plain = [
        redacted(msgspec.to_builtins(row)) if isinstance(row, msgspec.Struct) else str(row) for row in rows
    ]
    return msgspec.json.format(msgspec.json.encode(plain[0] if len(plain) == 1 else plain), indent=2).decode()


def redacted(value: Any) -> Any:
    """A value whose secrets are dots, at whatever depth."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if _SECRET.search(str(name)) and inner not in ("", None) else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value


def as_curl(calls: Sequence[endpoint.Call], url: str, workspace: int | None) -> str:
    """The requests as commands for a shell; the token is a variable that whoever runs them sets."""
    return "\n".join(_curl(call, url, workspace) for call in calls)


def _curl(call: endpoint.Call, url: str, workspace: int | None) -> str:
    words = ["curl", "-sS"]
    if call.method != "GET":
        words += ["-X", call.method]
    words += ["-H", f'"Authorization: Bearer {TOKEN}"']
    if workspace is not None:
        words += ["-H", shlex.quote(f"{endpoint.WORKSPACE}: {workspace}")]
    if call.body is not None:
        body = msgspec.json.encode(redacted(msgspec.json.decode(call.body))).decode()
        words += ["-H", "'Content-Type: application/json'", "--data", shlex.quote(body)]
    return " ".join([*words, shlex.quote(f"{url}{call.path}")])


def to_clipboard(words: str) -> None:
    """Put words on the clipboard."""
    QtGui.QGuiApplication.clipboard().setText(words)
