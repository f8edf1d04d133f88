"""Who descends from this process, by the kernel's lists and where it has none."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from restarter.processes import tree
from tests.helpers import eventually, words_of

PROGRAM = """\
import subprocess, sys, threading
sleeping = [sys.executable, "-c", "import time; time.sleep(1000)"]
def start():
    child = subprocess.Popen(sleeping, start_new_session=True)
    print(child.pid, flush=True)
    child.wait()
threading.Thread(target=start).start()
"""
"""Starts a process from a thread that is not its main one."""


@pytest.fixture(params=["as it is", "without the kernel's lists"])
def family(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A child and a grandchild."""
    if request.param != "as it is":
        monkeypatch.setattr(tree, "_CHILDREN", "/proc/{}/task/{}/there is no such file")
    child = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    yield [child.pid, grandchild]
    for each in tree.descendants(but=frozenset()):
        each.kill()
    child.communicate()


def descendants(but: frozenset[int] = frozenset()) -> set[int]:
    return {process.pid for process in tree.descendants(but=but)}


def test_whoever_was_started_by_any_thread_is_a_descendant(family: list[int]) -> None:
    assert set(family) <= descendants()


def test_who_is_left_out_is_left_out_with_all_below(family: list[int]) -> None:
    assert not set(family) & descendants(but=frozenset(family[:1]))


@pytest.mark.parametrize(
    ("directory", "words", "shown"),
    [
        ("short", "1000", "{program} 1000"),
        ("long" * 15, "1000", "sleep 1000"),
        ("long" * 15, f"1000{'0' * 90}", "sleep 1000" + "0" * 47 + "..."),
    ],
)
def test_of_a_long_command_line_the_name_of_the_program_is_shown(
    directory: str, words: str, shown: str
) -> None:
    """Wherever the program is: its path is left out first, and what is at the end after that."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        program = Path(place, directory, "sleep")
        program.parent.mkdir()
        program.symlink_to(shutil.which("sleep") or "sleep")
        with subprocess.Popen([program, words]) as process:
            eventually(lambda: words_of(psutil.Process(process.pid)))  # in execve(2) it has none
            told = tree.who(psutil.Process(process.pid))
            process.kill()
    assert told == f"{process.pid} {shown.format(program=program)}"


def test_who_has_ended_is_none(family: list[int]) -> None:
    child, grandchild = family
    next(each for each in tree.descendants(but=frozenset()) if each.pid == grandchild).kill()

    eventually(lambda: not {child, grandchild} & descendants())
