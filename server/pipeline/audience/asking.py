"""Read what is asked of an import, and refuse what cannot be before a file is kept."""

import io
from pathlib import PurePath

from server.pipeline.audience import cells, csvfile
from server.wire import audiences, problems


def form(head: bytes, *, whole: bool) -> csvfile.Form:
    """How a file is written, by its beginning. Raises problems.Refused for what is no CSV."""
    try:
        return csvfile.inspect(head, whole=whole)
    except csvfile.NotTabular as error:
        raise problems.refuse(problems.Code.INVALID, str(error), error.remedy) from error


def sample(head: bytes, form: csvfile.Form) -> list[list[str]]:
    """The first rows of a file, as they stand."""
    found: list[list[str]] = []
    for record in csvfile.records(io.BytesIO(head), form, offset=form.start, row=2):
        found.append([cell[:100] for cell in record.cells])
        if len(found) == 5:
            break
    return found


def country(text: str) -> str:
    """A country's two letters, or nothing where none was told. Raises problems.Refused."""
    if not text.strip():
        return ""
    try:
        return cells.country(text)
    except cells.Wrong as wrong:
        fault = problems.Fault(place="country", message=wrong.message, remedy=wrong.remedy)
        raise problems.refuse(problems.Code.INVALID, wrong.message, wrong.remedy, [fault]) from wrong


def file_name(text: str) -> str:
    """A file's name without the folders some clients send along."""
    plain = "".join(character for character in text if character.isprintable())
    return PurePath(plain.replace("\\", "/")).name.strip()[:200] or "contacts.csv"


def audience_name(ask: audiences.ImportAsk) -> str:
    """What the audience is called: as told, else like the file. Raises problems.Refused."""
    given = ask.audience or PurePath(file_name(ask.file)).stem
    try:
        name = cells.name(given)
    except cells.Wrong as wrong:
        fault = problems.Fault(place="audience", message=wrong.message, remedy=wrong.remedy)
        raise problems.refuse(problems.Code.INVALID, wrong.message, wrong.remedy, [fault]) from wrong
    return name or "Contacts"
