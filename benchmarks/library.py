"""What the low-level watcher costs, beside the native backend of watchfiles.

- Both have the same interface, are made and asked in the same process, and take turns.
- Arming is making a watcher on a project whose directories are mostly in node_modules, nothing
  ignored: it watches when the constructor returns.
- A change is a file that is written in place, from before it is opened until
  `watch(1600, 5, 0, None)` returns, which waits for 5 ms without a further change.
- Importing is timed in a new interpreter, after it has started.

Run it with `make bench`, or `python -m benchmarks.library --short`.
"""

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from watchfiles._rust_notify import RustNotify

from benchmarks.measuring import (
    Spread,
    clean_environment,
    in_turns,
    machine,
    machine_line,
    option_parser,
    ratios,
    table,
    tell,
    write_section,
)
from benchmarks.watching import (
    FILES_EACH,
    Figure,
    make_tree,
    milliseconds,
    project,
    temporary,
    write_somewhat,
)
from restarter.notify import Notify

MILLI = 1000.0
IMPORT_MILLISECONDS = 5.0

IMPORT = """
import time
begin = time.perf_counter()
import restarter
print(time.perf_counter() - begin)
"""


class Size(NamedTuple):
    """How much work is done.

    Args:
        directories: to arm.
        arms: rounds of arming.
        writes: that are timed.
        imports: rounds of importing.
    """

    directories: int
    arms: int
    writes: int
    imports: int


FULL = Size(10_000, 15, 100, 20)
SHORT = Size(500, 3, 5, 3)

Watcher = type[Notify] | type[RustNotify]
WATCHERS: Mapping[str, Watcher] = {"restarter": Notify, "watchfiles": RustNotify}


def open_watcher(watcher: Watcher, tree: Path) -> Notify | RustNotify:
    """Watch a tree with kernel events."""
    return watcher([str(tree)], False, False, 0, True, False)  # noqa: FBT003  the interface


def time_in_turns(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round that counts."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-1, rounds):  # the first round warms the caches
        for name in in_turns(list(ways), turn):
            gc.collect()
            seconds = ways[name]()
            if turn >= 0:
                times[name].append(seconds)
    return times


def arm(watcher: Watcher, tree: Path) -> float:
    """Return how long making a watcher takes."""
    begin = time.perf_counter()
    notify = open_watcher(watcher, tree)
    seconds = time.perf_counter() - begin
    notify.close()
    return seconds


def see(notify: Notify | RustNotify, path: Path) -> float:
    """Return how long it takes from a write until `watch` returns."""
    begin = write_somewhat(path)
    found = notify.watch(1600, 5, 0, None)
    seconds = time.perf_counter() - begin
    assert found == {(2, str(path))}, found  # noqa: S101  or else the time means nothing
    return seconds


def import_it() -> float:
    """Return how long importing takes in a new interpreter."""
    found = subprocess.run(
        [sys.executable, "-c", IMPORT],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(found.stdout)


def compared(work: str, times: Mapping[str, list[float]]) -> Figure:
    """Return a figure that is a ratio to watchfiles."""
    found = ratios(times["restarter"], times["watchfiles"])
    return Figure(
        work,
        "1 times watchfiles",
        f"{found.show('times')}, {milliseconds(times['restarter'])}",
        f"watchfiles {milliseconds(times['watchfiles'])}",
        found.median <= 1,
        {"seconds": times},
    )


def figures(size: Size) -> Iterator[Figure]:
    """Measure everything."""
    with temporary() as tree, ExitStack() as stack:
        make_tree(tree, project(size.directories), FILES_EACH)
        count = 1 + sum(each.is_dir() for each in tree.rglob("*"))
        ways = {name: partial(arm, each, tree) for name, each in WATCHERS.items()}
        yield compared(f"arm {count:,} directories", time_in_turns(ways, size.arms))
        seeing: dict[str, Callable[[], float]] = {}
        for name, each in WATCHERS.items():
            path = tree / name / "module.py"
            make_tree(tree, [name], 0)
            path.touch()
            notify = open_watcher(each, path.parent)
            stack.callback(notify.close)
            seeing[name] = partial(see, notify, path)
        times = time_in_turns(seeing, size.writes)
        yield compared("a write, until `watch(1600, 5, 0, None)` returns", times)
    imports = [import_it() * MILLI for _ in range(size.imports)]
    yield Figure(
        "`import restarter`",
        f"{IMPORT_MILLISECONDS:g} ms",
        Spread.of(imports).show("ms"),
        "",
        statistics.median(imports) <= IMPORT_MILLISECONDS,
        {"milliseconds": imports},
    )


def as_text(before: str, found: list[Figure]) -> str:
    """Return the section of the page."""
    about = (__doc__ or "").partition("\n\n")[2].rpartition("\n\nRun it")[0]
    met = {True: "yes", False: "**no**", None: ""}
    rows = (
        [each.work, each.target, each.restarter, met[each.is_met], each.others] for each in found
    )
    return f"""\
## What the library costs

{about}

{before}; watchfiles {version("watchfiles")}.

{table(["work", "at most", "restarter", "met", "others"], rows)}
"""


def main() -> None:
    """Measure, and print a table or JSON."""
    options = option_parser(__doc__).parse_args()
    if sys.platform != "linux":
        raise SystemExit("only on Linux do both use the same events")
    before, found = machine_line(), []
    for figure in figures(SHORT if options.short else FULL):
        found.append(figure)
        tell(f"{figure.work}: {figure.restarter} [{figure.target}; {figure.others}]")
    text = as_text(before, found)
    if options.json:
        rows = [each._asdict() for each in found]
        text = json.dumps({"machine": machine(), "figures": rows}, indent=2)
    print(text)
    if options.document:
        write_section(options.document, "library", as_text(before, found))


if __name__ == "__main__":
    main()
