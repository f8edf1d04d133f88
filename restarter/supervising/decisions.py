"""What to do: a table over (phase of the run, what happened); no I/O, no clock."""

from enum import Enum, auto

BACK_OFF_SECONDS = 0.5
BACK_OFF_LIMIT_SECONDS = 30.0
LIFE_SECONDS = 10.0
"""A run that lived so long was well: the back-off starts anew."""


class Phase(Enum):
    """Where a run stands."""

    WAITING = auto()
    """Nothing runs; a change starts a run."""

    BACKING_OFF = auto()
    """Nothing runs; a timer or a change starts a run."""

    RUNNING = auto()
    """The run is alive."""

    STOPPING = auto()
    """The run was asked to stop and has time to do so."""

    KILLING = auto()
    """Whatever was left of the run was killed; its end is a matter of moments."""

    OVER = auto()
    """restarter ends."""


class Happening(Enum):
    """What a phase has to answer."""

    CHANGE = auto()
    """A batch of real changes is due, and changes restart."""

    CHANGE_TO_QUEUE = auto()
    """The same, and a change waits until the run has ended by itself."""

    CHANGE_TO_PASS = auto()
    """The same, and a change is not acted on while the command runs."""

    CHANGE_TO_SIGNAL = auto()
    """The same, and a change is answered with a signal."""

    CHANGE_TO_HOLD = auto()
    """The same, and the run has the terminal: a change waits until it gives it back."""

    RESTART = auto()
    """Somebody asked for a new run: a key, or new settings."""

    REST = auto()
    """Somebody wants nothing to run until the next change: a key."""

    FINISH = auto()
    """Somebody asked restarter to end: Ctrl-C, SIGTERM, the key q."""

    FINISH_NOW = auto()
    """Somebody asked a second time and does not want to wait."""

    RUN_OVER = auto()
    """The last process of the run is gone."""

    LEADER_ENDED = auto()
    """The command itself ended, some of what it started goes on."""

    GRACE_OVER = auto()
    """The time to stop is over."""

    TIMER = auto()
    """The back-off is over."""


class Action(Enum):
    """What the supervisor does."""

    NOTHING = auto()
    START = auto()
    STOP_THEN_START = auto()
    STOP_THEN_REST = auto()
    STOP_THEN_FINISH = auto()
    KILL = auto()
    KILL_THEN_FINISH = auto()
    MEAN_TO_START = auto()
    """The stop goes on, a new run follows."""
    MEAN_TO_REST = auto()
    """The stop goes on, and a change is waited for."""
    GO_TO_REST = auto()
    """No run is started before a change."""
    MEAN_TO_FINISH = auto()
    """The stop goes on, restarter's end follows."""
    FOLLOW = auto()
    """Do what was meant to follow the stop."""
    REPORT_END = auto()
    """The run ended by itself: `on_exit` and `on_crash` say what follows."""
    REPORT_LEADER = auto()
    """The command ended by itself, before what it started."""
    GIVE_UP = auto()
    """Killed processes do not go away: go on without waiting for them."""
    HOLD = auto()
    QUEUE = auto()
    PASS = auto()
    SIGNAL = auto()
    FINISH = auto()


_W, _B, _R, _S, _K, _O = Phase
_H, _A = Happening, Action

TABLE: dict[tuple[Phase, Happening], Action] = {
    (_W, _H.CHANGE): _A.START,
    (_B, _H.CHANGE): _A.START,
    (_R, _H.CHANGE): _A.STOP_THEN_START,
    (_S, _H.CHANGE): _A.MEAN_TO_START,
    (_K, _H.CHANGE): _A.MEAN_TO_START,
    #
    (_W, _H.CHANGE_TO_QUEUE): _A.START,
    (_B, _H.CHANGE_TO_QUEUE): _A.START,
    (_R, _H.CHANGE_TO_QUEUE): _A.QUEUE,
    (_S, _H.CHANGE_TO_QUEUE): _A.MEAN_TO_START,
    (_K, _H.CHANGE_TO_QUEUE): _A.MEAN_TO_START,
    #
    (_W, _H.CHANGE_TO_PASS): _A.START,
    (_B, _H.CHANGE_TO_PASS): _A.START,
    (_R, _H.CHANGE_TO_PASS): _A.PASS,
    (_S, _H.CHANGE_TO_PASS): _A.MEAN_TO_START,
    (_K, _H.CHANGE_TO_PASS): _A.MEAN_TO_START,
    #
    (_W, _H.CHANGE_TO_SIGNAL): _A.START,
    (_B, _H.CHANGE_TO_SIGNAL): _A.START,
    (_R, _H.CHANGE_TO_SIGNAL): _A.SIGNAL,
    (_S, _H.CHANGE_TO_SIGNAL): _A.MEAN_TO_START,
    (_K, _H.CHANGE_TO_SIGNAL): _A.MEAN_TO_START,
    #
    (_W, _H.CHANGE_TO_HOLD): _A.START,
    (_B, _H.CHANGE_TO_HOLD): _A.START,
    (_R, _H.CHANGE_TO_HOLD): _A.HOLD,
    (_S, _H.CHANGE_TO_HOLD): _A.MEAN_TO_START,
    (_K, _H.CHANGE_TO_HOLD): _A.MEAN_TO_START,
    #
    (_W, _H.RESTART): _A.START,
    (_B, _H.RESTART): _A.START,
    (_R, _H.RESTART): _A.STOP_THEN_START,
    (_S, _H.RESTART): _A.MEAN_TO_START,
    (_K, _H.RESTART): _A.MEAN_TO_START,
    #
    (_B, _H.REST): _A.GO_TO_REST,
    (_R, _H.REST): _A.STOP_THEN_REST,
    (_S, _H.REST): _A.MEAN_TO_REST,
    (_K, _H.REST): _A.MEAN_TO_REST,
    #
    (_W, _H.FINISH): _A.FINISH,
    (_B, _H.FINISH): _A.FINISH,
    (_R, _H.FINISH): _A.STOP_THEN_FINISH,
    (_S, _H.FINISH): _A.MEAN_TO_FINISH,
    (_K, _H.FINISH): _A.MEAN_TO_FINISH,
    #
    (_W, _H.FINISH_NOW): _A.FINISH,
    (_B, _H.FINISH_NOW): _A.FINISH,
    (_R, _H.FINISH_NOW): _A.KILL_THEN_FINISH,
    (_S, _H.FINISH_NOW): _A.KILL_THEN_FINISH,
    (_K, _H.FINISH_NOW): _A.MEAN_TO_FINISH,
    #
    (_R, _H.RUN_OVER): _A.REPORT_END,
    (_S, _H.RUN_OVER): _A.FOLLOW,
    (_K, _H.RUN_OVER): _A.FOLLOW,
    #
    (_R, _H.LEADER_ENDED): _A.REPORT_LEADER,
    #
    (_S, _H.GRACE_OVER): _A.KILL,
    (_K, _H.GRACE_OVER): _A.GIVE_UP,
    #
    (_B, _H.TIMER): _A.START,
}
"""Every cell that is not listed is `Action.NOTHING`."""


def decide(phase: Phase, happening: Happening) -> Action:
    """Return what to do.

    Args:
        phase: where the run stands.
        happening: what happened.

    Returns:
        The action; `Action.NOTHING` where nothing is to be done.

    Example:
        >>> decide(Phase.RUNNING, Happening.CHANGE)
        <Action.STOP_THEN_START: 3>
    """
    return TABLE.get((phase, happening), Action.NOTHING)


class BackOff:
    """How long to wait before a command that ended is started again: more each time."""

    def __init__(self) -> None:
        self._seconds = BACK_OFF_SECONDS

    def next_seconds(self, lived_seconds: float) -> float:
        """Return the seconds to wait.

        Args:
            lived_seconds: how long the run that just ended was alive.
        """
        if lived_seconds >= LIFE_SECONDS:
            self._seconds = BACK_OFF_SECONDS
        seconds = self._seconds
        self._seconds = min(seconds * 2, BACK_OFF_LIMIT_SECONDS)
        return seconds
