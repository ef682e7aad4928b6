"""Serve, and the twins alone, the demo, the pictures and the console: what runs here in place of asking a server."""

import argparse
import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from server import demo as show
from server import lock, log, settings
from server.commands import output

if TYPE_CHECKING:  # imported where it is first needed: a client command does without the server
    from server import supervisor

FEW = 600  #: people of a demo that is run for its pictures
STAY = b"stay\n"  #: what a console says before it leaves and wants its server to go on


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add serve, twins, demo, gallery and shots."""
    serve_parser = commands.add_parser(
        "serve", help="run the server", description="Run the server until stopped."
    )
    serve_parser.add_argument("--data", type=Path, metavar="DIR", help="data folder; made at the first start")
    serve_parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    serve_parser.add_argument(
        "--port", type=int, metavar="N", help="port (default: the last one, else a free one)"
    )
    serve_parser.add_argument(
        "--senders", type=int, metavar="N", help="sender processes (default 1; 0: nothing is sent)"
    )
    serve_parser.add_argument(
        "--hold",
        action="store_true",
        default=None,
        help="start held: nothing is sent before a person releases it",
    )
    serve_parser.add_argument(
        "--no-twins", dest="twins", action="store_false", default=None, help="without twins"
    )
    serve_parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other setting; see heliograph settings",
    )
    serve_parser.add_argument("--parent-pipe", action="store_true", help="stop when standard input closes")
    serve_parser.set_defaults(run=serve)

    known = commands.add_parser("settings", help="list the server's settings")
    known.add_argument("--json", action="store_true", help="answer in JSON")
    known.set_defaults(run=list_settings)

    alone = commands.add_parser("twins", help="run the provider twins alone and print where they listen")
    alone.add_argument("--data", type=Path, metavar="DIR", help="folder for their keys and inbox")
    alone.add_argument("--seed", type=int, metavar="N", help="decides what becomes of each recipient")
    alone.add_argument("--pace", type=float, metavar="F", help="scales the delays of receipts; 0 for none")
    alone.add_argument("--parent-pipe", action="store_true", help="stop when standard input closes")
    alone.set_defaults(run=twins)

    demo_parser = commands.add_parser("demo", help="send one campaign over six channels against the twins")
    show.add_arguments(demo_parser)
    demo_parser.set_defaults(run=demo)

    widgets = commands.add_parser("gallery", help="every widget of the console, for designers")
    widgets.add_argument("--shot", type=Path, metavar="DIR", help="write PNGs in both themes instead")
    widgets.add_argument("--theme", choices=("light", "dark", "system"), default="light")
    widgets.set_defaults(run=gallery)

    pictures = commands.add_parser("shots", help="a PNG of every screen in both themes")
    pictures.add_argument("dir", type=Path, metavar="DIR", help="where the pictures go")
    pictures.add_argument(
        "--data", type=Path, metavar="DIR", help="data folder to show (default: the demo's)"
    )
    pictures.set_defaults(run=shots)


# -- serve ----------------------------------------------------------------------------------------------------------


def serve(arguments: argparse.Namespace) -> int:
    """Run the supervisor until told to stop."""
    from server import supervisor
    from server.api import tokens

    chosen = _chosen(arguments)
    os.umask(0o077)
    try:
        tokens.prepare(chosen.data)
        held = lock.take(chosen.data / "server.lock")
    except (tokens.Exposed, lock.Held) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(
            f"{chosen.data} cannot be written: {error.strerror}. Choose another folder with --data."
        )
    log.configure(chosen.data / "logs", "supervisor", chosen.log_level)
    if not chosen.senders:
        sys.stderr.write("Without a sender nothing will be sent. Start with --senders 1 or more to send.\n")
    try:
        asyncio.run(_supervise(chosen, watch_parent=arguments.parent_pipe))
    except supervisor.CannotStart as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(
            f"The server cannot work in {chosen.data}: {error}. Make room or mend the folder's rights."
        )
    finally:
        held.release()
    return output.OK


def _chosen(arguments: argparse.Namespace) -> settings.Settings:
    given: dict[str, object] = {
        name: getattr(arguments, name) for name in ("data", "host", "port", "senders", "twins", "hold")
    }
    for pair in arguments.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise settings.Wrong([f"--set {pair} has no value. Write --set NAME=VALUE."])
        given[name] = value
    return settings.read(given)


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return output.BAD_NEWS


async def _supervise(chosen: settings.Settings, *, watch_parent: bool) -> None:
    from server import supervisor

    running = supervisor.Supervisor(chosen, _ready)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, running.stop)
    if watch_parent:
        threading.Thread(target=_watch, args=(loop, running), name="parent", daemon=True).start()
    await running.run()


def _watch(loop: asyncio.AbstractEventLoop, running: "supervisor.Supervisor") -> None:
    """Stop when whoever started us goes, unless they said to stay."""
    while line := sys.stdin.buffer.readline():
        if line == STAY:
            return
    with contextlib.suppress(RuntimeError):  # the loop has ended by itself
        loop.call_soon_threadsafe(running.stop)


def _ready(known: dict[str, object]) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(
            f"Heliograph {settings.VERSION} serves at {known['url']}\n"
            f"Data and token are in {known['data']}\n"
            f"Open the console with: heliograph{_option(str(known['data']))}. "
            "Stop with Ctrl+C; what is in flight is finished first.\n"
        )
    else:
        sys.stdout.write(json.dumps(known) + "\n")
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    logging.getLogger(__name__).info(
        "ready at %s", known["url"], extra={"action": "ready", "port": known["port"]}
    )


def _option(data: str) -> str:
    """What a client command must add to find that data folder."""
    return "" if Path(data) == settings.place().expanduser().absolute() else f" --data {shlex.quote(data)}"


def list_settings(arguments: argparse.Namespace) -> int:
    """List every setting with its default."""
    out = output.Output(as_json=arguments.json)
    rows = settings.described()
    if arguments.json:
        out.data([{"name": name, "help": help_, "default": default} for name, help_, default in rows])
        return output.OK
    out.table(
        ("setting", "default", "what it does"),
        [(name, _written(default), help_) for name, help_, default in rows],
    )
    out.say(
        f"Set them in DATA/{settings.FILE}, as {settings.PREFIX}NAME in the environment, or with serve --set."
    )
    return output.OK


def _written(default: object) -> str:
    """A default as it is written in the settings file or after --set."""
    if isinstance(default, bool):
        return str(default).lower()
    return ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)


# -- what other programs of ours do ---------------------------------------------------------------------------------


def twins(arguments: argparse.Namespace) -> int:
    """Run the twins alone."""
    from server.twins import __main__ as alone

    data = (arguments.data or settings.place()).expanduser().absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = ["heliograph twins", "--data", str(data)]
    if arguments.seed is not None:
        command += ["--seed", str(arguments.seed)]
    if arguments.pace is not None:
        command += ["--pace", str(arguments.pace)]
    sys.argv = [*command, *(["--parent-pipe"] if arguments.parent_pipe else [])]
    return alone.main()


def demo(arguments: argparse.Namespace) -> int:
    """Run the demo."""
    return show.main(arguments)


def shots(arguments: argparse.Namespace) -> int:
    """Draw every screen: of the data folder that was named, else of the demo's, which is run if it never was."""
    data = arguments.data or show.OUT / "data"
    if arguments.data is None and not (data / "heliograph.db").exists():
        sys.stderr.write(f"No demo has been run here: sending one to {FEW} people first.\n")
        parser = argparse.ArgumentParser()
        show.add_arguments(parser)
        code = show.main(parser.parse_args(["--recipients", str(FEW)]))
        if code != output.OK:
            return code
    return _console("console.shots", [str(arguments.dir), "--data", str(data)])


def gallery(arguments: argparse.Namespace) -> int:
    """Show every widget, or draw them all without a screen."""
    wanted = ["--theme", arguments.theme]
    if arguments.shot is not None:
        wanted += ["--shot", str(arguments.shot)]
    return _console("console.gallery", wanted)


def console(arguments: list[str]) -> int:
    """Open the console."""
    return _console("console", arguments)


def _has_screen() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _console(module: str, arguments: list[str]) -> int:
    """Become a program of the console's: the server knows neither it nor Qt. Comes back with a code or not at all."""
    if importlib.util.find_spec("PySide6") is None:
        return _refuse(
            "The console needs Qt, which is not installed. Type: pip install 'heliograph[console]', "
            "or work without a window: heliograph --help"
        )
    draws = module == "console.shots" or "--shot" in arguments
    if not draws and not _has_screen():
        return _refuse(
            "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set. Work without a window: "
            "heliograph serve, heliograph demo, heliograph --help; or open the console elsewhere with --server."
        )
    command = [sys.executable, "-m", module, *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        # In the place of this process, not as its child: a signal to `heliograph` is one to the console.
        os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted
    return subprocess.run(command, check=False).returncode
