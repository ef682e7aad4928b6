"""The report's sections below its headline, each a card with a chart or a table."""

import re
from collections.abc import Iterable, Sequence

from server.channels import contents
from server.demo import charts, figures, markup, words
from server.demo.markup import element, icon
from server.wire import campaigns, ledger

JOURNEY = ("Delivered", "Seen", "Clicked", "Replied")
ICONS = {
    "apns": "smartphone",
    "webpush": "globe",
    "email": "mail",
    "sms": "message-square",
    "whatsapp": "message-circle",
    "rcs": "messages-square",
}
#: CSS classes of the chart colours, in the order of the channels.
COLOURS = dict(zip(contents.CHANNELS, ("c1", "c5", "c2", "c3", "c6", "c4"), strict=True))
#: Reasons of one channel that are listed; the rest is summed up.
LISTED = 12
#: Characters of a code up to which it stands on one line.
UNBROKEN = 24


def handed_over(equation: ledger.Equation) -> int:
    """Messages of which a provider was given at least a byte, or that failed trying."""
    return equation.accepted + equation.failed + equation.doubt


def channels(report: figures.Report) -> markup.Markup:
    """The equation by channel, as bars and numbers, with the twins' count beside the ledger's."""
    head = ["Channel", "Audience", "Accepted", "Failed", "Skipped", "In doubt", "Rate", "Twins say"]
    rows = []
    for key, channel in report.channels.items():
        equation = channel.equation
        parts = [(word, getattr(equation, field), kind) for field, word, kind in charts.TERMS]
        cells = [
            element("td", _name(key, channel.title), rowspan="2", class_="name"),
            _number(equation.audience),
            _number(equation.accepted),
            _number(equation.failed, "bad"),
            _number(equation.skipped),
            _number(equation.doubt, "warn"),
            element("td", words.rate(channel.accepted_per_s), class_="number"),
            element("td", _twins(channel.twins), class_="number"),
        ]
        rows.append(element("tr", *cells))
        rows.append(
            element(
                "tr",
                element("td", charts.stack(parts, channel.title), colspan="7", class_="bar"),
                class_="bars",
            )
        )
    legend = [
        element("span", element("i", class_=f"dot {kind}"), word)
        for field, word, kind in charts.TERMS
        if any(getattr(channel.equation, field) for channel in report.channels.values())
    ]
    note = (
        "“Twins say” counts the messages that the providers' stand-ins took, each checked by its reference "
        "against the ledger: what it calls accepted, what came back later as undeliverable, and what is in doubt."
    )
    return _card(
        "By channel",
        element("div", _table(head, rows), class_="wide"),
        element("p", note, class_="note"),
        aside=element("span", *legend, class_="legend"),
    )


def differences(report: figures.Report) -> markup.Markup:
    """What does not agree, line by line; nothing where all does."""
    rows = [
        element(
            "tr",
            element("td", f"Run {row.run}, {row.channel or 'all channels'}", class_="name"),
            element("td", f"{row.state} {row.reason}".strip()),
            element("td", f"tallied {words.count(row.tallied)}, counted {words.count(row.counted)}"),
        )
        for row in report.recount.differences
    ]
    for key, channel in report.channels.items():
        twins = channel.twins
        if not twins.agrees:
            told = f"{words.count(twins.lost)} lost, {words.count(twins.unclaimed)} unknown to the ledger"
            examples = ", ".join(twins.examples)
            cells = (_name(key, channel.title), told, f"such as {examples}" if examples else "")
            rows.append(element("tr", *(element("td", cell) for cell in cells)))
    if not rows:
        return markup.Markup()
    table = _table(["Where", "What", "Numbers"], rows, texts=(1, 2))
    return _card("What does not agree", element("div", table, class_="wide reasons sheet"))


def throughput(report: figures.Report) -> markup.Markup:
    """Messages a second by channel, over the run."""
    if not report.moments:
        return _card("Throughput", element("p", "Nothing was accepted.", class_="none"))
    first = min(moment.at for moment in report.moments)
    last = max(moment.at for moment in report.moments)
    length = (last - first) // report.bucket_s + 1
    series: dict[str, tuple[str, list[float]]] = {
        channel.title: (COLOURS[key], [0.0] * length) for key, channel in report.channels.items()
    }
    for moment in report.moments:
        _, values = series[report.channels[moment.channel].title]
        values[(moment.at - first) // report.bucket_s] += moment.accepted / report.bucket_s
    chart = charts.lines(series, report.bucket_s)
    return _card(
        "Throughput, messages accepted a second",
        element("div", chart, class_="wide"),
        aside=_legend(report),
    )


def latency(report: figures.Report) -> markup.Markup:
    """How long each provider took to answer."""
    bounds = campaigns.LATENCY_BOUNDS_MS
    made = []
    for key, channel in report.channels.items():
        chart = charts.histogram(
            channel.latency.counts, bounds, COLOURS[key], f"{channel.title}: time to answer"
        )
        made.append(_small(key, channel.title, _percentiles(channel.latency), chart))
    return _card(
        "Time to the provider's answer, milliseconds",
        element("div", *made, class_="grid"),
    )


def funnels(report: figures.Report) -> markup.Markup:
    """How far the messages came, by channel."""
    made = []
    for key, channel in report.channels.items():
        steps = [("Audience", channel.equation.audience), ("Accepted", channel.equation.accepted)]
        later = [channel.delivered, channel.seen, channel.clicked, channel.replied, 0]
        for word, number, next_number in zip(JOURNEY, later, later[1:], strict=False):
            if number > next_number:  # a step the channel does not report is the same as the next one
                steps.append((word, number))
        note = "the provider reports what came of them" if channel.told else "the provider tells no more"
        if 0 < channel.told < channel.equation.accepted:
            note = (
                f"receipts exist for {words.share(channel.told, channel.equation.accepted)} of those accepted"
            )
        made.append(
            _small(key, channel.title, note, charts.funnel(steps, COLOURS[key], f"{channel.title}: funnel"))
        )
    return _card("How far they came", element("div", *made, class_="grid"))


def reasons(report: figures.Report, which: str) -> markup.Markup:
    """Failures or skips by channel and reason, with what they mean and what to do."""
    heading = {"failed": "What failed, and what to do", "skipped": "What was skipped, and why"}[which]
    rows = []
    for key, channel in report.channels.items():
        found: Sequence[figures.Reason] = getattr(channel, which)
        for index, reason in enumerate(found[:LISTED]):
            rows.append(
                element(
                    "tr",
                    element("td", _name(key, channel.title) if index == 0 else "", class_="name"),
                    _number(reason.count),
                    element("td", _code(reason.reason)),
                    element("td", reason.meaning or "Not in the error atlas"),
                    element("td", reason.remedy, class_="soft"),
                    class_="first" if index == 0 else "more",
                )
            )
        if len(found) > LISTED:
            rest = sum(reason.count for reason in found[LISTED:])
            sentence = f"{words.plural(len(found) - LISTED, 'more reason')} in report.json"
            rows.append(
                element(
                    "tr",
                    element("td"),
                    _number(rest),
                    element("td", sentence, colspan="3", class_="soft"),
                    class_="more",
                )
            )
    if not rows:
        return _card(heading, element("p", "Nothing.", class_="none"))
    head = ["Channel", "Messages", "Reason", "Meaning", "Remedy"]
    return _card(heading, element("div", _table(head, rows, texts=(2, 3, 4)), class_="wide reasons"))


def imported(report: figures.Report) -> markup.Markup:
    """The file, and its error sheet."""
    audience = report.audience
    line = (
        f"{words.plural(audience.rows, 'row')} in {audience.file_bytes / 1_000_000:.1f} MB, "
        f"{words.count(audience.rows_taken)} taken, {words.count(audience.rows_refused)} refused, "
        f"{words.plural(audience.cells_wrong, 'wrong cell')}, in {words.span(report.durations.import_s)} "
        f"({words.rate(report.rates.imported_per_s)})."
    )
    made = (
        f"On purpose the file holds {words.plural(audience.magic, 'magic recipient')}, "
        f"whose fate is written in their address, {words.plural(audience.broken, 'broken row')}, and "
        f"{words.plural(audience.without_code, 'person', 'people')} without a code, who are skipped by name "
        "where a message needs it."
    )
    rows = [
        element(
            "tr",
            _number(cell.row),
            element("td", _code(cell.column)),
            element("td", _code(cell.value[:60]) if cell.value else "empty"),
            element("td", cell.message),
            element("td", cell.remedy, class_="soft"),
            element("td", "taken" if cell.row_taken else "refused"),
        )
        for cell in audience.sheet
    ]
    head = ["Row", "Column", "Value", "What is wrong", "Remedy", "Row is"]
    table = (
        element("div", _table(head, rows, texts=(1, 2, 3, 4, 5)), class_="wide reasons sheet") if rows else ""
    )
    return _card("The import", element("p", line), element("p", made, class_="soft"), table)


def cost(report: figures.Report) -> markup.Markup:
    """CPU and memory by role of process, and where the time went."""
    rows = [
        element(
            "tr",
            element("td", role, class_="name"),
            _number(process.processes),
            element("td", words.span(process.cpu_s), class_="number"),
            element("td", f"{process.cpu_ms_per_1000:,.1f} ms", class_="number"),
            element("td", _megabytes(process.peak_mb), class_="number"),
            element("td", _megabytes(process.settled_mb), class_="number"),
        )
        for role, process in report.processes.items()
    ]
    head = ["Process", "Processes", "CPU", "CPU per 1,000 messages", "Memory, peak", "Memory, at the end"]
    table = (
        element("div", _table(head, rows), class_="wide")
        if rows
        else element("p", "This system does not say what a process used.", class_="none")
    )
    d = report.durations
    spans = [
        ("Server ready", d.start_s),
        ("Import", d.import_s),
        ("Freezing the audience", d.launch_s),
        ("Sending", d.sending_s),
        ("Receipts settling", d.settling_s),
        ("All", d.total_s),
    ]
    facts = _facts((name, words.span(seconds)) for name, seconds in spans)
    return element(
        "div",
        _card("What it cost, from launch until the receipts had settled", table),
        _card("Where the time went", facts),
        class_="pair",
    )


def machine(report: figures.Report) -> markup.Markup:
    """Where it ran and with what, so that the numbers can be compared."""
    place = report.machine
    memory = f"{place.memory_mb / 1024:.0f} GB" if place.memory_mb else "not told"
    facts: list[tuple[str, str]] = [
        ("Processor", f"{place.processor}, {words.plural(place.cores, 'core')}"),
        ("Memory", memory),
        ("System", place.system),
        ("Python", place.python),
        ("Seed", str(report.seed)),
        ("In flight per lane", f"{report.window} at most, and so in doubt at most after a crash"),
        *place.libraries.items(),
    ]
    command = element("code", f"heliograph --data {report.data}")
    return _card(
        "Machine and versions",
        _facts(facts, columns=True),
        element("p", "Open this campaign in the console: ", command, class_="note"),
    )


def _legend(report: figures.Report) -> markup.Markup:
    items = [
        element("span", element("i", class_=f"dot {COLOURS[key]}"), channel.title)
        for key, channel in report.channels.items()
    ]
    return element("span", *items, class_="legend")


def _percentiles(latency: figures.Latency) -> str:
    if not sum(latency.counts):
        return ""
    half, most = (
        words.milliseconds(bound) if bound else "more"
        for bound in (latency.half_within_ms, latency.most_within_ms)
    )
    return f"half within {half}, 95 % within {most}"


def _twins(word: figures.TwinWord) -> markup.Markup:
    mark = icon("check" if word.agrees else "x", 14)
    extra = f" ({words.count(word.repeated)} twice)" if word.repeated else ""
    tip = f"{words.count(word.lost)} lost, {words.count(word.unclaimed)} unknown to the ledger"
    return element(
        "span",
        words.count(word.taken) + extra,
        mark,
        class_=f"said {'ok' if word.agrees else 'bad'}",
        title=tip,
    )


def _name(key: str, title: str) -> markup.Markup:
    return element("span", icon(ICONS[key], 16), title, class_="channel")


def _number(number: int, alarming: str = "") -> markup.Markup:
    kind = "zero" if not number else alarming
    return element("td", words.count(number), class_=f"number {kind}".strip())


def _code(text: str) -> markup.Markup:
    """A code that may be broken after its slashes and underscores, and nowhere else."""
    parts = re.split(r"(?<=[/_@])", text) if len(text) > UNBROKEN else [text]
    return element("code", *(markup.join(part, element("wbr")) for part in parts[:-1]), parts[-1])


def _megabytes(size: float) -> str:
    return f"{size:,.0f} MB" if size else "–"


def _small(key: str, title: str, note: str, chart: markup.Markup) -> markup.Markup:
    heading = element("figcaption", _name(key, title), element("span", note, class_="soft"))
    return element("figure", heading, chart)


def _facts(pairs: Iterable[tuple[str, str]], *, columns: bool = False) -> markup.Markup:
    made = [element("div", element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", *made, class_="facts columns" if columns else "facts")


def _table(head: Sequence[str], rows: Sequence[str], *, texts: Sequence[int] = ()) -> markup.Markup:
    """A table whose columns are numbers, but for the first and those in `texts`."""
    first_is_text = 0 not in texts and head[0] != "Row"
    titles = [
        element("th", name, class_="" if index in texts or (index == 0 and first_is_text) else "number")
        for index, name in enumerate(head)
    ]
    return element("table", element("thead", element("tr", *titles)), element("tbody", *rows))


def _card(heading: str, *children: str, aside: str = "") -> markup.Markup:
    return element(
        "section", element("div", element("h2", heading), aside, class_="heading"), *children, class_="card"
    )
