"""What an email editor needs of the rest of the draft: HTML of its source from the server, and known values."""

from collections.abc import Callable, Mapping

from console import views
from console.services import errors
from console.widgets.editors import email
from server.channels import base
from server.wire import mails

COMPILE = "campaigns:mail"


def follow(desk: views.Desk, editor: email.EmailEditor, known: Callable[[], Mapping[str, str]]) -> None:
    """Have the server make HTML of what is written in this editor, a moment after each change."""
    editor.known = known

    def ask(source: str) -> None:
        desk.operations.start(
            COMPILE,
            lambda: desk.api.call(mails.COMPILE, mails.CompileMail(source=source)),
            done=lambda made: editor.set_compiled(source, made.html, made.faults),
            failed=lambda problem: editor.set_compiled(source, "", [_fault(problem)]),
            latest=True,
        )

    editor.compile_wanted.connect(ask)


def _fault(problem: errors.Problem) -> base.Fault:
    return base.fault("source", problem.sentence, problem.remedy)
