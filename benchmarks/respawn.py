"""From a save to the new program: restarter beside others, and beside a floor in C.

A figure is the time from just before a file is written to the first instruction of the program
that is started for it, which reads the clock before it does anything else. The program either ends
at the first signal, or takes 100 ms to clean up. A save is one write in place, or a new file that
is renamed over the old one. The floor does what cannot be left out: it waits with inotify, asks
the program to end, waits for it and starts it again; the second figure of each cell is the median
of the differences to the floor in the same round.

Whoever can restart anything restarts a compiled program that does next to nothing; two more
tables are for who restarts programs for Node.js or in Python only, whose own start is in all
figures then. All contenders of a table are at work at the same time and take turns, each in a
tree of its own with one file; where a contender has settings that make it faster, it takes part
with its defaults and with these. A save that has led to no start within {PATIENCE} s is lost;
*early* is a start before the old program had cleaned up, which is no figure either.

Run it with `make bench`, or `python -m benchmarks.respawn --peers DIRECTORY --only restarter`.
"""

import json
import os
import select
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import (
    Spread,
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
from benchmarks.peers import Contender, Started, install
from benchmarks.respawners import FLOOR, KINDS, PROGRAMS, Kind, compile_programs, respawners

SAVES = 30
CLEAN_UP = 100
"""Milliseconds that the slower program takes to end."""

ALLOWED = {0: 8.0, CLEAN_UP: 3.0}
"""Milliseconds above the floor that restarter may need, by those that the program needs to end."""

START_TIMEOUT = 30.0
WARM_UP_SAVES = 5
PATIENCE = 4.0
"""Seconds after which a save is lost; hupper takes two."""

QUIET = 0.5
"""Seconds without a start before the next save: what a person types faster than that is another
measurement (`benchmarks/changes.py`)."""

LIMIT = 10.0
"""Seconds after which a contender that restarts again and again is saved to all the same."""

MILLION = 1e6


def write(path: Path, text: str) -> None:
    """Write in place."""
    path.write_text(text, encoding="utf-8")


def replace(path: Path, text: str) -> None:
    """Write another file and rename it."""
    new = path.with_name(f".{path.name}.tmp")
    new.write_text(text, encoding="utf-8")
    new.rename(path)


WAYS: dict[str, Callable[[Path, str], None]] = {"in place": write, "by rename": replace}


class Scenario(NamedTuple):
    """What is done to all contenders of a table.

    Args:
        kind: the kind of program.
        clean_up: milliseconds that it takes to end.
        way: how the file is saved.
    """

    kind: Kind
    clean_up: int
    way: str

    @property
    def name(self) -> str:
        """For people."""
        ends = f"takes {self.clean_up} ms to end" if self.clean_up else "ends at once"
        return f"{ends}, saved {self.way}"


SCENARIOS = [
    Scenario(kind, clean_up, way) for kind in KINDS for clean_up in ALLOWED for way in WAYS
]


class Stage:
    """A tree with one file, and a pipe by which the program tells when it was started.

    Args:
        place: an existing empty directory.
        scenario: what is done here.
        compiled: the directory of the compiled programs.
    """

    def __init__(self, place: Path, scenario: Scenario, compiled: Path) -> None:
        self.tree = place / "tree"
        self.tree.mkdir()
        fifo = place / "starts"
        os.mkfifo(fifo)
        # Open for writing as well: without a program there is no end of file.
        self._starts = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.arguments = [str(fifo), str(scenario.clean_up)]
        self.command = [*scenario.kind.command(compiled), *self.arguments]
        self.program = PROGRAMS / "program.py"
        self._scenario = scenario
        self._saves = 0
        self._last_ns = 0
        self._last_end_ns = 0
        self.save()

    def close(self) -> None:
        """Listen no more."""
        os.close(self._starts)

    def save(self) -> int:
        """Change the file; returns nanoseconds of the monotonic clock just before."""
        self._saves += 1
        kind = self._scenario.kind
        # Something that runs: restarter knows when a Python program does what it did before.
        line = f"SAVES = {self._saves}" if kind.source.endswith(".py") else f"// {self._saves}"
        text = f"{line}\n{kind.text}"
        before = time.monotonic_ns()
        WAYS[self._scenario.way](self.tree / kind.source, text)
        return before

    def wait_for_start(self, after_ns: int, timeout: float) -> int | None:
        """Return when the first program was started after a moment; None if none was in time."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            for start in self._read(left):
                if start > after_ns:
                    return start
        return None

    def wait_until_quiet(self) -> None:
        """Wait until nothing was started for a while."""
        deadline = time.monotonic() + LIMIT
        while (now := time.monotonic()) < deadline:
            quiet_at = self._last_ns / 1e9 + QUIET
            if now >= quiet_at and not self._read(0):
                return
            self._read(max(0.0, quiet_at - now))

    def _read(self, seconds: float) -> list[int]:
        """Return the starts that are told within so many seconds, as soon as there are any."""
        if not select.select([self._starts], [], [], seconds)[0]:
            return []
        told = [line.split() for line in os.read(self._starts, 65536).splitlines()]
        starts = [int(at) for word, at in told if word == b"start"]
        ends = [int(at) for word, at in told if word == b"end"]
        self._last_ns = max([self._last_ns, *starts])
        self._last_end_ns = max([self._last_end_ns, *ends])
        return starts

    def has_ended(self, between: tuple[int, int]) -> bool:
        """Whether the old program is known to have ended, or to end without a word."""
        first, last = between
        return self._scenario.clean_up == 0 or first < self._last_end_ns < last


class Subject:
    """A contender on a stage of its own.

    Args:
        contender: which one.
        place: an existing empty directory.
        scenario: what is done.
        compiled: the directory of the compiled programs.
    """

    def __init__(
        self, contender: Contender, place: Path, scenario: Scenario, compiled: Path
    ) -> None:
        self.name = contender.name
        self.output = place / "output"
        self._stage = Stage(place, scenario, compiled)
        self._started = Started(contender.arguments(self._stage), self._stage.tree, self.output)

    def close(self) -> None:
        """End the contender and all that came of it."""
        self._started.end(1.0)
        self._stage.close()

    def warm_up(self) -> bool:
        """Wait until a save restarts the program; says why if none does."""
        if self._stage.wait_for_start(0, START_TIMEOUT) is not None:
            for _ in range(WARM_UP_SAVES):
                if self.restart() != LOST:
                    return True
        said = self.output.read_text(errors="replace").strip().rpartition("\n")[2]
        tell(f"{self.name} is left out, it does not restart: {said}")
        return False

    def restart(self) -> float | str:
        """Save, and return the milliseconds until the program was started, or what went wrong."""
        self._stage.wait_until_quiet()
        before = self._stage.save()
        start = self._stage.wait_for_start(before, PATIENCE)
        if start is None:
            return LOST
        is_clean = self._stage.has_ended((before, start))
        return (start - before) / MILLION if is_clean else EARLY


LOST = "lost"
EARLY = "early"

Times = dict[str, list[float | str]]
"""Milliseconds of each save, or what went wrong, by contender."""


def measure(found: Sequence[Contender], scenario: Scenario, saves: int, compiled: Path) -> Times:
    """Let all contenders restart in turns."""
    with ExitStack() as stack:
        subjects = []
        for contender in found:
            place = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
            subject = Subject(contender, place, scenario, compiled)
            stack.callback(subject.close)
            subjects.append(subject)
        ready = [subject for subject in subjects if subject.warm_up()]
        times: Times = {subject.name: [] for subject in subjects}
        for turn in range(saves):
            for subject in in_turns(ready, turn):
                times[subject.name].append(subject.restart())
    return times


def taking_part(found: Iterable[Contender], kind: Kind) -> list[Contender]:
    """Return the contenders of a table, in its order."""
    by_name = {contender.name: contender for contender in found}
    return [by_name[name] for name in kind.contenders if name in by_name]


# What is told


class Figure(NamedTuple):
    """What was measured of one contender in one scenario, in milliseconds.

    Args:
        times: of the saves that were seen, if any was.
        above: the differences to the floor in the same round.
        wrong: how many saves led to no start, or to one while the old program was there.
    """

    times: Spread | None
    above: float
    wrong: dict[str, int]


Results = dict[tuple[str, str], dict[str, Figure]]
"""By the kind of program and the name of the scenario, and then by contender."""


def summarize(times: Times) -> dict[str, Figure]:
    """Return the figures of one scenario."""
    figures = {}
    for name, each in times.items():
        seen = [value for value in each if not isinstance(value, str)]
        above = [
            value - low
            for value, low in zip(each, times[FLOOR], strict=bool(each))
            if not isinstance(value, str) and not isinstance(low, str)
        ]
        wrong = Counter(value for value in each if isinstance(value, str))
        spread = Spread.of(seen) if above else None
        figures[name] = Figure(spread, statistics.median(above or [0.0]), dict(wrong))
    return figures


def cell(figure: Figure | None) -> str:
    """Return in a few signs how fast one contender was."""
    if figure is None:
        return ""
    signs = [f"{count} {what}" for what, count in figure.wrong.items()]
    if figure.times is not None:
        above = f"{'-' if figure.above < 0 else '+'}{number(abs(figure.above))}"
        signs = [figure.times.show("ms"), above, *signs]
    return ", ".join(signs) or "never restarts"


def verdicts(results: Results) -> str:
    """Return one line on each target, with the figure that decides."""
    lines = []
    for scenario in SCENARIOS:
        figures = results.get((scenario.kind.name, scenario.name), {})
        ours = figures.get("restarter")
        if scenario.kind is not KINDS[0] or ours is None or ours.times is None:
            continue
        allowed = ALLOWED[scenario.clean_up]
        met = "met" if ours.above <= allowed else "**not met**"
        peers = {
            each.times.median: name
            for name, each in figures.items()
            if each.times is not None and name not in (FLOOR, "restarter")
        }
        lines.append(
            f"- {scenario.name}: restarter may need {allowed:g} ms more than the floor and needs "
            f"{number(ours.above)}, {met}{_best_peer(ours.times.median, peers)}."
        )
    return "\n".join(lines)


def _best_peer(ours: float, peers: dict[float, str]) -> str:
    if not peers:
        return ""
    best = min(peers)
    return f"; {number(ours / best)} times the best other ({peers[best]})"


def as_text(before: str, found: Sequence[Contender], results: Results, saves: int) -> str:
    """Return the section of the page."""
    about = (__doc__ or "").partition("\n\n")[2].rpartition("\n\nRun it")[0]
    versions = {each.name.split()[0].rstrip(","): each.version for each in found if each.version}
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    kinds = (kind for kind in KINDS if any(kind.name in key for key in results))
    tables = "\n\n".join(_table(kind, results) for kind in kinds)
    return f"""\
## From a save to the new program

{about.format(PATIENCE=f"{PATIENCE:g}")}

{before}; {told}; {saves} saves a figure.

{verdicts(results)}

{tables}
"""


def _table(kind: Kind, results: Results) -> str:
    scenarios = [each for each in SCENARIOS if each.kind is kind]
    columns = [results.get((kind.name, each.name), {}) for each in scenarios]
    names = [name for name in kind.contenders if any(name in column for column in columns)]
    rows = ([name, *(cell(column.get(name)) for column in columns)] for name in names)
    return table([kind.name, *(each.name for each in scenarios)], rows)


def as_json(found: Sequence[Contender], results: Results, saves: int) -> str:
    """Return all of it for programs; times in milliseconds."""
    rows = [
        {"program": kind, "scenario": scenario, "contender": name}
        | {"times": each.times and each.times._asdict()}
        | {"above": each.above, "wrong": each.wrong}
        for (kind, scenario), figures in results.items()
        for name, each in figures.items()
    ]
    versions = {each.name: each.version for each in found}
    told = {"machine": machine(), "saves": saves, "versions": versions, "rows": rows}
    return json.dumps(told, indent=2)


def main() -> None:
    """Measure, and print tables or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--saves", type=int, default=SAVES, help=f"of each (default: {SAVES})")
    parser.add_argument("--rows", default="", help="only scenarios with one of these words: a,b")
    parser.add_argument("--only", default="", help="only these contenders and the floor: a,b")
    parser.add_argument("--peers", type=Path, help="a directory for what npm and pip install")
    options = parser.parse_args()
    before = machine_line()
    if shutil.which("cc") is None:
        parser.error("there is no C compiler `cc`; install one (Debian, Ubuntu: apt install gcc)")
    if options.peers:
        install(options.peers)
    saves = 2 if options.short else options.saves
    words = options.rows.split(",")
    only = {FLOOR, *options.only.split(",")} if options.only else set()
    results: Results = {}
    with tempfile.TemporaryDirectory() as directory:
        compiled = Path(directory)
        compile_programs(compiled)
        found = [
            each for each in respawners(options.peers, compiled) if not only or each.name in only
        ]
        for scenario in SCENARIOS:
            if any(word in f"{scenario.kind.name}, {scenario.name}" for word in words):
                times = measure(taking_part(found, scenario.kind), scenario, saves, compiled)
                results[scenario.kind.name, scenario.name] = summarize(times)
                tell(f"{scenario.kind.name}, {scenario.name}: done")
    text = as_text(before, found, results, saves)
    print(as_json(found, results, saves) if options.json else text)
    if options.document:
        write_section(options.document, "respawn", text)


if __name__ == "__main__":
    main()
