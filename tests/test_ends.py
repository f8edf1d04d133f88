"""What follows when a run ends by itself."""

import signal
import time
from pathlib import Path

import pytest

from restarter.notices import CrashLoop, Exited
from restarter.processes.marks import Marks
from restarter.processes.run import Home, Run
from restarter.supervising.decisions import LIFE_SECONDS
from restarter.supervising.ends import EARLY_ENDS, EARLY_SECONDS, Ends, after_end, exit_code_of
from restarter.supervising.supervision import After
from tests.loading import COMMAND, settings

HOME = Home(Marks("nobody-has-this-mark"), False, set, frozenset(), frozenset())  # noqa: FBT003


@pytest.mark.parametrize(
    ("options", "code", "seen", "expected"),
    [
        ({}, 0, "", After.REST),
        ({}, 1, "", After.REST),
        ({"on_exit": "restart"}, 0, "", After.BACK_OFF),
        ({"on_exit": "restart"}, 1, "", After.REST),
        ({"on_crash": "restart"}, 1, "", After.BACK_OFF),
        ({"on_crash": "restart"}, -signal.SIGSEGV, "", After.BACK_OFF),
        ({"on_crash": "restart"}, 0, "", After.REST),
        ({"on_exit": "exit"}, 0, "", After.FINISH),
        ({"on_crash": "exit"}, -signal.SIGKILL, "", After.FINISH),
        # A change that waited comes first ...
        ({"on_change": "queue"}, 0, "changes", After.START),
        ({"on_change": "queue", "on_crash": "exit"}, 1, "changes", After.START),
        ({"on_change": "queue"}, 0, "", After.REST),
        ({"on_change": "restart"}, 0, "terminal changes", After.START),
        # ... but one that nobody let wait is for the settle window to report.
        ({"on_change": "restart"}, 0, "changes", After.REST),
        # Ctrl-C went to the program alone, as it had the terminal: it was meant for both.
        ({}, -signal.SIGINT, "terminal", After.FINISH),
        ({}, 130, "terminal", After.FINISH),
        ({"on_crash": "restart"}, -signal.SIGINT, "terminal changes", After.FINISH),
        ({}, -signal.SIGINT, "", After.REST),
        ({}, 0, "terminal", After.REST),
    ],
)
def test_the_settings_the_terminal_and_waiting_changes_say_what_follows(
    project: Path, options: dict[str, str], code: int, seen: str, expected: After
) -> None:
    found = after_end(
        code,
        settings(project, {**COMMAND, **options}),
        had_terminal="terminal" in seen,
        has_changes="changes" in seen,
    )
    assert found is expected


def test_the_exit_code_is_the_one_that_a_shell_reports() -> None:
    assert [exit_code_of(code) for code in (0, 7, -signal.SIGTERM)] == [0, 7, 143]


@pytest.mark.parametrize(
    ("lives", "expected"),
    [
        ([EARLY_SECONDS] * 5, [After.START] * 5),
        ([0.1] * 4, [After.START, After.START, After.BACK_OFF, After.BACK_OFF]),
        ([0.1, 0.1, EARLY_SECONDS, 0.1, 0.1], [After.START] * 5),
    ],
)
def test_a_run_that_asks_for_it_is_started_again_at_once_unless_it_asks_at_each_start(
    lives: list[float], expected: list[After]
) -> None:
    ends = Ends(lambda _notice: None)
    found = []
    for lived in lives:
        run = Run(1, 1, HOME)
        run.started = time.monotonic() - lived
        found.append(ends.after_request(run))
    assert found == expected


def report(ends: Ends, lived: float) -> None:
    run = Run(1, 1, HOME)
    run.code = 1
    run.started = time.monotonic() - lived
    ends.report(run, After.BACK_OFF)


def test_each_end_is_told_and_early_ones_in_a_row_are_told_once() -> None:
    told: list[object] = []
    ends = Ends(told.append)

    for _ in range(EARLY_ENDS + 2):
        report(ends, 0.1)

    assert len([each for each in told if isinstance(each, Exited)]) == EARLY_ENDS + 2
    assert [each for each in told if isinstance(each, CrashLoop)] == [CrashLoop(EARLY_ENDS)]


def test_an_end_after_a_while_is_no_early_one() -> None:
    told: list[object] = []
    ends = Ends(told.append)

    for lived in (0.1, 0.1, EARLY_SECONDS, 0.1, 0.1):
        report(ends, lived)

    assert not [each for each in told if isinstance(each, CrashLoop)]


def test_pauses_grow_until_a_change_or_a_long_life() -> None:
    ends = Ends(lambda _notice: None)
    pauses = []
    for lived in (0.1, 0.1, 0.1, LIFE_SECONDS, 0.1):
        report(ends, lived)
        pauses.append(ends.pause)
    ends.forget()
    report(ends, 0.1)

    assert pauses == [0.5, 1.0, 2.0, 0.5, 1.0]
    assert ends.pause == 0.5


def test_after_a_change_early_ends_are_counted_anew() -> None:
    told: list[object] = []
    ends = Ends(told.append)
    for _ in range(2):
        for _ in range(EARLY_ENDS):
            report(ends, 0.1)
        ends.forget()

    assert len([each for each in told if isinstance(each, CrashLoop)]) == 2
