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

Run it with `make bench`, or `python -m benchmarks.launch --runs 100 --json`.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from io import FileIO
from typing import NamedTuple

from benchmarks.measuring import (
    Spread,
    accept_interrupts,
    clean_environment,
    find_restarter,
    find_script,
    in_turns,
    machine,
    machine_line,
    option_parser,
    ratios,
    table,
    tell,
    write_section,
)

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
    times: Spread
    ratio: Spread


def main() -> None:
    """Measure, and print a table or JSON."""
    accept_interrupts()
    parser = option_parser(__doc__)
    parser.add_argument("--runs", type=int, default=30, help="rounds that count (default: 30)")
    options = parser.parse_args()
    runs = 2 if options.short else options.runs
    before = machine_line()
    contenders = list(installed_contenders())
    with tempfile.TemporaryDirectory() as directory:
        samples = measure_in_turns(contenders, runs, directory)
    figures = list(summarize(samples))
    text = as_text(before, figures, runs)
    print(as_json(figures, runs) if options.json else text)
    if options.document:
        write_section(options.document, "launch", text)


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


def measure_in_turns(
    contenders: list[Contender], runs: int, directory: str
) -> dict[str, list[float]]:
    """Milliseconds of each contender in each round that counts."""
    contenders = [contender for contender in contenders if is_working(contender, directory)]
    samples: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for turn in range(runs):
        for contender in in_turns(contenders, turn):
            samples[contender.name].append(measure(contender, directory))
    return samples


def is_working(contender: Contender, directory: str) -> bool:
    """Whether it starts its command, which warms the caches too; says why if it does not."""
    try:
        measure(contender, directory)
    except NothingStartedError as error:
        tell(f"{contender.name} is left out: {error}")
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
    """Return one figure for each contender, in the order in which they were named."""
    base = next(iter(samples.values()))
    for name, times in samples.items():
        yield Figure(name, Spread.of(times), ratios(times, base))


def as_text(before: str, figures: list[Figure], runs: int) -> str:
    """Return the section of the page."""
    about = (__doc__ or "").partition("\n\n")[2].rpartition("\n\nRun it")[0]
    peers = ", ".join(f"{name} {version(name)}" for name in ("restarter", "watchfiles", "watchdog"))
    rows = ([each.name, each.ratio.show(), each.times.show("ms")] for each in figures)
    return f"""\
## Until the command runs

{about}

{before}; {peers}; {runs} rounds.

{table(["", "times a bare Python", "time"], rows)}
"""


def as_json(figures: list[Figure], runs: int) -> str:
    """Return the same for programs; times in milliseconds."""
    rows = [
        {"name": each.name, "times": each.times._asdict(), "ratio": each.ratio._asdict()}
        for each in figures
    ]
    return json.dumps({"runs": runs, "machine": machine(), "figures": rows}, indent=2)


if __name__ == "__main__":
    main()
