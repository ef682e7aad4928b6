"""Limits, routes by country and sender pools by hand."""

import argparse

from server import client
from server.commands import accounts, named, output, pace, reach
from server.wire import limits as wire
from server.wire import problems, providers


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add limit, route and pool with their verbs."""
    _add_limit(commands)
    _add_route(commands)
    _add_pool(commands)


def _add_limit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("limit", help="list, set and lift limits; the smallest of all wins")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="all limits, and what was used of each")
    made = verbs.add_parser("set", help="set the limits of one subject; those not named are lifted")
    lifted = verbs.add_parser("lift", help="lift the limits of one subject")
    for verb in (made, lifted):
        verb.add_argument("layer", choices=[one.value for one in wire.Layer])
        verb.add_argument(
            "--on",
            default="",
            metavar="SUBJECT",
            help="account (id or name), <account>/<address>, +49, campaign, domain, or * for each one",
        )
        verb.add_argument("--channel", default="", help="of a route, domain or pair, such as sms")
    made.add_argument(
        "rates", nargs="+", metavar="RATE", help="such as 50/s, 1000/min, 20000/h, 100000/d, 1/6s"
    )
    for verb in (listed, made, lifted):
        reach.add(verb)
    parser.set_defaults(run=run_limit)


def _add_route(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("route", help="which accounts serve the numbers of which country")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listed = verbs.add_parser("list", help="all routes")
    made = verbs.add_parser("set", help="set a route; the first account that can send is taken")
    removed = verbs.add_parser("remove", help="remove a route")
    for verb in (made, removed):
        verb.add_argument("prefix", help="+49, or `other` for every number no other route knows")
        verb.add_argument("--channel", default="sms")
    made.add_argument("accounts", nargs="+", metavar="ID|NAME")
    for verb in (listed, made, removed):
        reach.add(verb)
    parser.set_defaults(run=run_route)


def _add_pool(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("pool", help="an account's senders: each recipient keeps theirs")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    shown = verbs.add_parser("show", help="the senders of an account")
    made = verbs.add_parser("set", help="set them; without any the one in the settings is used")
    made.add_argument("senders", nargs="*", metavar="ADDRESS[=WEIGHT]")
    for verb in (shown, made):
        verb.add_argument("--account", required=True, metavar="ID|NAME")
        reach.add(verb)
    parser.set_defaults(run=run_pool)


def run_limit(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    rates = [pace.rate(text) for text in getattr(arguments, "rates", ())]
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            found = server.call(wire.LIST)
        else:
            layer = wire.Layer(arguments.layer)
            ask = wire.SaveLimits(
                layer=layer,
                channel=arguments.channel,
                subject=_subject(server, layer, arguments.on),
                rates=rates,
            )
            found = _save(server, ask, arguments)
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(
        ("layer", "on", "limit", "used"),
        [(row.layer.value, row.title, pace.said(row.count, row.per_s), row.used) for row in found.rows],
        numbers=(3,),
    )
    return output.OK


def _save(server: client.Client, ask: wire.SaveLimits, arguments: argparse.Namespace) -> wire.Limits:
    """Set or lift limits. Raises problems.Refused, also where there are none to lift."""
    before = server.call(wire.LIST)
    found = server.call(wire.SAVE, ask)
    if arguments.verb == "lift" and _laid(found) == _laid(before):
        on = " ".join(filter(None, (ask.layer.value, arguments.on, arguments.channel)))
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"There is no limit to lift on {on}.",
            f"heliograph limit list{server.options} shows all.",
        )
    return found


def _laid(found: wire.Limits) -> list[tuple[object, ...]]:
    """The limits themselves, without what was used of each."""
    return [(row.layer, row.channel, row.subject, row.count, row.per_s) for row in found.rows]


def _subject(server: client.Client, layer: wire.Layer, text: str) -> str:
    """Names as ids: of accounts, also before a slash, and of campaigns."""
    if layer in (wire.Layer.ACCOUNT, wire.Layer.ORIGIN) or (
        layer is wire.Layer.PAIR and text not in ("", "*")
    ):
        name, slash, address = text.partition("/")
        return f"{accounts.find(server, name).id}{slash}{address}"
    if layer is wire.Layer.CAMPAIGN:
        return str(named.find(server, text))
    return text


def run_route(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            found = server.call(wire.ROUTES)
        else:
            ask = wire.SaveRoute(
                channel=arguments.channel,
                prefix="" if arguments.prefix == "other" else arguments.prefix,
                accounts=[accounts.find(server, one).id for one in getattr(arguments, "accounts", ())],
            )
            found = server.call(wire.SAVE_ROUTE, ask)
        named = {row.id: row.name for row in server.call(providers.LIST).rows}
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(
        ("channel", "numbers", "accounts, the first that can send first"),
        [
            (
                row.channel,
                row.prefix or "every other",
                ", ".join(named.get(account, f"account {account}") for account in row.accounts),
            )
            for row in found.rows
        ],
    )
    return output.OK


def run_pool(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    pool = [_origin(text) for text in getattr(arguments, "senders", ())]
    with reach.reach(arguments) as server:
        account = accounts.find(server, arguments.account)
        if arguments.verb == "show":
            found = server.call(wire.ORIGINS, account=account.id)
        else:
            found = server.call(wire.SAVE_ORIGINS, wire.SaveOrigins(rows=pool), account=account.id)
    if out.as_json:
        out.data(found)
    elif not found.pooled:
        out.say(f"{account.provider} takes no pool: every message leaves from the sender in the settings.")
    elif not found.rows:
        out.say(f"{account.name} has no pool: every message leaves from the sender in its settings.")
    else:
        out.table(("sender", "weight"), [(row.address, row.weight) for row in found.rows], numbers=(1,))
    return output.OK


def _origin(text: str) -> wire.Origin:
    address, equals, weight = text.partition("=")
    if equals and not weight.isdigit():
        raise output.Misused(f"{text!r} has no weight. Write ADDRESS=100, or the address alone.")
    return wire.Origin(address=address, weight=int(weight) if equals else 100)
