"""Stop events: whatever can say whether it is set."""

import math
import threading
from collections.abc import Callable
from typing import Protocol

from restarter.notify.collecting import Collected

SLICE_SECONDS = 1.0
"""After so long a thread that waits for a stop event sees that nobody needs it any more."""

SHORTEST_LOOK = 0.001
"""Seconds between two looks at a stop event that cannot be waited for, however short the step."""


class AbstractEvent(Protocol):
    """What ends a wait early: `threading.Event`, `asyncio.Event`, or anything like them."""

    def is_set(self) -> bool:
        """Whether to stop."""


def stop_test(event: AbstractEvent | None) -> Callable[[], bool]:
    """Return the question whether to stop.

    Raises:
        AttributeError: the event has no `is_set`.
        TypeError: its `is_set` cannot be called.
    """
    if event is None:
        return lambda: False
    is_set = event.is_set
    if not callable(is_set):
        raise TypeError(f"{type(is_set).__name__!r} object is not callable: 'stop_event.is_set'")
    return lambda: bool(is_set())


class StopListeners:
    """Wakes who waits when a stop event is set.

    A `threading.Event` can be waited for, which one thread for each does; any other event has to
    be looked at again and again.

    Args:
        collected: whose waiting calls are woken.
    """

    def __init__(self, collected: Collected) -> None:
        self._collected = collected
        self._threads: dict[int, threading.Thread] = {}

    def look_after(self, event: AbstractEvent | None, step: float) -> float:
        """Return after how many seconds an event has to be looked at again.

        Args:
            event: the stop event.
            step: the answer for an event that is not waited for, unless it is too short.
        """
        if event is None:
            return math.inf
        if type(event) is not threading.Event:
            return max(step, SHORTEST_LOOK)
        self._listen(event)
        return math.inf

    def _listen(self, event: threading.Event) -> None:
        for known, thread in list(self._threads.items()):
            if not thread.is_alive():
                self._threads.pop(known, None)
        # While its thread lives, the event does, so that no other one can have this id.
        if not event.is_set() and id(event) not in self._threads:
            thread = threading.Thread(
                target=_wait_for, args=(event, self._collected), name="stop event", daemon=True
            )
            self._threads[id(event)] = thread
            thread.start()


def _wait_for(event: threading.Event, collected: Collected) -> None:
    while not (event.wait(SLICE_SECONDS) or collected.is_closed):
        pass
    collected.wake()
