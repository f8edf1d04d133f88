"""What the benchmarks share: options, medians and spreads, what a process costs, the document."""

import argparse
import importlib.util
import os
import platform
import re
import signal
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")

INTRODUCTION = """\
# Performance

This page is written by `make bench`: figures and versions are those of its last run. No test
judges a time, because one that is true on this machine is wrong on the next; how often a change
restarts, what the new run sees and what is left of the old one is a matter of right and wrong, and
`tests/test_changes.py` and `tests/test_survivors.py` hold it.

- All sides of a comparison run in the same run on the same machine and take turns, in an order
  that moves on by one each round; so what slows the machine down slows all of them.
- A figure is the median of its rounds, with the lowest and the highest in brackets. A ratio is
  the median of the ratios of each round, not the ratio of two medians.
- The ratios travel; milliseconds and megabytes belong to the machine that is named with them.
- All files are in the system's cache: this is a second start of the day, not the first.

`make bench PEERS=DIRECTORY` installs nodemon, onchange, tsx and hupper in that directory, to
compare with them as well; node, entr and reflex are looked for in `PATH`. Whatever is missing is
left out and named.

![Medians of restarter and others, as bars](performance.svg)
"""

SECTIONS = ("respawn", "launch", "watching", "changes", "faults", "library", "servers")

CLEANED = (
    "RESTARTER_",
    "WATCHFILES_",
    "GIT_",
    "XDG_",
    "NODE_OPTIONS",
    "NODEMON",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
)

HUNDRED = 100
TEN = 10


# Figures


class Spread(NamedTuple):
    """What came out of several rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Return the median, the lowest and the highest value."""
        return cls(statistics.median(values), min(values), max(values))

    def show(self, unit: str = "") -> str:
        """Return it for people: `1.2 ms (1.1 to 1.4)`."""
        median, lowest, highest = map(number, self)
        range_ = "" if lowest == highest else f" ({lowest} to {highest})"
        return f"{median} {unit}".rstrip() + range_


def number(value: float) -> str:
    """Return two or three figures of a number, which is more than it deserves.

    >>> number(1234.5), number(12.34), number(0.01234), number(3)
    ('1,234', '12.3', '0.012', '3')
    """
    if value == int(value) or value >= HUNDRED:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= TEN else f"{value:.2g}"


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return the spread of the ratios of each round."""
    return Spread.of([our / their for our, their in zip(ours, theirs, strict=True)])


def in_turns(items: Sequence[T], turn: int) -> list[T]:
    """Return the items in the order of this turn: each is the first one now and then."""
    first = turn % len(items) if items else 0
    return [*items[first:], *items[:first]]


# What is measured


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without what would configure one of the contenders."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(CLEANED)}
    return kept | dict(extra or {})


def find_restarter() -> list[str] | None:
    """Return the console script, or else the module."""
    if script := find_script("restarter"):
        return [script]
    if importlib.util.find_spec("restarter"):
        return [sys.executable, "-m", "restarter"]
    return None


def find_script(name: str) -> str | None:
    """Return the console script of this environment, not one of that name elsewhere on PATH."""
    script = Path(sys.executable).parent / name
    return str(script) if os.access(script, os.X_OK) else None


def cpu_seconds(pid: int) -> float:
    """Return the processor time that the threads of a process have had (Linux).

    /proc/PID/task/TID/schedstat counts nanoseconds, /proc/PID/stat only hundredths of a second.
    """
    stats = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e9


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def kernel_watches(pid: int) -> int:
    """Return how many inotify watches a process holds (Linux, proc_pid_fdinfo(5))."""
    return sum(info.count("inotify wd:") for info in descriptors(pid))


def descriptors(pid: int) -> Iterator[str]:
    """Yield what the kernel tells of each descriptor of a process (Linux, proc_pid_fdinfo(5))."""
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            yield info.read_text()
        except FileNotFoundError:  # closed meanwhile
            continue


# What is told


def accept_interrupts() -> None:
    """Let SIGINT end what is started from here on, as it does in a terminal.

    A script starts `make bench &` with SIGINT ignored, and that would be inherited: some
    contenders stop their command with SIGINT.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def option_parser(about: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="only show that it works")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--document", type=Path, help="write the tables into this page too")
    return parser


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    release = re.match(r"[\d.]*\d", platform.release())
    return {
        "system": f"{platform.system()} {release[0] if release else ''}".rstrip(),
        "processor": platform.machine(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def machine_line() -> str:
    """Return the same for people."""
    found = machine()
    return (
        f"{found['system']}, {found['processor']}, {found['processors']} processors "
        f"(load before: {found['load']}), Python {found['python']}"
    )


def tell(line: str) -> None:
    """Tell what goes on; standard output is for figures."""
    print(line, file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns aligned."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(_table_line(line, widths) for line in lines)


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def write_section(document: Path, name: str, text: str) -> None:
    """Replace one section of the page; the introduction is always written anew."""
    sections = {each: read_section(document, each) for each in SECTIONS} | {name: text.strip()}
    parts = (f"{_mark(each)}\n{found}\n{_mark(each, 'end')}" for each, found in sections.items())
    document.write_text("\n".join([INTRODUCTION, "\n\n".join(parts), ""]), encoding="utf-8")


def read_section(document: Path, name: str) -> str:
    """Return one section of the page; empty if there is none."""
    page = document.read_text(encoding="utf-8") if document.exists() else ""
    return page.partition(_mark(name))[2].partition(_mark(name, "end"))[0].strip()


def _mark(name: str, which: str = "begin") -> str:
    return f"<!-- {name}: {which} -->"
