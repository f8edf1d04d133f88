"""What watching costs: arming, kernel watches, memory, idling, polling, a checkout.

Where watchfiles and watchdog can do the same work they do it in the same run, in turns with
restarter. What they do not know, such as which directories are ignored, is no work of theirs, and
part of what is compared.

- Arming is measured inside one process, without the imports: restarter from its settings to
  `Armed`, watchfiles until the constructor of its watcher returns, watchdog until its observer has
  started. Both are done then.
- A save is a file written in place, from before it is opened until the event that it is complete
  is taken off the inbox; for watchfiles until its `watch` returns, with the steps of 50 ms that
  its command uses.
- Processor time is that of all threads of the process, not of the command that it runs.

Run it with `make bench`, or `python -m benchmarks.watching --rows arm,idle --short`.
"""

import gc
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from watchdog.events import EVENT_TYPE_CLOSED, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchfiles._rust_notify import RustNotify

from benchmarks.changes import Result, Scale, measure
from benchmarks.measuring import (
    Spread,
    accept_interrupts,
    clean_environment,
    cpu_seconds,
    find_restarter,
    find_script,
    in_turns,
    kernel_watches,
    machine,
    machine_line,
    number,
    option_parser,
    ratios,
    resident_bytes,
    table,
    tell,
    write_section,
)
from benchmarks.peers import contenders
from restarter.changes.ledger import Ledger
from restarter.clock import file_system_now_ns
from restarter.configuration.config import load
from restarter.configuration.settings import Settings
from restarter.events import Armed, DirtyPaths, Listed, Verified, Writing
from restarter.selection import Selection
from restarter.sources.inotify import InotifySource
from restarter.sources.polling import PollingSource
from restarter.sources.walk import walk
from tests.changes import ROWS as CHANGES
from tests.changes import replace_many

MILLI = 1000.0
MEGA = 1e6
FILES_EACH = 5
SETTLE_TIMEOUT = 120.0
SEEN_TIMEOUT = 20.0


class Size(NamedTuple):
    """How much work is done.

    Args:
        directories: to arm; four of five are in node_modules.
        rounds: of arming.
        saves: that are timed.
        files: of the large tree.
        polled_directories: with ten files each.
        idle: windows of so many seconds each that are idled through.
        looks: rounds of changes that polling is to see.
    """

    directories: int
    rounds: int
    saves: int
    files: int
    polled_directories: int
    idle: tuple[int, float]
    looks: int


FULL = Size(10_000, 15, 100, 100_000, 2_000, (6, 10.0), 10)
SHORT = Size(500, 3, 5, 2_000, 100, (2, 0.5), 2)


class Figure(NamedTuple):
    """One line of the table.

    Args:
        work: what was done.
        target: what is wanted; empty where the line only informs.
        restarter: what restarter did.
        others: what the others did.
        is_met: whether the target is; None where there is none.
        values: the numbers, for programs.
    """

    work: str
    target: str
    restarter: str
    others: str
    is_met: bool | None
    values: Mapping[str, object]


# Trees


def make_tree(root: Path, directories: Sequence[str], files: int) -> None:
    """Make directories with some small files each."""
    for directory in directories:
        path = root / directory
        path.mkdir(parents=True, exist_ok=True)
        for at in range(files):
            (path / f"module{at}.py").write_text(f"name = '{directory}'\nversion = {at}\n" * 4)


def project(directories: int) -> list[str]:
    """Return the directories of a project; four of five are in node_modules."""
    packages = directories // 5 // 21  # each is a directory with 20 others in it
    ours = [f"src/package{at}/part{part}" for at in range(packages) for part in range(20)]
    return [
        *ours,
        *(f"node_modules/group{group}-{each[4:]}" for group in range(4) for each in ours),
    ]


def settings(tree: Path, **given: object) -> Settings:
    """Return what restarter would do in a directory."""
    arguments = {"command": ["true"], "verbosity": 0, **given}
    return load(arguments, directory=str(tree), environ={}).settings


def selection(tree: Path, **given: object) -> Selection:
    """Return what restarter would watch in a directory."""
    return Selection(settings(tree, **given), environ={})


EVERYTHING = {"gitignore": False, "default_ignore": False}


# Arming


class Timed(NamedTuple):
    """What one measurement gave.

    Args:
        seconds: how long it took.
        watches: how many the kernel held at the end.
    """

    seconds: float
    watches: int = 0


def arm_source(tree: Path, **given: object) -> Timed:
    """Watch until a source is armed."""
    armed = threading.Event()

    def put(event: object) -> None:
        if isinstance(event, Armed):
            armed.set()

    begin = time.perf_counter()
    selects = selection(tree, **given)
    source = InotifySource(selects.roots, selects, put)
    source.start()
    armed.wait()
    seconds = time.perf_counter() - begin
    watches = kernel_watches(os.getpid())
    source.close()
    return Timed(seconds, watches)


def arm_with_ledger(tree: Path) -> Timed:
    """Watch until a ledger has taken everything, as the session does beside it."""
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    begin = time.perf_counter()
    selects, ledger = selection(tree), Ledger(file_system_now_ns() + 10**15)
    source = InotifySource(selects.roots, selects, inbox.put)
    source.start()
    while not isinstance(event := inbox.get(), Verified):
        if isinstance(event, Listed):
            ledger.take(event)
    seconds = time.perf_counter() - begin
    watches = kernel_watches(os.getpid())
    source.close()
    return Timed(seconds, watches)


def arm_watchfiles(tree: Path) -> Timed:
    """Watch until watchfiles has all watches."""
    begin = time.perf_counter()
    notify = RustNotify([str(tree)], False, False, 30, True, False)  # noqa: FBT003
    seconds = time.perf_counter() - begin
    watches = kernel_watches(os.getpid())
    notify.close()
    return Timed(seconds, watches)


def arm_watchdog(tree: Path) -> Timed:
    """Watch until watchdog has all watches."""
    begin = time.perf_counter()
    observer = Observer()
    observer.schedule(FileSystemEventHandler(), str(tree), recursive=True)
    observer.start()
    seconds = time.perf_counter() - begin
    watches = kernel_watches(os.getpid())
    observer.stop()
    observer.join()
    return Timed(seconds, watches)


def arm(size: Size) -> Iterator[Figure]:
    """Watch a project with a large node_modules."""
    with temporary() as place:
        tree = place / "tree"
        make_tree(tree, project(size.directories), FILES_EACH)
        (tree / ".gitignore").write_text("node_modules/\n*.log\n/dist/\n")
        every = [Path(each) for each, _, _ in os.walk(tree)]
        mattering = sum("node_modules" not in each.parts for each in every)
        ways: dict[str, Callable[[], Timed]] = {
            "restarter": lambda: arm_source(tree),
            "with ledger": lambda: arm_with_ledger(tree),
            "everything": lambda: arm_source(tree, **EVERYTHING),
            "watchfiles": lambda: arm_watchfiles(tree),
            "watchdog": lambda: arm_watchdog(tree),
        }
        times, watches = time_in_turns(ways, size.rounds)
    work = f"arm {len(every):,} directories, {len(every) - mattering:,} of them in node_modules"
    yield compared(work, times, "restarter", at_most=0.2)
    yield compared("the same, until the ledger has taken it", times, "with ledger")
    yield compared("arm the same with nothing ignored", times, "everything", at_most=1.0)
    yield Figure(
        "kernel watches on that tree",
        "only what matters",
        f"{watches['restarter']:,} for {mattering:,} directories",
        f"watchfiles {watches['watchfiles']:,}, watchdog {watches['watchdog']:,}",
        watches["restarter"] <= mattering + len(tree.parents),  # what is above the root goes too
        watches | {"mattering": mattering},
    )


def time_in_turns(
    ways: Mapping[str, Callable[[], Timed]], rounds: int
) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return the seconds of each round that counts, and the watches of the last."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    watches: dict[str, int] = {}
    for turn in range(-1, rounds):  # the first round warms the caches
        for name in in_turns(list(ways), turn):
            gc.collect()
            took = ways[name]()
            watches[name] = took.watches
            if turn >= 0:
                times[name].append(took.seconds)
    return times, watches


def compared(
    work: str, times: Mapping[str, list[float]], name: str, at_most: float | None = None
) -> Figure:
    """Return a figure that is a ratio to watchfiles."""
    found = ratios(times[name], times["watchfiles"])
    others = ratios(times["watchdog"], times["watchfiles"])
    return Figure(
        work,
        "" if at_most is None else f"{at_most:g} times watchfiles",
        f"{found.show('times')}, {milliseconds(times[name])}",
        f"watchfiles {milliseconds(times['watchfiles'])}, watchdog {others.show('times')}",
        None if at_most is None else found.median <= at_most,
        {"seconds": {each: times[each] for each in (name, "watchfiles", "watchdog")}},
    )


def milliseconds(seconds: Sequence[float]) -> str:
    """Return a spread of times for people."""
    return Spread.of([each * MILLI for each in seconds]).show("ms")


# A save


def save(size: Size) -> Iterator[Figure]:
    """Time from a save to the event."""
    directories = [f"package{at}" for at in range(50)]
    with temporary() as place, ExitStack() as stack:
        for name in ("restarter", "watchfiles", "watchdog"):
            make_tree(place / name, directories, FILES_EACH)
        ways = {
            "restarter": stack.enter_context(saving_restarter(place / "restarter")),
            "watchfiles": stack.enter_context(saving_watchfiles(place / "watchfiles")),
            "watchdog": stack.enter_context(saving_watchdog(place / "watchdog")),
        }
        times, _ = time_in_turns(ways, size.saves)
    found = Spread.of([each * MILLI for each in times["restarter"]])
    yield Figure(
        "a save, until it is on the inbox",
        "1 ms",
        found.show("ms"),
        f"watchfiles {milliseconds(times['watchfiles'])}, "
        f"watchdog {milliseconds(times['watchdog'])}",
        found.median <= 1,
        {"seconds": times},
    )


@contextmanager
def saving_restarter(tree: Path) -> Iterator[Callable[[], Timed]]:
    """Yield what times one save as restarter's source tells of it."""
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    selects = selection(tree)
    source = InotifySource(selects.roots, selects, inbox.put)
    source.start()
    while not isinstance(inbox.get(timeout=SETTLE_TIMEOUT), Armed):
        pass
    path = tree / "package7" / "module1.py"
    done = DirtyPaths((str(path),), Writing.DONE)

    def one() -> Timed:
        begin = write_somewhat(path)
        while inbox.get(timeout=SEEN_TIMEOUT) != done:
            pass
        return Timed(time.perf_counter() - begin)

    yield one
    source.close()


@contextmanager
def saving_watchfiles(tree: Path) -> Iterator[Callable[[], Timed]]:
    """Yield what times one save as watchfiles tells of it."""
    notify = RustNotify([str(tree)], False, False, 30, True, False)  # noqa: FBT003
    path = tree / "package7" / "module1.py"

    def one() -> Timed:
        begin = write_somewhat(path)
        while not isinstance(notify.watch(1600, 50, 5000, None), set):
            pass
        return Timed(time.perf_counter() - begin)

    yield one
    notify.close()


@contextmanager
def saving_watchdog(tree: Path) -> Iterator[Callable[[], Timed]]:
    """Yield what times one save as watchdog tells of it."""
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type == EVENT_TYPE_CLOSED:
                inbox.put(event)

    observer = Observer()
    observer.schedule(Handler(), str(tree), recursive=True)
    observer.start()
    path = tree / "package7" / "module1.py"

    def one() -> Timed:
        begin = write_somewhat(path)
        inbox.get(timeout=SEEN_TIMEOUT)
        return Timed(time.perf_counter() - begin)

    yield one
    observer.stop()
    observer.join()


def timed(change: Callable[[], object]) -> float:
    """Change something, and return when that began."""
    begin = time.perf_counter()
    change()
    return begin


def write_somewhat(path: Path) -> float:
    """Write in place after a moment of quiet, and return when that began."""
    time.sleep(0.02)
    begin = time.perf_counter()
    path.write_text(f"version = {time.time_ns()}\n")
    return begin


# Many files


def large(size: Size) -> Iterator[Figure]:
    """What a large tree takes: the memory of the ledger, and idling."""
    with temporary() as place:
        tree = place / "tree"
        make_tree(tree, [f"package{at}" for at in range(size.files // 40)], 40)
        yield ledger_memory(tree, size)
        yield from idle(tree, size)


def ledger_memory(tree: Path, size: Size) -> Figure:
    """Take everything into a ledger, in fresh processes."""
    found = [json.loads(run_measurement("ledger", tree)) for _ in range(1 + 2 * (size is FULL))]
    growth = [each["bytes"] / MEGA for each in found]
    files, known = found[0]["files"], found[0]["known"]
    return Figure(
        f"ledger of {files:,} files, {known:,} of them known by content: resident memory",
        "40 MB",
        Spread.of(growth).show("MB"),
        "",
        statistics.median(growth) <= 40,  # noqa: PLR2004
        {"megabytes": growth, "files": files, "known": known},
    )


def run_measurement(name: str, tree: Path) -> str:
    """Measure something in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.watching", "--inside", name, str(tree)]
    root = Path(__file__).parents[1]
    return subprocess.run(
        words, cwd=root, env=clean_environment(), check=True, capture_output=True, text=True
    ).stdout


def measure_ledger(tree: Path) -> None:
    """Print by how much the resident memory grows with a ledger of a tree."""
    selects = selection(tree)
    for _ in walk(str(tree), selects, baseline=True):  # what the selection keeps is not meant
        pass
    ledger = Ledger(file_system_now_ns() + 10**15)
    gc.collect()
    before = resident_bytes(os.getpid())
    for listing in walk(str(tree), selects, baseline=True):
        ledger.take(listing)
    while ledger.has_unread():
        ledger.read_ahead(1.0)
    gc.collect()
    grown = resident_bytes(os.getpid()) - before
    print(json.dumps({"bytes": grown, "files": len(ledger), "known": ledger.read_files}))


# Idling


class Idler(NamedTuple):
    """A process that has nothing to do.

    Args:
        name: for people.
        arguments: what starts it.
        tree: where.
        ready: what it says on stderr when it is ready; empty if it does not say so.
    """

    name: str
    arguments: list[str]
    tree: Path
    ready: str


def idle(tree: Path, size: Size) -> Iterator[Figure]:
    """Let whole processes idle at the same time, with kernel events and with polling."""
    restarter = find_restarter()
    assert restarter is not None  # noqa: S101
    with temporary() as place:
        polled = place / "polled"
        make_tree(polled, [f"package{at}" for at in range(size.polled_directories)], 10)
        idlers = [
            Idler("restarter", [*restarter, "-v", "--", "sleep", "1000"], tree, "by content"),
            Idler(
                "polling", [*restarter, "-v", "--poll", "--", "sleep", "1000"], polled, "by content"
            ),
        ]
        if watchfiles := find_script("watchfiles"):
            idlers.append(Idler("watchfiles", [watchfiles, "sleep 1000", "."], tree, ""))
        if watchmedo := find_script("watchmedo"):
            words = [watchmedo, "auto-restart", "-d", ".", "-R", "--", "sleep", "1000"]
            idlers.append(Idler("watchmedo", words, tree, ""))
        shares, memory = idle_together(idlers, place, size)
    percent = {name: Spread.of([each * 100 for each in shares[name]]) for name in shares}
    means = {name: statistics.mean(shares[name]) * 100 for name in shares}
    seconds = f"{size.idle[0] * size.idle[1]:g} s"
    others = ", ".join(f"{each} {percent[each].show('%')}" for each in shares if "watch" in each)
    yield Figure(
        f"idle for {seconds}, {size.files:,} files, kernel events: processor",
        "0.1 %",
        percent["restarter"].show("%"),
        others,
        means["restarter"] <= 0.1,  # noqa: PLR2004
        {"shares": {each: shares[each] for each in shares if each != "polling"}},
    )
    others = ", ".join(f"{each} {number(memory[each])} MB" for each in memory if "watch" in each)
    shown = f"{number(memory['restarter'])} MB"
    yield Figure("resident memory of these processes", "", shown, others, None, memory)
    yield Figure(
        f"polling {size.polled_directories * 10:,} files in {size.polled_directories:,} "
        f"directories for {seconds}: processor",
        "2 %",
        percent["polling"].show("%"),
        "",
        means["polling"] <= 2,  # noqa: PLR2004
        {"shares": shares["polling"]},
    )


def idle_together(
    idlers: Sequence[Idler], place: Path, size: Size
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the share of a processor in each window of time, and megabytes at the end."""
    count, seconds = size.idle
    with ExitStack() as stack:
        pids = {each.name: stack.enter_context(running(each, place)).pid for each in idlers}
        time.sleep(3 * seconds / 10)
        shares: dict[str, list[float]] = {name: [] for name in pids}
        for _ in range(count):
            begin, before = time.monotonic(), {name: cpu_seconds(pid) for name, pid in pids.items()}
            time.sleep(seconds)
            lasted = time.monotonic() - begin
            for name, pid in pids.items():
                shares[name].append((cpu_seconds(pid) - before[name]) / lasted)
        return shares, {name: resident_bytes(pid) / MEGA for name, pid in pids.items()}


@contextmanager
def running(idler: Idler, place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process, and wait until it is ready."""
    said = place / f"{idler.name}.log"
    with said.open("wb") as output:
        process = subprocess.Popen(
            idler.arguments,
            cwd=idler.tree,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + SETTLE_TIMEOUT
        while idler.ready not in said.read_text(errors="replace"):
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit(f"{idler.name} was not ready: {said.read_text(errors='replace')}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


# What polling sees


class Sightings:
    """When a source told of a path, or of the directory that holds it."""

    def __init__(self) -> None:
        self._at: dict[str, list[float]] = {}
        self._news = threading.Condition()
        self.is_armed = threading.Event()

    def put(self, event: object) -> None:
        """Take note of an event."""
        now = time.perf_counter()
        paths: tuple[str, ...] = ()
        if isinstance(event, DirtyPaths):
            paths = event.paths
        elif isinstance(event, Listed):
            paths = (event.directory,)
        elif isinstance(event, Armed):
            self.is_armed.set()
        with self._news:
            for path in paths:
                self._at.setdefault(path, []).append(now)
            self._news.notify_all()

    def delay(self, path: Path, begin: float) -> float:
        """Wait for a path that was changed at `begin`; infinite if nothing tells of it."""
        with self._news:
            self._news.wait_for(lambda: self._seen(path, begin), SEEN_TIMEOUT)
            return min(self._seen(path, begin), default=float("inf")) - begin

    def _seen(self, path: Path, begin: float) -> list[float]:
        times = (*self._at.get(str(path), ()), *self._at.get(str(path.parent), ()))
        return [each for each in times if each >= begin]


def look(size: Size) -> Iterator[Figure]:
    """Time how long polling takes to see each kind of change, at random moments."""
    delays: dict[str, list[float]] = {"recent": [], "structure": [], "other": []}
    with temporary() as place:
        tree, sightings = place / "tree", Sightings()
        make_tree(tree, [f"package{at}" for at in range(size.polled_directories)], 10)
        given = settings(tree, poll=True)
        selects = Selection(given, environ={})
        source = PollingSource(selects.roots, selects, sightings.put, interval=given.poll_interval)
        source.start()
        sightings.is_armed.wait(SETTLE_TIMEOUT)
        recent = tree / "package1" / "module1.py"
        sightings.delay(recent, write_somewhat(recent))
        moments = random.Random(7)  # noqa: S311
        for turn in range(size.looks):
            time.sleep(moments.uniform(0.3, 1.5))
            # The last ones made count as recently changed.
            chosen = moments.sample(range(2, size.polled_directories - 10), 4)
            renamed, beside, gone, other = (tree / f"package{at}" / "module1.py" for at in chosen)
            new, fresh = beside.with_name(f"new{turn}.py"), place / "fresh.py"
            fresh.write_text("version = 0\n")
            begun = {
                recent: write_somewhat(recent),
                other: write_somewhat(other),
                renamed: timed(partial(fresh.rename, renamed)),
                new: timed(partial(new.write_text, "version = 0\n")),
                gone: timed(gone.unlink),
            }
            found = {path: sightings.delay(path, at) for path, at in begun.items()}
            delays["recent"].append(found[recent])
            delays["structure"] += [found[renamed], found[new], found[gone]]
            delays["other"].append(found[other])
        source.close()
    for name, work, seconds in (
        ("recent", "polling sees: a file that was edited before", 0.2),
        ("structure", "polling sees: a save by rename, a new or a deleted file", 1.0),
        ("other", "polling sees: any other file written in place", 3.0),
    ):
        spread = Spread.of(delays[name])
        yield Figure(
            work,
            f"{seconds:g} s",
            spread.show("s"),
            "",
            spread.highest <= seconds,
            {"seconds": delays[name]},
        )


# A checkout


def checkout(size: Size) -> Iterator[Figure]:
    """Replace many files while whole restarters watch."""
    row = next(each for each in CHANGES if each.change is replace_many)
    scale = Scale(5, 2000) if size is FULL else Scale(1, 200, 0.3, 1.0)
    found = contenders(None, only=("restarter", "watchfiles"))
    results = measure(row, found, scale)
    shown = {name: told(result) for name, result in results.items()}
    ours = results["restarter"].outcomes
    yield Figure(
        f"{scale.files:,} files replaced by rename in {scale.seconds / 2:g} s",
        "1 restart, within 200 ms",
        shown.pop("restarter"),
        ", ".join(f"{name} {words}" for name, words in shown.items()),
        all(each.restarts == 1 and (each.delay or 1.0) <= 0.2 for each in ours),  # noqa: PLR2004
        {name: [each._asdict() for each in results[name].outcomes] for name in results},
    )


def told(result: Result) -> str:
    """Return for people what a whole restarter made of many files."""
    restarts = Spread.of([each.restarts for each in result.outcomes])
    delays = [each.delay for each in result.outcomes if each.delay is not None]
    lasted = Spread.of([each.lasted for each in result.outcomes])
    after = f"{milliseconds(delays)} after the last write" if delays else "never seen"
    ended = "; it died of it" if result.has_ended else ""
    return f"restarts: {restarts.show()}, {after}; written in {lasted.show('s')}{ended}"


# What is told

ROWS: Mapping[str, Callable[[Size], Iterator[Figure]]] = {
    "arm": arm,
    "save": save,
    "large": large,
    "look": look,
    "checkout": checkout,
}


@contextmanager
def temporary() -> Iterator[Path]:
    """Yield an empty directory without symbolic links in its path."""
    with tempfile.TemporaryDirectory() as place:
        yield Path(place).resolve()


def main() -> None:
    """Measure, and print a table or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--rows", default="", help=f"only these: {','.join(ROWS)}")
    parser.add_argument("--peers", type=Path, help="not needed here; as for the other benchmarks")
    parser.add_argument("--inside", nargs=2, metavar=("WHAT", "TREE"), help="for its own use")
    options = parser.parse_args()
    if sys.platform != "linux":
        raise SystemExit("only Linux tells what is measured here")
    if options.inside:
        measure_ledger(Path(options.inside[1]))
        return
    before, figures = machine_line(), []
    for name, row in ROWS.items():
        if any(word in name for word in options.rows.split(",")):
            for figure in row(SHORT if options.short else FULL):
                figures.append(figure)
                tell(f"{figure.work}: {figure.restarter} [{figure.target}; {figure.others}]")
    text = as_text(before, figures)
    print(as_json(figures) if options.json else text)
    if options.document:
        write_section(options.document, "watching", text)


def as_text(before: str, figures: Sequence[Figure]) -> str:
    """Return the section of the page."""
    about = (__doc__ or "").partition("\n\n")[2].rpartition("\n\nRun it")[0]
    met = {True: "yes", False: "**no**", None: ""}
    rows = (
        [each.work, each.target, each.restarter, met[each.is_met], each.others] for each in figures
    )
    peers = ", ".join(f"{name} {version(name)}" for name in ("watchfiles", "watchdog"))
    return f"""\
## What watching costs

{about}

{before}; {peers}.

{table(["work", "at most", "restarter", "met", "others"], rows)}
"""


def as_json(figures: Sequence[Figure]) -> str:
    """Return all of it for programs."""
    rows: list[dict[str, Any]] = [each._asdict() for each in figures]
    return json.dumps({"machine": machine(), "figures": rows}, indent=2)


if __name__ == "__main__":
    main()
