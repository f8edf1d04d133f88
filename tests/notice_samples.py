"""Notices as they come, at least one of each kind: what shows or describes them is tested here."""

import inspect
from typing import Any

from restarter import notices
from restarter.events import Change, ChangeKind
from restarter.notices import (
    Arming,
    CheckFailed,
    Checking,
    CheckPassed,
    CheckUnable,
    ConfigRejected,
    ContentsKnown,
    CrashLoop,
    Decision,
    Escalated,
    Exited,
    HandedOver,
    Held,
    HeldBatch,
    Help,
    History,
    Ignored,
    LearnedDoubleSaves,
    Listening,
    Mended,
    OwnWrite,
    Passed,
    Paused,
    PortTaken,
    Queued,
    Reconfigured,
    Recovered,
    Refused,
    Restarted,
    Rested,
    Resumed,
    SameCode,
    Signalled,
    SourcesKnown,
    Spared,
    SpawnFailed,
    Started,
    StillStopping,
    Stopped,
    Stuck,
    Summary,
    Trouble,
    Unchanged,
    Waiting,
    WantsTerminal,
    WarmOff,
    WarmReady,
    WarmSkipped,
    Watching,
)

BASE = "/home/ada/shop"
ONE = (Change(ChangeKind.MODIFIED, f"{BASE}/src/app.py"),)
STRANGE = (Change(ChangeKind.ADDED, f"{BASE}/größe\n\udcff.py"),)
MANY = ONE + tuple(Change(ChangeKind.ADDED, f"{BASE}/src/{number}.py") for number in range(11))
LONG = (Change(ChangeKind.DELETED, f"{BASE}/src/shop/checkout/payment/providers/__init__.py"),)

WAIT = "waiting for a change"

SAMPLES: tuple[Any, ...] = (
    Started(1, ("flask", "run", "--debug", "a b"), 4711),
    Arming(),
    SourcesKnown(),
    SameCode((f"{BASE}/src/app.py",)),
    Refused(f"{BASE}/src/app.py", "SyntaxError: '(' was never closed", 12, 11, 0, "    print(f("),
    Refused(f"{BASE}/src/app.py", "ValueError: source code cannot contain null bytes", 0, 0, 0, ""),
    Mended(),
    Checking("mypy ."),
    CheckPassed("mypy .", 0.83),
    CheckFailed("mypy .", 1, 0.83, ('src/app.py:3: error: Name "nmae" is not defined',), 12),
    CheckUnable("mypyy .", "no command 'mypyy': check the spelling and PATH, or give its path"),
    Watching("inotify", 1, 1),
    Watching("inotify", 12_345, 678),
    Waiting(),
    Restarted(2, 4712, ONE, "", "", 0.0213, 0.0031),
    Restarted(3, 4713, MANY, "", "", 1.25, 0.0004),
    Restarted(4, 4714, MANY, "", "git checkout topic", 0.02, 0.003),
    Restarted(5, 4715, LONG, "", "git rebase", 61.3, 0.003),
    Restarted(6, 4716, STRANGE, "", "", 0.02, 0.003),
    Restarted(7, 4717, (), "asked for by key", "", None, 0.003),
    Restarted(8, 4718, (), "", "", None, 0.003),
    Restarted(9, 4719, ONE, "", "", 0.104, 0.002, is_warm=True),
    WarmReady(789),
    WarmSkipped("django.contrib.auth.models", "it cannot be imported alone: AppRegistryNotReady"),
    WarmOff("sleep is no Python program"),
    Recovered(9, 3),
    Exited(1, 0, 0.031, (), WAIT),
    Exited(2, 1, 83.2, ("4711 node", "4712 sh"), WAIT),
    Exited(3, 126, 0.004, (), WAIT),
    Exited(4, 127, 0.004, (), "starting again in 0.5 s"),
    Exited(5, 137, 7260.0, (), WAIT),
    Exited(6, 255, 2.0, (), WAIT),
    Exited(7, -9, 2.0, (), WAIT),
    Exited(8, -11, 2.0, (), ""),
    Exited(9, -35, 2.0, (), WAIT),
    Listening(2, (8000,)),
    Listening(2, (8000, 9229)),
    PortTaken(2, 8000, 4321, "/usr/bin/python3 -m http.server 8000 --bind 127.0.0.1"),
    PortTaken(2, 80, None, ""),
    SpawnFailed("no command 'flaks': check the spelling and PATH, or give its path", WAIT),
    StillStopping(("4711 python", "4712 node"), 0.3, 4.7, final=False),
    StillStopping(("4711 python",), 0.3, 4.7, final=True),
    Escalated(("4711 python",), 5.0),
    Escalated(("4711 python", "4712 node"), None),
    Stuck(("4711 python",)),
    Spared(("4713 gpg-agent",)),
    Rested(0.02),
    Stopped("Ctrl-C", 0.0213),
    Stopped("SIGTERM", None),
    Summary(13, 1, 0.021, 1.25, (0.02, 0.021, 0.022, 0.3, 1.25, 0.02)),
    Summary(2, 0, 0.021, 0.021, (0.021,)),
    Signalled("SIGHUP", ONE),
    Queued(ONE),
    Passed(MANY),
    Held(ONE),
    Ignored(f"{BASE}/build/app.js", "/build/", f"{BASE}/.gitignore:3"),
    Unchanged((f"{BASE}/src/app.py", f"{BASE}/src/b.py", f"{BASE}/c.py", f"{BASE}/d.py")),
    ContentsKnown(12_345),
    OwnWrite(f"{BASE}/data/shop.db"),
    HeldBatch(30.0),
    LearnedDoubleSaves(0.12),
    Reconfigured(("ext", "stop.timeout")),
    ConfigRejected("restarter.toml:3: unknown key 'wach', did you mean 'watch'?"),
    Trouble("no inotify watches are left: `sysctl fs.inotify.max_user_watches=524288` lifts it"),
    HandedOver(2),
    WantsTerminal(2),
    Paused(),
    Resumed(),
    CrashLoop(3),
    Help((("r", "restart"), ("q", "quit"))),
    History(
        (
            Decision(1_800_000_000.0, Started(1, ("flask", "run"), 4711)),
            Decision(1_800_000_083.25, Restarted(2, 4712, LONG, "", "", 0.0213, 0.0031)),
            Decision(1_800_000_085.0, Exited(2, 1, 1.4, (), WAIT)),
        )
    ),
)
"""In the order of the module, more or less: it is the order of the snapshots."""


def kinds() -> dict[str, type]:
    """The classes of all notices, by name; a Decision is a part of one."""
    return {
        name: kind
        for name, kind in inspect.getmembers(notices, inspect.isclass)
        if kind.__module__ == notices.__name__ and kind is not Decision
    }
