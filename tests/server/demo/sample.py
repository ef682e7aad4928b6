"""A report as a demo of 20,000 people would make it, for the tests that read or draw one."""

import math

import msgspec

from server.channels import contents
from server.demo import figures
from server.wire import campaigns, ledger

_PARTS = {  # channel: audience, accepted, failed, skipped, doubt, delivered, seen, clicked, replied
    "apns": (20_000, 8_630, 402, 10_967, 1, 0, 0, 0, 0),
    "webpush": (20_000, 7_118, 331, 12_550, 1, 0, 0, 0, 0),
    "email": (20_000, 18_212, 641, 1_147, 0, 17_660, 6_240, 1_839, 190),
    "sms": (20_000, 16_054, 801, 3_145, 0, 15_790, 0, 0, 611),
    "whatsapp": (20_000, 14_377, 566, 5_056, 1, 14_100, 10_722, 2_060, 950),
    "rcs": (20_000, 13_204, 688, 6_108, 0, 12_950, 8_010, 1_800, 640),
}
_FAILED = {
    "apns": [
        (
            "410 Unregistered",
            310,
            "The app was removed from the device",
            "Remove the token unless it was registered anew since",
        ),
        (
            "400 BadDeviceToken",
            92,
            "Token malformed, or it belongs to the other environment",
            "Check which environment the build registered with",
        ),
    ],
    "sms": [
        (
            "30003",
            402,
            "Unreachable destination handset",
            "The phone is off or out of coverage; resend later",
        ),
        ("21211", 340, "Invalid To number", "Correct the number"),
        ("90210", 59, "", ""),
    ],
}


def report(**changed: object) -> figures.Report:
    """A balanced report; `changed` replaces fields of it."""
    channels = {key: _channel(key) for key in contents.CHANNELS}
    total = ledger.Equation(
        **{
            field: sum(getattr(channel.equation, field) for channel in channels.values())
            for field in ledger.Equation.__struct_fields__
        }
    )
    made = figures.Report(
        balanced=True,
        campaign="Spring drop",
        finished=True,
        settled=True,
        made_at="2026-11-20T09:30:00Z",
        version="0.1.0",
        seed=7,
        run=1,
        data="demo/data",
        audience=_audience(),
        equation=total,
        channels=channels,
        rates=figures.Rates(
            messages_per_s=1432.6,
            sustained_per_s=1688.2,
            peak_per_s=1911.4,
            imported_per_s=9120.0,
            by_channel={key: channel.accepted_per_s for key, channel in channels.items()},
        ),
        durations=figures.Durations(
            start_s=1.42, import_s=2.31, launch_s=0.84, sending_s=56.6, settling_s=4.2, total_s=66.1
        ),
        processes={
            "api": _process(1, 14.2, 141.0, 128.0),
            "sender": _process(1, 48.9, 186.0, 171.0),
            "twins": _process(1, 40.3, 155.0, 149.0),
        },
        cpu_ms_per_1000={"api": 175.1, "sender": 602.9, "twins": 496.8, "all": 1274.8},
        memory={"api": 141.0, "sender": 186.0, "twins": 155.0},
        recount=figures.Recount(messages=120_000, differences=[]),
        window=64,
        receipts_waiting=0,
        moments=_moments(channels),
        bucket_s=1,
        machine=figures.Machine(
            system="Linux 6.1, Debian GNU/Linux 12 (bookworm)",
            processor="Example CPU @ 2.80GHz",
            cores=2,
            memory_mb=24_105,
            python="CPython 3.11.7",
            libraries={"SQLite": "3.45.1", "pyreqwest": "0.11.0", "uvloop": "0.22.1"},
        ),
    )
    return msgspec.structs.replace(made, **changed)


def _channel(key: str) -> figures.Channel:
    audience, accepted, failed, skipped, doubt, *journey = _PARTS[key]
    delivered, seen, clicked, replied = journey
    counts = [round(900 * math.exp(-((bucket - 4.2) ** 2) / (1.1 + 0.2 * len(key)))) for bucket in range(14)]
    spoken = _FAILED.get(
        key, [("throttled", failed, "Still throttled after the last attempt", "Lower the rate")]
    )
    return figures.Channel(
        title=contents.TITLES[key],
        equation=ledger.Equation(
            audience=audience,
            waiting=0,
            sending=0,
            accepted=accepted,
            failed=failed,
            skipped=skipped,
            doubt=doubt,
            cancelled=0,
        ),
        told=accepted if delivered else 0,
        delivered=delivered,
        seen=seen,
        clicked=clicked,
        replied=replied,
        failed=[
            figures.Reason(reason=reason, count=count, meaning=meaning, remedy=remedy)
            for reason, count, meaning, remedy in spoken
        ],
        skipped=[
            figures.Reason(
                reason="no_address",
                count=skipped,
                meaning="The person has no address on this channel",
                remedy="Ask for one, or reach the person on another channel",
            )
        ],
        accepted_per_s=accepted / 50,
        latency=figures.Latency(counts=counts, half_within_ms=20, most_within_ms=100),
        twins=figures.TwinWord(
            taken=accepted + failed // 2 + doubt,
            repeated=1 if key == "rcs" else 0,
            expected=accepted + failed // 2,
            doubted=doubt,
            lost=0,
            unclaimed=0,
        ),
    )


def _audience() -> figures.Audience:
    return figures.Audience(
        people=20_000,
        rows=20_003,
        rows_taken=20_000,
        rows_refused=3,
        cells_wrong=4,
        magic=108,
        broken=3,
        without_code=301,
        file_bytes=9_812_440,
        sheet=[
            figures.WrongCell(
                row=20_002,
                column="phone",
                value="not a number",
                message="This is not a phone number.",
                remedy="Write it with its country code, such as +44 20 7946 0000.",
                row_taken=False,
            )
        ],
    )


def _process(processes: int, cpu_s: float, peak: float, settled: float) -> figures.Process:
    return figures.Process(
        processes=processes,
        cpu_s=cpu_s,
        cpu_ms_per_1000=cpu_s / 81.112 * 1000,
        peak_mb=peak,
        settled_mb=settled,
    )


def _moments(channels: dict[str, figures.Channel]) -> list[campaigns.Moment]:
    return [
        campaigns.Moment(
            at=1_795_000_000 + second,
            channel=key,
            accepted=round(
                channel.equation.accepted
                / 50
                * (1 + 0.25 * math.sin(second / 3 + index))
                * min(1, second / 3)
            ),
            failed=0,
        )
        for second in range(57)
        for index, (key, channel) in enumerate(channels.items())
    ]
