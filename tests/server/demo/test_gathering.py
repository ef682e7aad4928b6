"""The report's figures: each by hand once."""

from server.demo import gathering
from server.wire import campaigns


def series(*slots: tuple[int, int, int], bucket_s: int = 1) -> campaigns.Series:
    """(second, accepted, failed) of one channel."""
    moments = [
        campaigns.Moment(at=1_000 + at, channel="sms", accepted=accepted, failed=failed)
        for at, accepted, failed in slots
    ]
    return campaigns.Series(bucket_s=bucket_s, moments=moments, latency={}, funnel={})


def test_the_sustained_rate_leaves_the_last_retries_out() -> None:
    found = series(*((second, 95, 5) for second in range(10)), (40, 1, 0), (60, 3, 0))
    assert gathering.sustained(found) == 100.0


def test_the_peak_is_the_best_five_seconds() -> None:
    found = series((0, 10, 0), (1, 100, 9), (2, 100, 0), (3, 100, 0), (4, 100, 0), (5, 100, 0), (6, 0, 0))
    assert gathering.peak(found) == 100.0


def test_the_peak_of_wide_buckets_is_the_best_bucket() -> None:
    assert gathering.peak(series((0, 600, 0), (60, 1_200, 0), bucket_s=60)) == 20.0


def test_nothing_sent_has_no_rate() -> None:
    assert (gathering.sustained(series()), gathering.peak(series())) == (0.0, 0.0)


def test_latency_names_the_bounds_within_which_answers_came() -> None:
    counts = [0] * (len(campaigns.LATENCY_BOUNDS_MS) + 1)
    counts[3], counts[4], counts[-1] = 50, 46, 4
    found = gathering.latency(counts)
    assert (found.half_within_ms, found.most_within_ms) == (10, 20)


def test_latency_above_all_bounds_is_said_to_be_so() -> None:
    counts = [0] * len(campaigns.LATENCY_BOUNDS_MS) + [3]
    found = gathering.latency(counts)
    assert (found.half_within_ms, found.most_within_ms) == (0, 0)


def test_a_vendor_s_code_is_explained_by_its_own_part_of_the_atlas() -> None:
    explained = gathering.explained("410 Unregistered", "push/apns")
    assert explained["meaning"]
    assert explained["remedy"]
    assert gathering.explained("410 Unregistered", "sms/twilio") == {"meaning": "", "remedy": ""}


def test_our_own_reasons_are_explained_without_a_vendor() -> None:
    assert gathering.explained("missing_value", "")["remedy"]
