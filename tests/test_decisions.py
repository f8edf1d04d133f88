"""The table of decisions, every state with every event."""

import itertools

import pytest

from restarter.supervising.decisions import (
    BACK_OFF_LIMIT_SECONDS,
    BACK_OFF_SECONDS,
    LIFE_SECONDS,
    Action,
    BackOff,
    Happening,
    Phase,
    decide,
)

# Rows: what happened; columns: where the run stands. Written a second time on purpose, in the
# form in which a person would check it.
COLUMNS = (Phase.WAITING, Phase.BACKING_OFF, Phase.RUNNING, Phase.STOPPING, Phase.KILLING)
EXPECTED = {
    Happening.CHANGE: "START START STOP_THEN_START MEAN_TO_START MEAN_TO_START",
    Happening.CHANGE_TO_QUEUE: "START START QUEUE MEAN_TO_START MEAN_TO_START",
    Happening.CHANGE_TO_PASS: "START START PASS MEAN_TO_START MEAN_TO_START",
    Happening.CHANGE_TO_SIGNAL: "START START SIGNAL MEAN_TO_START MEAN_TO_START",
    Happening.CHANGE_TO_HOLD: "START START HOLD MEAN_TO_START MEAN_TO_START",
    Happening.RESTART: "START START STOP_THEN_START MEAN_TO_START MEAN_TO_START",
    Happening.REST: "NOTHING GO_TO_REST STOP_THEN_REST MEAN_TO_REST MEAN_TO_REST",
    Happening.FINISH: "FINISH FINISH STOP_THEN_FINISH MEAN_TO_FINISH MEAN_TO_FINISH",
    Happening.FINISH_NOW: "FINISH FINISH KILL_THEN_FINISH KILL_THEN_FINISH MEAN_TO_FINISH",
    Happening.RUN_OVER: "NOTHING NOTHING REPORT_END FOLLOW FOLLOW",
    Happening.LEADER_ENDED: "NOTHING NOTHING REPORT_LEADER NOTHING NOTHING",
    Happening.GRACE_OVER: "NOTHING NOTHING NOTHING KILL GIVE_UP",
    Happening.TIMER: "NOTHING START NOTHING NOTHING NOTHING",
}


def test_the_expectations_name_every_happening() -> None:
    assert set(EXPECTED) == set(Happening)


@pytest.mark.parametrize(
    ("phase", "happening", "action"),
    [
        (phase, happening, Action[name])
        for happening, names in EXPECTED.items()
        for phase, name in zip(COLUMNS, names.split(), strict=True)
    ],
)
def test_every_phase_has_its_answer_to_everything(
    phase: Phase, happening: Happening, action: Action
) -> None:
    assert decide(phase, happening) is action


@pytest.mark.parametrize("happening", Happening)
def test_after_the_end_nothing_is_done_any_more(happening: Happening) -> None:
    assert decide(Phase.OVER, happening) is Action.NOTHING


def test_the_back_off_doubles_up_to_its_limit() -> None:
    back_off = BackOff()

    pauses = [back_off.next_seconds(0.1) for _ in range(9)]

    assert pauses[:3] == [BACK_OFF_SECONDS, BACK_OFF_SECONDS * 2, BACK_OFF_SECONDS * 4]
    assert pauses[-1] == BACK_OFF_LIMIT_SECONDS
    assert all(later >= earlier for earlier, later in itertools.pairwise(pauses))


def test_a_run_that_lived_for_a_while_starts_the_back_off_anew() -> None:
    back_off = BackOff()
    for _ in range(5):
        back_off.next_seconds(0.1)

    assert back_off.next_seconds(LIFE_SECONDS) == BACK_OFF_SECONDS
    assert back_off.next_seconds(0.1) == BACK_OFF_SECONDS * 2
