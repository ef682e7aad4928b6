"""What an email editor needs of the rest of its screen: HTML of its source from the server, and known values."""

from collections.abc import Callable, Mapping

from console.services import errors
from console.widgets.editors import email
from console.widgets.writing import desks
from server.channels import base
from server.wire import mails


def follow(
    desk: desks.Desk, editor: email.EmailEditor, known: Callable[[], Mapping[str, str]], scope: str
) -> None:
    """Have the server make HTML of what is written in this editor, a moment after each change.

    `scope` begins its operation's key.
    """
    editor.known = known

    def ask(source: str) -> None:
        desk.operations.start(
            f"{scope}:mail",
            lambda: desk.api.call(mails.COMPILE, mails.CompileMail(source=source)),
            done=lambda made: editor.set_compiled(source, made.html, made.faults),
            failed=lambda problem: editor.set_compiled(source, "", [_fault(problem)]),
            latest=True,
        )

    editor.compile_wanted.connect(ask)


def _fault(problem: errors.Problem) -> base.Fault:
    return base.fault("source", problem.sentence, problem.remedy)
