"""Processes: start a command as a group of its own, and end all that came of it.

The system is chosen here, once; both modules offer the same names.
"""

import sys

if sys.platform == "win32":
    from restarter.processes.windows import (
        CONTINUE_SIGNAL,
        GUARDIAN_NAME,
        KILL_SIGNAL,
        STOPPED_FOR_TERMINAL,
        Guardian,
        Terminal,
        adopt_orphans,
        deliver_signals,
        group_of,
        hold_signals,
        reap,
        signal_group,
        spawn,
        start_guardian,
        stop_signals,
        suspend,
    )
else:
    from restarter.processes.guardian import GUARDIAN_NAME, Guardian, start_guardian
    from restarter.processes.posix import (
        CONTINUE_SIGNAL,
        KILL_SIGNAL,
        STOPPED_FOR_TERMINAL,
        adopt_orphans,
        deliver_signals,
        group_of,
        hold_signals,
        reap,
        signal_group,
        spawn,
        stop_signals,
        suspend,
    )
    from restarter.processes.terminal import Terminal

__all__ = [
    "CONTINUE_SIGNAL",
    "GUARDIAN_NAME",
    "KILL_SIGNAL",
    "STOPPED_FOR_TERMINAL",
    "Guardian",
    "Terminal",
    "adopt_orphans",
    "deliver_signals",
    "group_of",
    "hold_signals",
    "reap",
    "signal_group",
    "spawn",
    "start_guardian",
    "stop_signals",
    "suspend",
]
