"""The report as one HTML file: no script, no network, light and dark by the reader's own choice."""

from server.demo import charts, figures, markup, sections, words
from server.demo.markup import element, icon, join

#: Nothing may be fetched or run, whatever text found its way into the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(report: figures.Report) -> str:
    """The whole file."""
    style = (markup.RESOURCES / "demo" / "report.css").read_text(encoding="utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{report.campaign}: {verdict(report)}"),
        element("style", markup.Markup(style)),
    )
    body = element("body", element("div", *_body(report), class_="page"))
    return "<!doctype html>\n" + element("html", head, body, lang="en") + "\n"


def verdict(report: figures.Report) -> str:
    """The report in a few words."""
    if report.balanced:
        return "every recipient is accounted for"
    return "the numbers do not agree"


def _body(report: figures.Report) -> list[str]:
    return [
        _top(report),
        _equation(report),
        sections.differences(report),
        _keys(report),
        sections.channels(report),
        sections.throughput(report),
        sections.latency(report),
        sections.funnels(report),
        sections.reasons(report, "failed"),
        sections.reasons(report, "skipped"),
        sections.imported(report),
        sections.cost(report),
        sections.machine(report),
        element(
            "footer",
            f"Heliograph {report.version} made this page from the ledger of run {report.run} at {report.made_at}. "
            "All providers were the sandbox's twins: nobody was written to.",
        ),
    ]


def _top(report: figures.Report) -> markup.Markup:
    good = report.balanced
    pill = element(
        "span",
        icon("check" if good else "triangle-alert", 14),
        "Balanced" if good else "Does not balance",
        class_=f"pill {'ok' if good else 'bad'}",
    )
    sent = sections.handed_over(report.equation)
    line = " · ".join(
        [
            words.plural(report.audience.people, "person", "people"),
            words.plural(len(report.channels), "channel"),
            words.plural(sent, "message") + " handed to providers",
            words.span(report.durations.total_s) + " from the file to the last receipt",
        ]
    )
    return element(
        "header",
        element("div", _mark(), element("span", "Heliograph"), element("span", "Demo report", class_="soft")),
        element("h1", report.campaign, pill),
        element("p", line, class_="soft"),
    )


def _mark() -> markup.Markup:
    return icon("sun", 20)


def _equation(report: figures.Report) -> markup.Markup:
    equation = report.equation
    terms: list[str] = [_term("audience", equation.audience, "", "="), *_parts(report)]
    parts = [(word, getattr(equation, field), kind) for field, word, kind in charts.TERMS]
    return element(
        "section",
        element("div", *terms, class_="equation"),
        charts.stack(parts, "All messages"),
        element("ul", *_checks(report), class_="checks"),
        class_="card",
    )


def _parts(report: figures.Report) -> list[str]:
    last = charts.TERMS[-1][0]
    return [
        _term(word, getattr(report.equation, field), kind, "" if field == last else "+")
        for field, word, kind in charts.TERMS
    ]


def _term(word: str, number: int, kind: str, sign: str) -> markup.Markup:
    shown = element(
        "span",
        element("b", words.count(number)),
        element("span", element("i", class_=f"dot {kind}") if kind else "", word),
        class_="term" if number else "term zero",
    )
    return join(shown, element("span", sign, class_="sign")) if sign else shown


def _checks(report: figures.Report) -> list[str]:
    twins = [channel.twins for channel in report.channels.values()]
    lost, unclaimed = sum(word.lost for word in twins), sum(word.unclaimed for word in twins)
    differences = len(report.recount.differences)
    return [
        _check(
            report.equation.balances,
            "The equation closes"
            if report.equation.balances
            else "The equation does not close: its parts do not sum up to the audience",
        ),
        _check(
            not differences,
            f"Recount of {words.plural(report.recount.messages, 'message')}: "
            + words.plural(differences, "difference"),
        ),
        _check(
            lost == unclaimed == 0,
            f"Twins say: {words.plural(sum(word.taken for word in twins), 'message')} arrived, "
            f"{words.count(lost)} lost, {words.count(unclaimed)} unknown to the ledger",
        ),
        _check(report.finished, "Nothing waits" if report.finished else "The run had not finished"),
        _check(
            report.settled,
            "No receipt was still on its way" if report.settled else "Receipts were still coming in",
        ),
    ]


def _check(good: bool, sentence: str) -> markup.Markup:
    return element("li", icon("check" if good else "x", 14), sentence, class_="ok" if good else "bad")


def _keys(report: figures.Report) -> markup.Markup:
    delivered = sum(channel.delivered for channel in report.channels.values())
    told = sum(channel.told for channel in report.channels.values())
    processes = report.processes
    sender = processes.get("sender")
    cards = [
        _key(
            "Throughput",
            words.rate(report.rates.sustained_per_s),
            f"until 99 % were decided; best five seconds {words.rate(report.rates.peak_per_s)}",
        ),
        _key(
            "Sending took",
            words.span(report.durations.sending_s),
            f"receipts {words.span(report.durations.settling_s)} more",
        ),
        _key("Delivered", words.share(delivered, told), "of what stayed accepted, where providers report it"),
        _key(
            "CPU per 1,000",
            f"{report.cpu_ms_per_1000['all']:,.0f} ms" if "all" in report.cpu_ms_per_1000 else "–",
            f"messages; senders alone {sender.cpu_ms_per_1000:,.0f} ms" if sender else "messages",
        ),
        _key(
            "Sender memory",
            f"{sender.peak_mb:,.0f} MB" if sender and sender.peak_mb else "–",
            f"peak; {sender.settled_mb:,.0f} MB at the end"
            if sender and sender.peak_mb
            else "not told by this system",
        ),
    ]
    return element("div", *cards, class_="keys")


def _key(name: str, value: str, note: str) -> markup.Markup:
    return element(
        "div", element("span", name), element("b", value), element("span", note), class_="card key"
    )
