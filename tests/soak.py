"""Restarts as fast as they go, with saves at random moments: `python -m tests.soak`."""

import argparse
import random
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.helpers import Restarter, eventually, name_of

COMMAND = ("sh", "-c", 'echo "run $RESTARTER_RUN saw $(cat data.txt)"; exec sleep 100000')


MEMORY_LIMIT = 0.05
"""By which part the resident memory may grow from the first tenth of a thousand restarts on."""

ENOUGH_FOR_MEMORY = 1000

CHILDREN = ("restarter-guard", "sleep")


class Footprint(NamedTuple):
    """What one restarter holds at a moment."""

    descriptors: int
    threads: int
    memory: int


class Result(NamedTuple):
    """What a soak found."""

    restarts: int
    saves: int
    seconds: float
    early: Footprint
    late: Footprint
    last_saved: str
    last_seen: str
    left: tuple[str, ...]

    @property
    def memory_growth(self) -> float:
        """By which part the resident memory grew."""
        return self.late.memory / self.early.memory - 1

    def faults(self) -> list[str]:
        """Return what is wrong, but for the memory: of few restarts that tells nothing."""
        found = []
        if self.last_seen != self.last_saved:
            found.append(f"the last save was {self.last_saved}, seen was {self.last_seen}")
        if self.late.descriptors > self.early.descriptors:
            found.append("descriptors were lost")
        if self.late.threads > self.early.threads:
            found.append("threads were left")
        if self.left != CHILDREN:  # a zombie would be among them
            found.append(f"these are left: {', '.join(self.left)}")
        return found


def soak(project: Path, restarts: int, seed: int) -> Result:
    """Save at random moments until there were so many restarts.

    Args:
        project: an empty directory.
        restarts: how many.
        seed: of the random moments.
    """
    chance = random.Random(seed)  # noqa: S311  not for secrets
    data = project / "data.txt"
    data.write_text("0")
    saves, began, early = 0, time.monotonic(), None
    # A fixed settle: the window would learn that saves come in quick succession, and wait.
    with Restarter("-q", "--settle", "5ms", "--", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        while (count := len(restarter.lines("stdout"))) <= restarts:
            saves += 1
            save(data, f"{saves}", by_rename=chance.random() < 0.5)
            time.sleep(chance.uniform(0, 0.06))
            if early is None and count > restarts // 10:
                early = footprint(restarter)
        eventually(lambda: last_seen(restarter) == str(saves), message=f"run that saw {saves}")
        assert early is not None
        late, left = rest(restarter, early)
        seconds = time.monotonic() - began
        seen = last_seen(restarter)
        return Result(count, saves, seconds, early, late, str(saves), seen, left)


def save(data: Path, text: str, *, by_rename: bool) -> None:
    if by_rename:
        new = data.with_name("data.txt~")
        new.write_text(text)
        new.rename(data)
    else:
        data.write_text(text)


def last_seen(restarter: Restarter) -> str:
    return restarter.lines("stdout")[-1].rpartition(" ")[2]


def children(restarter: Restarter) -> tuple[str, ...]:
    """The names of all processes below restarter, those that were not reaped included."""
    found = psutil.Process(restarter.pid).children(recursive=True)
    return tuple(sorted(map(name_of, found)))


def rest(restarter: Restarter, early: Footprint) -> tuple[Footprint, tuple[str, ...]]:
    """Wait until nothing is held for a moment only; what stays nevertheless will be named.

    The last save may restart once more, when the run before saw it already.

    Returns:
        What restarter holds, and what runs below it.
    """
    looks: list[tuple[Footprint, tuple[str, ...]]] = []

    def is_at_rest() -> bool:
        looks.append((footprint(restarter), children(restarter)))
        late, left = looks[-1]
        has_more = late.descriptors > early.descriptors or late.threads > early.threads
        return left == CHILDREN and not has_more

    with suppress(AssertionError):
        eventually(is_at_rest)
    return looks[-1]


def footprint(restarter: Restarter) -> Footprint:
    process = psutil.Process(restarter.pid)
    return Footprint(process.num_fds(), process.num_threads(), process.memory_info().rss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--restarts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    arguments = parser.parse_args()
    sys.stdout.write(f"seed {arguments.seed}\n")
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory).resolve() / "project"
        project.mkdir()
        result = soak(project, arguments.restarts, arguments.seed)
    faults = result.faults()
    if arguments.restarts >= ENOUGH_FOR_MEMORY and result.memory_growth > MEMORY_LIMIT:
        faults.append("memory was lost")
    sys.stdout.write(
        f"{result.restarts} restarts by {result.saves} saves in {result.seconds:.0f} s\n"
        f"after a tenth: {result.early}\nafter all:     {result.late}\n"
        f"memory grew by {result.memory_growth:.1%}; the last save {result.last_saved},"
        f" seen {result.last_seen}; running: {', '.join(result.left)}\n"
    )
    sys.exit("\n".join(faults) or None)


if __name__ == "__main__":
    main()
