"""Who carries a mark is found, and who does not is not looked at for ever."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from restarter.processes import marks
from restarter.processes.command import MARK_NAME
from restarter.processes.marks import LOOKS, Marks
from tests.helpers import eventually

SLEEP = [sys.executable, "-c", "import time; time.sleep(1000)"]
Start = Callable[[str], int]


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Start:
    """Starts a process with a mark; returns its pid."""

    def start(mark: str) -> int:
        process = subprocess.Popen(SLEEP, env={**os.environ, MARK_NAME: mark})
        request.addfinalizer(process.wait)
        request.addfinalizer(process.kill)
        return process.pid

    return start


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """Return a mark that nobody else has."""
    return str(tmp_path)


def pids(found: Marks, group: int | None = None) -> set[int]:
    return {process.pid for process in found.carriers(group)}


def test_who_carries_the_mark_is_found_at_every_look(mark: str, start: Start) -> None:
    found, pid = Marks(mark), start(mark)

    for _ in range(LOOKS + 2):
        assert pids(found) == {pid}


def test_who_comes_later_is_found(mark: str, start: Start) -> None:
    found = Marks(mark)
    for _ in range(LOOKS + 2):
        assert not pids(found)

    pid = start(mark)

    assert pids(found) == {pid}


def test_a_longer_mark_is_another(mark: str, start: Start) -> None:
    start(f"{mark}0")

    assert not pids(Marks(mark))


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells one process from the next")
def test_a_stranger_is_looked_at_no_more(
    mark: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, stranger = Marks(mark), start("another")
    looked_at: list[int] = []

    def look(pid: int, _needle: bytes) -> bool:
        looked_at.append(pid)
        return False

    monkeypatch.setattr(marks, "_has_in_environment", look)

    for _ in range(LOOKS + 2):
        found.carriers()

    assert looked_at.count(stranger) == LOOKS


def test_a_stranger_of_the_group_is_found_after_any_number_of_looks(
    mark: str, start: Start
) -> None:
    found, stranger = Marks(mark), start("another")
    for _ in range(LOOKS + 2):
        found.carriers()

    assert stranger in pids(found, os.getpgrp())


def test_a_mark_is_found_once_a_process_has_executed_its_program(
    mark: str, request: pytest.FixtureRequest
) -> None:
    """Between fork(2) and execve(2) it carries the environment of who starts it."""
    found = Marks(mark)
    program = f"import os; input(); os.execve({SLEEP[0]!r}, {SLEEP!r}, {{{MARK_NAME!r}: {mark!r}}})"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    request.addfinalizer(process.communicate)
    request.addfinalizer(process.kill)
    assert not pids(found)

    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()

    eventually(lambda: pids(Marks(mark)))
    assert pids(found) == {process.pid}
