"""Ending a run in a program that has no inbox: ask, wait, kill, wait."""

import time
from collections.abc import Callable

from restarter.processes import tree
from restarter.processes.run import Run

_LOOK_SECONDS = 0.01


def end_run(
    run: Run, poll: Callable[[], int | None], number: int, *, grace: float, limit: float
) -> tuple[str, ...]:
    """Return when no member of a run is alive any more.

    Args:
        run: what is to end; its leader may have ended already.
        poll: reaps the leader if it has ended, and returns its exit code; None: it runs.
        number: the signal that asks it to stop.
        grace: seconds that it has for that.
        limit: seconds to wait after killing what is left.

    Returns:
        Those that were killed, each with pid and command line.

    Raises:
        TimeoutError: something is alive that cannot be killed.
    """
    run.code = poll()
    run.ask_to_stop(number)
    if _is_over(run, poll, grace, lambda: run.ask_latecomers_to_stop(number)):
        return ()
    killed = run.kill()
    if not _is_over(run, poll, limit, run.kill):
        left = ", ".join(tree.describe(run.members()))
        raise TimeoutError(f"still alive {limit:g} s after SIGKILL: {left}")
    return killed


def _is_over(
    run: Run, poll: Callable[[], int | None], seconds: float, urge: Callable[[], object]
) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        run.code = poll()
        if run.code is not None and not run.members():
            return True
        if time.monotonic() >= deadline:
            return False
        urge()
        time.sleep(_LOOK_SECONDS)  # most are not our children: nobody tells when they end
