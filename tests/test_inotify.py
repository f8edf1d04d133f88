"""What restarter asks of inotify(7), as the kernel tells it."""

import os
import re
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import descriptors
from tests.helpers import Restarter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")

IN_MODIFY = 0x2
IN_MOVED_TO = 0x80

PROGRAM = """\
import os, signal
paths = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
print("open:", *[os.readlink(path) for path in paths if os.path.lexists(path)], flush=True)
signal.pause()
"""


@pytest.fixture
def program(project: Path) -> Path:
    """A program that tells which files it has open."""
    path = project / "app.py"
    path.write_text(PROGRAM)
    return path


def masks(pid: int) -> dict[int, int]:
    """Return what is asked for, by the inode of the directory (proc_pid_fdinfo(5))."""
    told = "".join(descriptors(pid))
    found = re.findall(r"^inotify wd:\S+ ino:(\S+) sdev:\S+ mask:(\S+)", told, re.MULTILINE)
    return {int(inode, 16): int(mask, 16) for inode, mask in found}


def test_no_run_inherits_the_queue_of_the_kernel(program: Path) -> None:
    with Restarter("--", sys.executable, program.name, cwd=program.parent) as restarter:
        first = restarter.wait_for_line("open:", "stdout")
        restarter.wait_for_line("watching")

        program.write_text(f"{PROGRAM}changed = True\n")

        second = restarter.wait_for_line("open:", "stdout", after=first)
        assert "inotify" not in restarter.lines("stdout")[second]


def test_what_is_written_beside_the_watched_place_wakes_nobody(program: Path) -> None:
    with Restarter("--", sys.executable, program.name, cwd=program.parent) as restarter:
        restarter.wait_for_line("watching")

        asked = masks(restarter.pid)

        project, above = (os.stat(path).st_ino for path in (program.parent, program.parent.parent))
        assert asked[project] & IN_MODIFY
        assert asked[above] & IN_MOVED_TO
        assert not asked[above] & IN_MODIFY


def test_a_watched_place_within_another_is_watched_whole(program: Path) -> None:
    inner = program.parent / "inner"
    inner.mkdir()
    places = ["--watch", ".", "--watch", "inner"]
    with Restarter(*places, "--", sys.executable, program.name, cwd=program.parent) as restarter:
        restarter.wait_for_line("watching")

        asked = masks(restarter.pid)

        assert all(asked[os.stat(path).st_ino] & IN_MODIFY for path in (program.parent, inner))
