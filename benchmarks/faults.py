"""What is left of programs that are hard to end, by restarter and by others.

Each contender runs a program that does one of the things that make a program hard to end. What it
does is told to it by a file, so that first a harmless one shows that the contender works. Then a
file is saved, or the contender itself is stopped in one of three ways, and the processes of the
program that are left are counted. All that a contender has started is ended afterwards: it carries
a mark in its environment.

Run it with `make bench`, or `python -m benchmarks.faults --peers DIRECTORY --rows setsid`.
"""

import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import (
    accept_interrupts,
    in_turns,
    machine,
    machine_line,
    number,
    option_parser,
    table,
    tell,
    write_section,
)
from benchmarks.peers import Contender, Started, contenders, install
from tests import faulty_program

RUNS = 3
AT_ONCE = 6
"""So many contenders are at work at once: most of the time all of them wait."""

START_TIMEOUT = 30.0
WARM_UP_TIMEOUT = 2.5
WARM_UP_SAVES = 6
QUIET = 2.0
"""Seconds without a start after which none is expected: hupper takes 1.7 s to notice."""

PATIENCE = 14.0
"""Seconds after which a restart, or the end of a contender, is not waited for any more."""

LOOK_AFTER = 1.2
LOOK_AFTER_KILL = 2.0
"""Seconds until what is left is counted."""

LOOK = 0.02


class Fault(NamedTuple):
    """Something that makes a program hard to end.

    Args:
        name: for people.
        mode: what `tests/faulty_program.py` calls it.
    """

    name: str
    mode: str


FAULTS = (
    Fault("plain", "plain"),
    Fault("ignores TERM and INT", "stubborn"),
    Fault("child in the group", "child_in_the_group"),
    Fault("`setsid`", "grandchild_in_a_session_of_its_own"),
    Fault("daemon", "daemon"),
    Fault("port held by a child of `sh -c`", "slow_child_of_a_shell"),
)

RESTART = "R"
SIGNALS = {"I": signal.SIGINT, "T": signal.SIGTERM, "K": signal.SIGKILL}
ENDS = (RESTART, *SIGNALS)
"""How a program comes to its end: a restart, or the contender gets one of the signals."""


class Outcome(NamedTuple):
    """What came of one end.

    Args:
        left: processes of the program that are left.
        is_refused: the next program found the port in use.
        seconds: until the next program started, or the contender had ended; None: never.
    """

    left: int
    is_refused: bool
    seconds: float | None


class Job(NamedTuple):
    """One contender, one fault, one end."""

    contender: Contender
    fault: Fault
    end: str


class Stage:
    """A tree to watch, and beside it a program that does what a file says.

    Args:
        place: an existing empty directory.
    """

    def __init__(self, place: Path) -> None:
        self.tree = place / "tree"
        self.program = Path(faulty_program.__file__)
        self.log = place / "log"
        self._mode = place / "mode"
        self._saves = 0
        self.tree.mkdir()
        self.log.touch()
        self.arguments = [f"@{self._mode}", str(_free_port())]
        self.command = [sys.executable, str(self.program), *self.arguments]
        self.be("idle")
        self.save()

    def be(self, mode: str) -> None:
        """Let the program be in this mode when it starts the next time."""
        self._mode.write_text(mode)

    def save(self) -> None:
        """Change the file in the tree."""
        self._saves += 1
        (self.tree / "app.py").write_text(f"version = {self._saves}\n")

    def notes(self, event: str = "") -> list[int]:
        """Return the processes that noted an event, or any, one for each note."""
        lines = (line.rpartition(" ") for line in self.log.read_text().splitlines())
        return [int(pid) for noted, _, pid in lines if event in noted]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _comes(condition: Callable[[], bool], timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return condition()
        time.sleep(LOOK)
    return True


# One contender at work


def measure(job: Job) -> Outcome | None:
    """Bring one program to one end; None if the contender does not get so far."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory).resolve()
        stage = Stage(place)
        words = (job.contender.alone or job.contender.arguments)(stage)
        log = {faulty_program.LOG: str(stage.log)}
        started = Started(words, stage.tree, place / "output", log)
        try:
            if not _warm_up(stage) or not _take_on(stage, job.fault):
                said = (place / "output").read_text(errors="replace").strip()
                tell(f"{job.contender.name} does not get to {job.fault.name}: {said}")
                return None
            if job.end == RESTART:
                return _restarted(stage, started)
            return _ended(stage, started, SIGNALS[job.end])
        finally:
            started.end(0)


def _warm_up(stage: Stage) -> bool:
    """Wait until a save restarts a harmless program."""
    if not _comes(lambda: bool(stage.notes("start")), START_TIMEOUT):
        return False
    return any(_restarts(stage, WARM_UP_TIMEOUT) for _ in range(WARM_UP_SAVES))


def _restarts(stage: Stage, timeout: float) -> bool:
    before = len(stage.notes("start"))
    stage.save()
    return _comes(lambda: len(stage.notes("start")) > before, timeout)


def _take_on(stage: Stage, fault: Fault) -> bool:
    """Restart with the fault, and let everything come to rest."""
    _wait_until_quiet(stage)
    stage.be(fault.mode)
    if not _restarts(stage, PATIENCE):
        return False
    is_ready = _comes(lambda: bool(stage.notes("ready")), START_TIMEOUT)
    _wait_until_quiet(stage)
    return is_ready


def _wait_until_quiet(stage: Stage) -> None:
    _comes(lambda: time.time() - stage.log.stat().st_mtime > QUIET, START_TIMEOUT)


def _restarted(stage: Stage, started: Started) -> Outcome:
    before = {pid for pid in stage.notes() if started.owns(pid)}
    began = time.monotonic()
    seconds = time.monotonic() - began if _restarts(stage, PATIENCE) else None
    time.sleep(LOOK_AFTER)
    left = sum(map(started.owns, before))
    return Outcome(left, bool(stage.notes("refused")), seconds)


def _ended(stage: Stage, started: Started, number: signal.Signals) -> Outcome:
    began = time.monotonic()
    if number == signal.SIGINT:  # a terminal sends it to the whole group
        os.killpg(started.pid, number)
    else:
        os.kill(started.pid, number)
    seconds = time.monotonic() - began if started.wait(PATIENCE) else None
    time.sleep(LOOK_AFTER_KILL if number == signal.SIGKILL else LOOK_AFTER)
    left = sum(map(started.owns, set(stage.notes())))
    return Outcome(left, is_refused=False, seconds=seconds)


# All of them


Results = dict[tuple[str, str, str], list[Outcome | None]]
"""By contender, fault and end."""


def measure_all(found: Sequence[Contender], faults: Iterable[Fault], runs: int) -> Results:
    """Measure every contender on every fault and end, several at once."""
    jobs = [
        Job(contender, fault, end)
        for fault in faults
        for run in range(runs)
        for end in ENDS
        for contender in in_turns(found, run)
    ]
    results: Results = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for job, outcome in zip(jobs, pool.map(measure, jobs), strict=True):
            results.setdefault((job.contender.name, job.fault.name, job.end), []).append(outcome)
            tell(f"{job.fault.name}, {job.end}: {job.contender.name} {outcome}")
    return results


# What is told


def cell(name: str, fault: str, results: Results) -> str:
    """Return in a few signs what one contender leaves of one program."""
    outcomes = {
        end: [each for each in results.get((name, fault, end), []) if each is not None]
        for end in ENDS
    }
    if not all(outcomes.values()):
        return ""
    remarks = _remarks(outcomes)
    signs = [f"{end}{left}" for end in ENDS if (left := _most_left(outcomes[end]))]
    if refused := sum(each.is_refused for each in outcomes[RESTART]):
        signs.append(f"E{refused}")
    return ", ".join([*remarks, *([" ".join(signs)] if signs else [])]) or "ok"


def _remarks(outcomes: dict[str, list[Outcome]]) -> list[str]:
    remarks = []
    if any(each.seconds is None for each in outcomes[RESTART]):
        remarks.append("stuck")
    if any(each.seconds is None for end in SIGNALS for each in outcomes[end]):
        remarks.append("never ends")
    return remarks


def _most_left(outcomes: Iterable[Outcome]) -> int:
    """How many were left at worst, once something had come of it at all."""
    return max((each.left for each in outcomes if each.seconds is not None), default=0)


def _seconds(name: str, fault: str, results: Results) -> str:
    outcomes = results.get((name, fault, RESTART), [])
    seconds = [each.seconds for each in outcomes if each and each.seconds is not None]
    return f"{number(statistics.median(seconds))} s" if seconds else ""


def as_text(before: str, found: Sequence[Contender], results: Results) -> str:
    """Return the section of the page."""
    faults = [fault.name for fault in FAULTS if any(fault.name in key for key in results)]
    names = [each.name for each in found]
    left = ([name, *(cell(name, fault, results) for fault in faults)] for name in names)
    times = ([name, *(_seconds(name, fault, results) for fault in faults)] for name in names)
    return f"""\
## Programs that are hard to end

What is left of a program by who restarts it. R: old processes that are alive {LOOK_AFTER} s after
the next program was started. I, T, K: processes that are alive after the contender was stopped
with SIGINT (to its group, as Ctrl-C sends it), SIGTERM and SIGKILL: {LOOK_AFTER} s after its end,
{LOOK_AFTER_KILL:g} s for SIGKILL. E: runs in which the next program found its port in use. Each is
done {RUNS} times, the number is that of the worst. *Stuck* is who did not restart within
{PATIENCE:g} s, *never ends* who did not end within {PATIENCE:g} s of SIGINT or SIGTERM. In the last
column the program needs {faulty_program.CLOSING_SECONDS:g} s to close its port, and its parent, a
shell, does not wait for that. Empty is who did not work at all.

{before}; {", ".join(f"{each.name} {each.version}".rstrip() for each in found)}.

{table(["left behind", *faults], left)}

The median of the seconds from the save to the next start; who gives a program that ignores signals
no time to end is the fastest there.

{table(["until the next start", *faults], times)}
"""


def as_json(found: Sequence[Contender], results: Results) -> str:
    """Return all of it for programs; times in seconds."""
    rows = [
        {"contender": name, "fault": fault, "end": end, "outcomes": [_told(each) for each in each_]}
        for (name, fault, end), each_ in results.items()
    ]
    versions = {each.name: each.version for each in found}
    return json.dumps({"machine": machine(), "versions": versions, "rows": rows}, indent=2)


def _told(outcome: Outcome | None) -> dict[str, object] | None:
    return None if outcome is None else outcome._asdict()


def main() -> None:
    """Measure, and print tables or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--rows", default="", help="only faults with one of these words: a,b")
    parser.add_argument("--only", default="", help="only these contenders: a,b")
    parser.add_argument("--peers", type=Path, help="a directory for nodemon and hupper")
    options = parser.parse_args()
    before = machine_line()
    if options.peers:
        install(options.peers)
    found = contenders(options.peers, list(filter(None, options.only.split(","))))
    words = ["daemon"] if options.short else options.rows.split(",")
    faults = [fault for fault in FAULTS if any(word in fault.name for word in words)]
    results = measure_all(found, faults, 1 if options.short else RUNS)
    text = as_text(before, found, results)
    print(as_json(found, results) if options.json else text)
    if options.document:
        write_section(options.document, "faults", text)


if __name__ == "__main__":
    main()
