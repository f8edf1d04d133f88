"""What differs between systems, chosen here, once: both modules offer the same names."""

import sys

if sys.platform == "win32":
    from restarter.processes.windows import (
        CONTINUE_SIGNAL,
        KILL_SIGNAL,
        STOPPED_FOR_TERMINAL,
        HeldSignals,
        adopt_orphans,
        children_until_now,
        group_of,
        own_outputs,
        reap,
        signal_group,
        signal_process,
        spawn,
        stop_signals,
        suspend,
    )
else:
    from restarter.processes.posix import (
        CONTINUE_SIGNAL,
        KILL_SIGNAL,
        STOPPED_FOR_TERMINAL,
        HeldSignals,
        adopt_orphans,
        children_until_now,
        group_of,
        own_outputs,
        reap,
        signal_group,
        signal_process,
        spawn,
        stop_signals,
        suspend,
    )

__all__ = [
    "CONTINUE_SIGNAL",
    "KILL_SIGNAL",
    "STOPPED_FOR_TERMINAL",
    "HeldSignals",
    "adopt_orphans",
    "children_until_now",
    "group_of",
    "own_outputs",
    "reap",
    "signal_group",
    "signal_process",
    "spawn",
    "stop_signals",
    "suspend",
]
