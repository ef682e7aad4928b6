"""Prices by hand: list, set, remove, take from a file."""

import argparse
from pathlib import Path

from server import client
from server.commands import accounts, output, reach
from server.wire import prices as wire
from server.wire import problems, providers

EVERY = "*"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add price and its verbs."""
    parser = commands.add_parser("price", help="what messages cost, by channel, country and account")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("list", help="all prices")
    made = verbs.add_parser("set", help="set a price: of one message, of an SMS one segment")
    gone = verbs.add_parser("remove", help="remove a price")
    for verb in (made, gone):
        verb.add_argument("channel")
        verb.add_argument("country", help="two letters, or * for every other country")
        verb.add_argument("--account", default="", metavar="ID|NAME", help="of this account alone")
    made.add_argument("amount", help="such as 0.0075")
    made.add_argument("currency", help="three letters, such as EUR")
    taken = verbs.add_parser(
        "import", help="take prices from a CSV of channel,country,account,amount,currency"
    )
    taken.add_argument("file", type=Path, metavar="FILE")
    taken.add_argument("--replace", action="store_true", help="remove the prices that it does not name")
    for verb in verbs.choices.values():
        reach.add(verb)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    out = output.Output(as_json=arguments.json)
    text = _read(arguments.file) if arguments.verb == "import" else ""
    with reach.reach(arguments) as server:
        if arguments.verb == "list":
            found = server.call(wire.LIST)
        elif arguments.verb == "import":
            found = server.call(wire.IMPORT, wire.ImportPrices(csv=text, replace=arguments.replace))
        else:
            found = _save(server, arguments)
        named = {row.id: row.name for row in server.call(providers.LIST).rows}
    if out.as_json:
        out.data(found)
        return output.OK
    out.table(
        ("channel", "country", "account", "price", "currency"),
        [
            (row.channel, row.country or EVERY, named.get(row.account, EVERY), row.amount, row.currency)
            for row in found.rows
        ],
        numbers=(3,),
    )
    return output.OK


def _save(server: client.Client, arguments: argparse.Namespace) -> wire.Prices:
    """Set or remove a price. Raises problems.Refused, also where there is none to remove."""
    before = server.call(wire.LIST)
    found = server.call(wire.SAVE, wire.SavePrices(rows=[_price(server, arguments)]))
    if arguments.verb == "remove" and found.rows == before.rows:
        of = f" of account {arguments.account}" if arguments.account else " for every account"
        raise problems.refuse(
            problems.Code.NOT_FOUND,
            f"There is no price for {arguments.channel} to {arguments.country}{of}.",
            f"heliograph price list{server.options} shows all.",
        )
    return found


def _price(server: client.Client, arguments: argparse.Namespace) -> wire.Price:
    sets = arguments.verb == "set"
    return wire.Price(
        channel=arguments.channel,
        country="" if arguments.country == EVERY else arguments.country.upper(),
        account=accounts.find(server, arguments.account).id if arguments.account else 0,
        amount=arguments.amount if sets else "",
        currency=arguments.currency.upper() if sets else "",
    )


def _read(path: Path) -> str:
    """A file's text. Raises output.Misused."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise output.Misused(f"{path} cannot be read: {error.strerror}. Give a CSV file.") from error
    except UnicodeDecodeError as error:
        raise output.Misused(f"{path} is not UTF-8. Save it as UTF-8, and take it again.") from error
