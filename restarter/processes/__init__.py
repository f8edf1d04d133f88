"""Processes: start a command as a group of its own, and end all that came of it."""

import sys

from restarter.processes.system import (
    CONTINUE_SIGNAL,
    STOPPED_FOR_TERMINAL,
    HeldSignals,
    adopt_orphans,
    children_until_now,
    own_outputs,
    reap,
    signal_group,
    spawn,
    suspend,
)

if sys.platform == "win32":
    from restarter.processes.windows import Guardian, start_guardian
else:
    from restarter.processes.guardian import Guardian, start_guardian

__all__ = [
    "CONTINUE_SIGNAL",
    "STOPPED_FOR_TERMINAL",
    "Guardian",
    "HeldSignals",
    "adopt_orphans",
    "children_until_now",
    "own_outputs",
    "reap",
    "signal_group",
    "spawn",
    "start_guardian",
    "suspend",
]
