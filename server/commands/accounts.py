"""Accounts at providers; secrets come from a file or are asked for, never from the command line."""

import argparse
import getpass
import sys
from pathlib import Path

import msgspec

from server import client
from server.commands import output, reach
from server.wire import problems
from server.wire import providers as wire


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add account and its verbs."""
    parser = commands.add_parser("account", help="list, add, change, check and remove accounts at providers")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="all accounts and how they do")
    verbs.add_parser("types", help="the providers and what each asks for")
    made = verbs.add_parser("add", help="add an account")
    made.add_argument("provider", metavar="PROVIDER", help="such as sms/twilio; see account types")
    made.add_argument("--name", required=True)
    changed = verbs.add_parser("set", help="change an account")
    changed.add_argument("account", metavar="ID|NAME")
    changed.add_argument("--name")
    for verb in (made, changed):
        _add_values(verb)
    verbs.add_parser("check", help="try the credentials without sending").add_argument(
        "account", metavar="ID|NAME"
    )
    verbs.add_parser("remove", help="remove an account").add_argument("account", metavar="ID|NAME")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def _add_values(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the provider"
    )
    verb.add_argument("--secret", action="append", default=[], metavar="NAME", help="a secret, asked for")
    verb.add_argument(
        "--secret-file",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a secret, from a file (- for stdin)",
    )
    verb.add_argument(
        "--weight", type=int, metavar="N", help="share among the channel's accounts (0 to 1000)"
    )
    verb.add_argument("--window", type=int, metavar="W", help="messages in flight, and so in doubt, at most")
    verb.add_argument(
        "--rate", type=float, metavar="R", help="messages a second at most; 0 for no limit of ours"
    )
    verb.add_argument("--enable", dest="enabled", action="store_true", default=None)
    verb.add_argument("--disable", dest="enabled", action="store_false", default=None)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            return _list(server, out)
        if arguments.verb == "types":
            return _types(server, out)
        if arguments.verb == "add":
            return _add(server, arguments, out)
        row = find(server, arguments.account)
        if arguments.verb == "set":
            return _set(server, row, arguments, out)
        if arguments.verb == "remove":
            server.call(wire.DELETE, account=row.id)
            out.say(f"Account {row.id} ({row.name}) was removed and its secrets destroyed.")
            return output.OK
        return _check(server, row, out)


def _add(server: client.Client, arguments: argparse.Namespace, out: output.Output) -> int:
    fields = _fields(server, arguments.provider)
    ask = wire.SaveAccount(
        name=arguments.name,
        provider=arguments.provider,
        enabled=arguments.enabled is not False,
        weight=100 if arguments.weight is None else arguments.weight,
        window=64 if arguments.window is None else arguments.window,
        rate_per_s=arguments.rate or 0.0,
        settings=_settings(arguments.set, fields),
        secrets=_secrets(arguments),
    )
    return _say(server, server.call(wire.CREATE, ask), out, "added")


def _set(server: client.Client, row: wire.Account, arguments: argparse.Namespace, out: output.Output) -> int:
    fields = _fields(server, row.provider)
    ask = wire.SaveAccount(
        name=arguments.name or row.name,
        provider=row.provider,
        enabled=row.enabled if arguments.enabled is None else arguments.enabled,
        weight=row.weight if arguments.weight is None else arguments.weight,
        window=row.window if arguments.window is None else arguments.window,
        rate_per_s=row.rate_per_s if arguments.rate is None else arguments.rate,
        settings={**row.settings, **_settings(arguments.set, fields)},
        secrets=_secrets(arguments),
    )
    return _say(server, server.call(wire.SAVE, ask, account=row.id), out, "changed")


def _say(server: client.Client, row: wire.Account, out: output.Output, verb: str) -> int:
    if out.as_json:
        out.data(row)
    else:
        out.say(
            f"Account {row.id} ({row.name}) was {verb}. Try it: heliograph account check {row.id}{server.options}"
        )
        if row.receipts_url:
            out.say(f"The provider must call back at {row.receipts_url}")
    return output.OK


def _fields(server: client.Client, provider: str) -> dict[str, wire.Field]:
    for row in server.call(wire.TYPES).rows:
        if row.key == provider:
            return {field.name: field for field in row.fields}
    raise problems.refuse(
        problems.Code.NOT_FOUND,
        f"There is no provider {provider!r}.",
        f"heliograph account types{server.options} lists them.",
    )


def _settings(pairs: list[str], fields: dict[str, wire.Field]) -> dict[str, str | int | bool]:
    """Read NAME=VALUE by the field's kind; what does not fit is left as it is, for the server to name."""
    found: dict[str, str | int | bool] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise output.Misused(f"--set {pair} has no value. Write --set NAME=VALUE.")
        kind = fields[name].kind if name in fields else wire.FieldKind.TEXT
        if kind in {wire.FieldKind.SECRET, wire.FieldKind.SECRET_MULTILINE}:
            raise problems.refuse(
                problems.Code.INVALID,
                f"`{name}` is a secret.",
                f"Use --secret {name} or --secret-file {name}=FILE.",
            )
        if kind is wire.FieldKind.NUMBER and value.lstrip("-").isdigit():
            found[name] = int(value)
        elif kind is wire.FieldKind.SWITCH and value.lower() in {"true", "false", "yes", "no"}:
            found[name] = value.lower() in {"true", "yes"}
        else:
            found[name] = value
    return found


def _secrets(arguments: argparse.Namespace) -> dict[str, str]:
    found = {}
    for pair in arguments.secret_file:
        name, _, path = pair.partition("=")
        if not path:
            raise output.Misused(f"--secret-file {pair} names no file. Write --secret-file NAME=FILE.")
        found[name] = sys.stdin.read() if path == "-" else _text(Path(path).expanduser())
    for name in arguments.secret:
        found[name] = (
            getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        )
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise output.Misused(
            f"The secret file {path} cannot be read: {error.strerror}. Give a file that you may read."
        ) from error
    except UnicodeDecodeError as error:
        raise output.Misused(
            f"The secret file {path} holds no text. Give the key as text, such as PEM."
        ) from error


def find(server: client.Client, text: str) -> wire.Account:
    """The account of that id or name. Raises problems.Refused."""
    for row in server.call(wire.LIST).rows:
        if text in {str(row.id), row.name}:
            return row
    raise problems.refuse(
        problems.Code.NOT_FOUND,
        f"There is no account {text!r}.",
        f"heliograph account list{server.options} shows all.",
    )


def _lane(row: wire.Account) -> str:
    """What holds the account's lane back just now; empty where nothing does."""
    if row.lane is None or row.lane in (wire.LaneState.RUNNING, wire.LaneState.HALTED):
        return ""
    if row.lane_resumes_at is None:
        return f"({row.lane.value})"
    return f"({row.lane.value} until {row.lane_resumes_at.astimezone():%Y-%m-%d %H:%M:%S})"


def _list(server: client.Client, out: output.Output) -> int:
    found = server.call(wire.LIST)
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(
        ("id", "name", "provider", "health", "accepted", "failed", "in flight", "window", "endpoint"),
        [
            (
                row.id,
                row.name,
                row.provider,
                " ".join(filter(None, (row.health.value, _lane(row), row.health_text))),
                row.accepted,
                row.failed,
                row.in_flight,
                row.window,
                row.settings.get("endpoint", "") or "the provider's own",
            )
            for row in found.rows
        ],
        numbers=(0, 4, 5, 6, 7),
    )
    return output.OK


def _types(server: client.Client, out: output.Output) -> int:
    found = server.call(wire.TYPES)
    if out.as_json:
        out.data(found)
        return output.OK
    rows = [
        (row.key, field.name, field.kind.value, "needed" if field.required else "", field.help)
        for row in found.rows
        for field in row.fields
    ]
    out.table(("provider", "setting", "kind", "", "what it is"), rows)
    return output.OK


def _check(server: client.Client, row: wire.Account, out: output.Output) -> int:
    found = server.call(wire.CHECK, account=row.id)
    if out.as_json:
        out.data(msgspec.to_builtins(found))
    else:
        out.table(
            ("what", "", "the answer", "remedy"),
            [(one.what, "good" if one.good else "BAD", one.message, one.remedy) for one in found.rows],
        )
    return output.OK if found.good else output.BAD_NEWS
