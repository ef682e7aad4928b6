"""Every fault that a soak brings about once, of the machine, an operator or a provider, and the tests that judge it.

A fault's tests run in `make test` as well, in their short form.
"""

from dataclasses import dataclass
from pathlib import Path

HERE = "tests/acceptance"
CLOCK = "tests/server/engine/test_occurring.py"
NAIVE = f"{HERE}/test_naive.py"
NEAR = f"{HERE}/providers/test_faults.py"
FAR = "tests/server/providers/faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, by the name it has in docs/faults.md."""

    key: str
    what: str
    tests: tuple[str, ...]  #: as pytest names them


FAULTS = (
    Fault(
        key="R5",
        what="one answer in a hundred never comes",
        tests=(
            f"{HERE}/test_turns.py::test_one_in_a_hundred_taken_without_an_answer_is_in_doubt_and_never_sent_again",
            f"{NAIVE}::test_answers_that_never_come_make_it_send_again",
        ),
    ),
    Fault(
        key="R6",
        what="paused, resumed and cancelled at random, with restarts",
        tests=(
            f"{HERE}/test_turns.py::test_paused_and_resumed_again_and_again_with_restarts_nothing_is_lost_or_doubled",
            f"{HERE}/test_turns.py::test_cancelled_at_random_no_more_leaves_than_was_under_way_also_after_a_restart",
            f"{NAIVE}::test_stopped_and_started_again_in_the_middle_it_sends_again_what_was_under_way",
        ),
    ),
    Fault(
        key="R7",
        what="an old copy of the database put back",
        tests=(
            f"{HERE}/test_held.py",
            f"{NAIVE}::test_an_old_copy_put_back_sends_everything_since_again",
        ),
    ),
    Fault(
        key="R8",
        what="a second server on the same data",
        tests=(
            f"{HERE}/test_held.py::test_a_second_server_on_the_same_data_refuses_within_two_seconds_and_says_who_has_it",
        ),
    ),
    Fault(key="R9", what="one submission fifty times at once", tests=("tests/server/api/test_once.py",)),
    Fault(
        key="R10",
        what="whatever happens in whatever order, the equation after every commit",
        tests=(
            "tests/server/store/ledger/test_equation.py",
            "tests/server/store/ledger/test_pairing.py",
            "tests/simulation/test_simulation.py",
        ),
    ),
    Fault(key="F1", what="a sender stopped past its lease that goes on", tests=(f"{HERE}/test_fence.py",)),
    Fault(key="E1", what="disk full", tests=(f"{HERE}/test_disk.py",)),
    Fault(
        key="E2",
        what="the database taken away, the folder read-only",
        tests=(
            f"{HERE}/test_environment.py::test_a_database_deleted_under_it_stops_sending_and_back_in_its_place_lets_it_go_on",
            f"{HERE}/test_environment.py::test_a_folder_that_cannot_be_written_is_refused_in_one_sentence_and_not_tried_for_ever",
        ),
    ),
    Fault(
        key="E4",
        what="the database locked by another program for 35 s, and a journal that grew",
        tests=(
            f"{HERE}/test_environment.py::test_a_database_that_another_program_locks_is_waited_for_and_nobody_sees_an_error",
            f"{HERE}/test_environment.py::test_the_journal_is_small_again_after_a_long_look_kept_it_from_being_emptied",
        ),
    ),
    Fault(
        key="E6",
        what="clocks set by an hour, a day and a year",
        tests=(
            f"{HERE}/test_environment.py::test_clocks_set_in_the_middle_of_a_run_double_lose_and_doubt_nothing",
            f"{CLOCK}::test_a_clock_that_jumps_and_is_mended_neither_doubles_nor_loses_a_time",
            f"{CLOCK}::test_a_time_called_overdue_by_a_clock_that_was_ahead_comes_in_time_after_all",
        ),
    ),
    Fault(
        key="E8",
        what="256 file handles and a crowd",
        tests=(f"{HERE}/test_environment.py::test_a_crowd_on_few_handles_is_answered_503_and_ends_nobody",),
    ),
    Fault(
        key="E9",
        what="a log that cannot be written",
        tests=(
            f"{HERE}/test_environment.py::test_logs_that_cannot_be_written_are_an_alarm_and_sending_goes_on",
        ),
    ),
    Fault(
        key="P1",
        what="a provider that is away or answers 503 to all, and comes back",
        tests=(
            f"{HERE}/test_outage.py",
            f"{NEAR}::test_an_outage_opens_the_breaker_is_probed_seldom_and_costs_nobody",
        ),
    ),
    Fault(
        key="P2",
        what="errors at random",
        tests=(f"{NEAR}::test_errors_at_random_are_retried_within_the_budget_and_nobody_is_lost_or_doubled",),
    ),
    Fault(
        key="P3",
        what="told to wait, in every form",
        tests=(f"{NEAR}::test_a_wait_that_was_told_is_kept_by_the_whole_lane_and_a_long_one_parks_it",),
    ),
    Fault(
        key="P4",
        what="answers that hang, drip, never end, are cut, are no HTTP, or lead elsewhere",
        tests=(
            f"{FAR}/test_http.py",
            f"{NEAR}::test_a_provider_that_hangs_leaves_a_window_of_doubts_and_the_other_lane_goes_on",
        ),
    ),
    Fault(
        key="P5",
        what="certificates that are expired, of another host, or nobody's",
        tests=(f"{FAR}/test_tls.py",),
    ),
    Fault(key="P6", what="names that do not resolve, or slowly", tests=(f"{FAR}/test_dns.py",)),
    Fault(key="P7", what="mail servers that break off at each step", tests=(f"{FAR}/test_smtp.py",)),
    Fault(key="P8", what="Apple's GOAWAY, streams and token limits", tests=(f"{FAR}/test_apns.py",)),
    Fault(
        key="P9",
        what="one of two accounts slow",
        tests=(
            f"{HERE}/test_weights.py",
            "tests/server/engine/test_shifting.py",
            "tests/server/pipeline/delivery/test_balancing.py",
        ),
    ),
    Fault(
        key="P10",
        what="wrong credentials, from the start, in mid-flight and typed in",
        tests=(
            f"{NEAR}::test_wrong_credentials_cost_at_most_five_calls_and_burn_nobody",
            f"{HERE}/test_acts.py::test_a_wrong_key_halts_its_lane_burns_nobody_and_mended_sends_everything",
        ),
    ),
)


def chosen(keys: tuple[str, ...]) -> tuple[Fault, ...]:
    """The faults of these names; all without any. Raises ValueError for a name that is none."""
    unknown = set(keys) - {fault.key for fault in FAULTS}
    if unknown:
        raise ValueError(f"There is no fault {', '.join(sorted(unknown))}.")
    return tuple(fault for fault in FAULTS if not keys or fault.key in keys)


def paths(fault: Fault) -> list[tuple[Path, str]]:
    """The file of each of its tests, and the function's name or nothing."""
    return [(Path(name), function) for name, _, function in (test.partition("::") for test in fault.tests)]
