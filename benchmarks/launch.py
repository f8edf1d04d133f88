"""How long it takes until a command runs: restarter beside what else starts it.

Each figure is the time from just before a process is started (`subprocess.Popen`) to the first
byte on its standard output, which is a pipe. What writes that byte is

- for restarter and the other restarters: the command that they start, `echo started`. Nothing is
  subtracted, so the figure has the start of the interpreter, the imports, the arguments and
  configuration, and the start of `echo` in it.
- for the two yardsticks: Python itself, with `os.write`, as soon as it has started and as soon as
  it has imported click. `os` is loaded at each start of Python, so this costs nothing.

All run in one empty directory, without a terminal and without configuration. They take turns, in an
order that moves on by one each round, so that a machine that slows down slows all of them; the
first round warms the caches and does not count. The median of the rounds is shown, and its ratio
to a bare Python. Whatever is not installed is left out. Nothing is judged here.

Run it with `make bench`, or `python benchmarks/launch.py --runs 100 --json`.
"""

import argparse
import importlib.util
import json
import os
import platform
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import NamedTuple

COMMAND = "echo started"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 5.0


class Contender(NamedTuple):
    """Something whose launch is measured."""

    name: str
    arguments: list[str]


class NothingStartedError(Exception):
    """A contender did not start its command."""


class Figure(NamedTuple):
    """What was measured; times in milliseconds, the ratio is to the first contender."""

    name: str
    median: float
    fastest: float
    slowest: float
    ratio: float


def main() -> None:
    """Measure, and print a table or JSON."""
    options = parse_arguments()
    contenders = list(installed_contenders())
    with tempfile.TemporaryDirectory() as directory:
        samples = measure_in_turns(contenders, options.runs, directory)
    figures = list(summarize(samples))
    print(as_json(figures, options.runs) if options.json else as_table(figures, options.runs))


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=30, help="rounds that count (default: 30)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser.parse_args()


def installed_contenders() -> Iterator[Contender]:
    """The yardsticks, and each restarter that is installed beside this Python."""
    python = sys.executable
    yield Contender("python -c pass", [python, "-c", "import os; os.write(1, b'x')"])
    yield Contender("import click", [python, "-c", "import click, os; os.write(1, b'x')"])
    if restarter := find_restarter():
        yield Contender("restarter", [*restarter, "--", *COMMAND.split()])
    if watchfiles := find_script("watchfiles"):
        yield Contender("watchfiles", [watchfiles, COMMAND, "."])
    if watchmedo := find_script("watchmedo"):
        yield Contender("watchmedo", [watchmedo, "auto-restart", "--", *COMMAND.split()])


def find_restarter() -> list[str] | None:
    """The console script, or else the module."""
    if script := find_script("restarter"):
        return [script]
    if importlib.util.find_spec("restarter"):
        return [sys.executable, "-m", "restarter"]
    return None


def find_script(name: str) -> str | None:
    """The console script of this environment, not one of that name elsewhere on PATH."""
    script = Path(sys.executable).parent / name
    return str(script) if os.access(script, os.X_OK) else None


def measure_in_turns(
    contenders: list[Contender], runs: int, directory: str
) -> dict[str, list[float]]:
    """Milliseconds of each contender in each round that counts."""
    contenders = [contender for contender in contenders if is_working(contender, directory)]
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(runs):
        first = turn % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            samples[contender.name].append(measure(contender, directory))
    return samples


def is_working(contender: Contender, directory: str) -> bool:
    """Whether it starts its command, which warms the caches too; says why if it does not."""
    try:
        measure(contender, directory)
    except NothingStartedError as error:
        print(f"{contender.name} is left out: {error}", file=sys.stderr)
        return False
    return True


def measure(contender: Contender, directory: str) -> float:
    """Milliseconds from a start to the first byte; the process has ended when this returns.

    Raises:
        NothingStartedError: there was no byte within START_TIMEOUT seconds.
    """
    read_end, write_end = os.pipe()
    with open(read_end, "rb", buffering=0) as output, tempfile.TemporaryFile() as complaints:
        begin = time.perf_counter()
        process = subprocess.Popen(
            contender.arguments,
            cwd=directory,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=write_end,
            stderr=complaints,
            start_new_session=True,
        )
        os.close(write_end)
        first_byte = read_byte(output, START_TIMEOUT)
        seconds = time.perf_counter() - begin
        stop(process, output)
        if not first_byte:
            complaints.seek(0)
            words = complaints.read().decode(errors="replace").strip()
            raise NothingStartedError(words.rpartition("\n")[2] or "it wrote nothing")
    return seconds * 1000


def clean_environment() -> dict[str, str]:
    """The environment without what would configure one of the contenders."""
    prefixes = ("RESTARTER_", "WATCHFILES_", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}


def read_byte(output: FileIO, timeout: float) -> bytes:
    """The next byte; empty at the end of the stream and after `timeout` seconds."""
    readable, _, _ = select.select([output], [], [], timeout)
    return output.read(1) if readable else b""


def stop(process: subprocess.Popen[bytes], output: FileIO) -> None:
    """End the process and wait until nothing that it started holds its output any more."""
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    while read_byte(output, STOP_TIMEOUT):
        pass


def summarize(samples: dict[str, list[float]]) -> Iterator[Figure]:
    """One figure for each contender, in the order in which they were named."""
    medians = {name: statistics.median(times) for name, times in samples.items()}
    base = next(iter(medians.values()))
    for name, times in samples.items():
        yield Figure(name, medians[name], min(times), max(times), medians[name] / base)


def as_table(figures: list[Figure], runs: int) -> str:
    """Columns for people."""
    lines = [f"{'':16}{'median':>10}{'fastest':>10}{'slowest':>10}{'ratio':>8}"]
    lines += [
        f"{name:16}{median:>7.1f} ms{fastest:>7.1f} ms{slowest:>7.1f} ms{ratio:>7.2f}x"
        for name, median, fastest, slowest, ratio in figures
    ]
    return "\n".join([*lines, f"{runs} rounds, {platform.platform()}, {os.cpu_count()} processors"])


def as_json(figures: list[Figure], runs: int) -> str:
    """The same for programs; times in milliseconds."""
    machine = {"platform": platform.platform(), "processors": os.cpu_count()}
    python = platform.python_version()
    rows = [figure._asdict() for figure in figures]
    return json.dumps({"runs": runs, "python": python, **machine, "figures": rows}, indent=2)


if __name__ == "__main__":
    main()
