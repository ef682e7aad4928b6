"""Have a person who launches to many type their number, where somebody sits at the terminal."""

from server import client
from server.commands import output
from server.wire import campaigns, flow


def people(server: client.Client, campaign: int, expected: int | None, out: output.Output) -> int | None:
    """How many people a launch may expect: as given, or as typed at a large one. Raises output.Misused."""
    if expected is not None:
        return expected
    way = server.call(flow.SHOW)
    count = server.call(campaigns.ESTIMATE, campaign=campaign).people
    if way.typed_above is None or count <= way.typed_above:
        return None
    said = out.typed(f"This goes to {count:,} people. Type the number to go on:")
    if said is None:
        return None
    if said.replace(",", "") != str(count):
        raise output.Misused(f"Nothing was launched: {said!r} is not {count:,}.")
    return count
