"""The clock of the file system: what the kernel would stamp on a file that is written now."""

import sys
import time

TICK_NS = 20_000_000
"""Nanoseconds by which such a stamp may lie behind the fine clock: the kernel's coarse clock
moves at each timer tick, of 1 to 10 ms (time(7)); twice that is safe."""

_CLOCK_REALTIME_COARSE = 5  # linux/time.h; Python has no name for it


def file_system_now_ns() -> int:
    """Return the earliest time, in nanoseconds, with which a file written from now on is stamped.

    On Linux that is the coarse clock of clock_gettime(2); elsewhere a tick is taken off.
    """
    if sys.platform == "linux":
        return time.clock_gettime_ns(_CLOCK_REALTIME_COARSE)
    return time.time_ns() - TICK_NS
