"""When the kernel tells too little: lost events, no watches left, no instance, a late start.

Whatever was lost, the ledger knows in the end what the disk looks like, and what happens after
that is seen as well.
"""

import errno
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psutil
import pytest
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from restarter.sources.inotify import InotifySource
from tests.helpers import Restarter, eventually
from tests.watching import SOURCES, Watcher, differences, snapshot, watching

LIMITS = Path("/proc/sys/fs/inotify")

pytestmark = pytest.mark.skipif(not LIMITS.is_dir(), reason="the system has no inotify")

READ_AT_ONCE = 10_000
"""No reader takes more events from the kernel in one go."""

COMMAND = ("sh", "-c", 'echo "run $RESTARTER_RUN"; exec sleep 1000')

LAUNCHES = int(os.environ.get("LAUNCHES", "40"))
"""How many programs are started to write a file while they start (LAUNCHES=200 make test)."""


@pytest.fixture
def tree(project: Path) -> Path:
    """A small project, and a directory beside it."""
    for directory in (project / "package" / "deep", project / "second", project.parent / "outside"):
        directory.mkdir(parents=True)
        (directory / "module").write_text("one")
    (project / "file").write_text("one")
    return project


def write_everywhere(tree: Path, name: str) -> None:
    for directory, _, _ in os.walk(tree):
        Path(directory, name).write_text("x")


def everything_happens(tree: Path) -> None:
    """Files change, and directories come, go and change their names."""
    (tree / "package" / "deep").rename(tree / "second" / "moved")
    (tree / "package").rename(tree / "renamed")
    shutil.rmtree(tree / "second" / "moved")
    (tree.parent / "outside").rename(tree / "package")
    (tree / "package" / "a" / "b").mkdir(parents=True)
    (tree / "package" / "a" / "b" / "module").write_text("x")
    (tree / "second" / "module").unlink()
    (tree / "file").write_text("the last write")


def assert_nothing_is_missed(
    tree: Path, watcher: Watcher, before: Mapping[str, tuple[int, bytes]]
) -> None:
    """What happened is told, and what happens now, in old directories and in new ones."""

    def told() -> None:
        watcher.until_it_tells(differences(before, snapshot(tree)))

    told()
    write_everywhere(tree, "afterwards")
    told()
    (tree / "quite new" / "deep").mkdir(parents=True)
    write_everywhere(tree, "in new directories")
    told()
    (tree / "quite new").rename(tree / "renamed at the end")
    write_everywhere(tree, "in renamed directories")
    told()
    shutil.rmtree(tree / "renamed at the end")
    (tree / "renamed" / "module").write_text("changed at the end")
    told()


def inotify_of(watcher: Watcher) -> InotifySource:
    assert isinstance(watcher.source, InotifySource)
    return watcher.source


# Lost events


def fill_the_queue(directory: Path) -> None:
    """Cause more events than the kernel keeps: whatever happens afterwards is lost."""
    files = [directory / name for name in ("flood", "and flood")]
    for file in files:
        file.write_text("")
    # More than that, for what was read already; by turns, for of equal ones in a row it keeps one.
    for number in range(int((LIMITS / "max_queued_events").read_text()) + READ_AT_ONCE):
        os.utime(files[number % 2])


@contextmanager
def without_a_reader(watcher: Watcher) -> Iterator[None]:
    """The thread that reads the kernel's queue does not get on for a while."""
    gate = threading.Event()

    def put(event: object) -> None:
        gate.wait(30)
        watcher.inbox.put(event)

    inotify_of(watcher).put = put
    yield
    gate.set()


def test_after_a_real_overflow_nothing_is_missed(tree: Path) -> None:
    before = snapshot(tree)
    with watching("inotify", tree) as watcher:
        with without_a_reader(watcher):
            fill_the_queue(tree)
            everything_happens(tree)

        watcher.until(lambda: watcher.lost != [], "the overflow is reported")
        assert_nothing_is_missed(tree, watcher, before)
        # While a slow machine empties the queue, it may become full again.
        assert len(watcher.lost) <= 3
        assert watcher.troubles == []


def test_after_a_reported_overflow_nothing_is_missed(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(tree)
    with watching("inotify", tree) as watcher:
        lost: list[bytes] = []
        with monkeypatch.context() as deaf:
            deaf.setattr(InotifyFD, "handle_event", lambda _, event: lost.append(event.name))
            everything_happens(tree)
            (tree / "the last one").write_text("x")
            watcher.until(lambda: b"the last one" in lost, "the events were read, and lost")
        assert watcher.told() == {}

        inotify = inotify_of(watcher)._kernel._queue  # noqa: SLF001 - as if the kernel said so
        overflow = Mask(InotifyConstants.IN_Q_OVERFLOW)
        inotify.handle_event(InotifyEvent(WatchDescriptor(-1), overflow, 0, b""))

        assert_nothing_is_missed(tree, watcher, before)
        assert len(watcher.lost) == 1


def test_a_second_overflow_is_as_harmless_as_the_first(tree: Path) -> None:
    before = snapshot(tree)
    with watching("inotify", tree) as watcher:
        for number in (1, 2):
            with without_a_reader(watcher):
                fill_the_queue(tree)
                (tree / f"directory {number}").mkdir()
                (tree / f"directory {number}" / "file").write_text("x")
            watcher.until_it_tells(differences(before, snapshot(tree)))
            assert number <= len(watcher.lost) <= 3 * number
        write_everywhere(tree, "afterwards")
        watcher.until_it_tells(differences(before, snapshot(tree)))


def test_restarter_looks_at_everything_after_an_overflow(project: Path) -> None:
    (project / "app.py").write_text("one")
    with Restarter("-v", "--", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("known by content")
        restarter.signal(signal.SIGSTOP)
        eventually(lambda: psutil.Process(restarter.pid).status() == psutil.STATUS_STOPPED)
        fill_the_queue(project)
        (project / "new").mkdir()
        (project / "new" / "module.py").write_text("x")
        (project / "app.py").write_text("two")
        restarter.signal(signal.SIGCONT)

        restarter.wait_for_line("looking at everything again")
        restarter.wait_for_line("run 2", "stdout")
        index = restarter.wait_for_line("restarted:")
        assert "restarted: 4 files, and flood ... (run 2" in restarter.lines()[index]
        (project / "new" / "later.py").write_text("x")
        restarter.wait_for_line("restarted: new/later.py added (run 3")


# No watches, no instance left


def beside_what_is_above(tree: Path, left: int) -> int:
    """Add the watches of the directories above, which come first; the topmost has none."""
    return left + len(tree.parents) - 1 if left else 0


class Table:
    """A kernel's table of watches that has only so many left; what has none is polled often.

    Args:
        monkeypatch: puts it between the source and the kernel.
        left: how many, besides those for what is above the tree.
        tree: what is watched.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int, tree: Path) -> None:
        self.left = beside_what_is_above(tree, left)
        really = InotifyFD.add_callback

        def add_callback(
            inotify: InotifyFD, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
        ) -> WatchDescriptor:
            if self.left == 0:
                raise OSError(errno.ENOSPC, "inotify watch limit reached")
            self.left -= 1
            return really(inotify, path, mask, callback, id_)

        monkeypatch.setattr(InotifyFD, "add_callback", add_callback)
        monkeypatch.setitem(SOURCES, "inotify", partial(InotifySource, interval=0.05))


def assert_names_a_value(line: str, name: str) -> None:
    """It is one command to copy, with a value that is higher than the limit is."""
    found = re.search(rf"\bsudo sysctl {re.escape(name)}=(\d+)(?!\S)", line)
    assert found, line
    if name.startswith("fs."):  # that of a namespace is known inside of it only
        assert int(found[1]) > int(Path("/proc/sys", *name.split(".")).read_text())


@pytest.mark.parametrize("left", [0, 1, 3])
def test_what_cannot_be_watched_is_polled(
    tree: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    before = snapshot(tree)
    Table(monkeypatch, left, tree)
    with watching("inotify", tree) as watcher:
        everything_happens(tree)

        assert_nothing_is_missed(tree, watcher, before)
        (trouble,) = watcher.troubles
        assert_names_a_value(trouble, "fs.inotify.max_user_watches")


def test_directories_that_come_when_no_watch_is_left_are_polled(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(tree)
    table = Table(monkeypatch, 1000, tree)
    with watching("inotify", tree) as watcher:
        assert watcher.troubles == []
        table.left = 0
        everything_happens(tree)

        assert_nothing_is_missed(tree, watcher, before)
        (trouble,) = watcher.troubles
        assert_names_a_value(trouble, "fs.inotify.max_user_watches")


def test_watches_that_are_free_again_do_no_harm(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(tree)
    table = Table(monkeypatch, 1, tree)
    with watching("inotify", tree) as watcher:
        table.left = 1000
        everything_happens(tree)

        assert_nothing_is_missed(tree, watcher, before)


@pytest.mark.parametrize("left", [0, 2, 1000])
def test_a_root_that_goes_and_comes_back_is_seen_without_watches(
    tree: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    before = snapshot(tree)
    Table(monkeypatch, left, tree)
    with watching("inotify", tree) as watcher:
        tree.rename(tree.with_name("elsewhere"))
        watcher.until_it_tells(dict.fromkeys(before, "deleted"))
        tree.with_name("elsewhere").rename(tree)
        watcher.until_it_tells({})
        write_everywhere(tree, "afterwards")
        watcher.until_it_tells(differences(before, snapshot(tree)))


def in_a_namespace_with(name: str, value: int, directory: Path) -> str:
    """Return a Python that runs with a limit of its own, which is nobody else's.

    A user namespace has its own limits (namespaces(7)): /proc/sys/user.
    """
    script = directory / "python"
    script.write_text(
        "#!/bin/sh\n"
        f"exec unshare --user --map-root-user sh -c '"
        f'echo {value} > /proc/sys/user/{name} && exec "$0" "$@"\' {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    probe = subprocess.run([script, "-c", ""], check=False, capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"no namespace with a limit: {probe.stderr.strip()}")
    return str(script)


def without_an_instance(directory: Path) -> Mapping[str, str]:
    """Return an environment in which Python finds no inotify instance left."""
    (directory / "sitecustomize.py").write_text(
        "import errno\n"
        "from watchdog.observers.inotify_c import InotifyFD\n"
        "def refuse(self):\n"
        "    raise OSError(errno.EMFILE, 'inotify instance limit reached')\n"
        "InotifyFD.__init__ = refuse\n"
    )
    path = os.pathsep.join(filter(None, [str(directory), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path}


def assert_sees_changes_everywhere(restarter: Restarter, tree: Path, limit: str) -> None:
    """One line names the limit, and each directory is watched or polled all the same."""
    restarter.wait_for_line("known by content")
    lines = [line for line in restarter.lines() if "sysctl" in line]
    assert len(lines) == 1
    assert_names_a_value(lines[0], limit)
    for name in ("new.py", "package/deep/new.py"):
        for text, kind in (("x", "added"), ("y", "modified")):
            last = len(restarter.lines()) - 1
            (tree / name).write_text(text)
            restarter.wait_for_line(f"restarted: {name} {kind} (", after=last)
    assert len([line for line in restarter.lines() if "sysctl" in line]) == 1


@pytest.mark.parametrize("left", [0, 3])
def test_restarter_polls_what_the_kernel_does_not_let_it_watch(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    watches = beside_what_is_above(tree, left)
    python = in_a_namespace_with("max_inotify_watches", watches, tmp_path)
    monkeypatch.setattr(sys, "executable", python)
    with Restarter("-v", "--", *COMMAND, cwd=tree) as restarter:
        assert_sees_changes_everywhere(restarter, tree, "user.max_inotify_watches")


def test_restarter_polls_when_the_kernel_has_no_instance_left(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = in_a_namespace_with("max_inotify_instances", 0, tmp_path)
    monkeypatch.setattr(sys, "executable", python)
    with Restarter("-v", "--", *COMMAND, cwd=tree) as restarter:
        assert_sees_changes_everywhere(restarter, tree, "user.max_inotify_instances")


def test_restarter_polls_when_it_is_told_that_no_instance_is_left(
    tree: Path, tmp_path: Path
) -> None:
    with Restarter("-v", "--", *COMMAND, cwd=tree, env=without_an_instance(tmp_path)) as restarter:
        assert_sees_changes_everywhere(restarter, tree, "fs.inotify.max_user_instances")


# Changes before everything is watched


def write_the_same_size(project: Path) -> None:
    (project / "app.py").write_text("two")


def replace(project: Path) -> None:
    (project / "app.py.tmp~").write_text("three")
    (project / "app.py.tmp~").rename(project / "app.py")


def add(project: Path) -> None:
    (project / "new.py").write_text("")


def add_deep(project: Path) -> None:
    (project / "a" / "b").mkdir(parents=True)
    (project / "a" / "b" / "new.py").write_text("")


CHANGES: tuple[Callable[[Path], None], ...] = (
    write_the_same_size,
    replace,
    add,
    add_deep,
)


def change_during_a_launch(project: Path, change: Callable[[Path], None], delay: float) -> str:
    """Start restarter and change something after a while; returns what went wrong."""
    (project / "package").mkdir(parents=True)
    for path in (project / "app.py", project / "package" / "module.py"):
        path.write_text("one")
    with Restarter("--", *COMMAND, cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        threading.Event().wait(delay)
        was_armed = any("watching" in line for line in restarter.lines())
        change(project)
        when = f"{change.__name__} after {delay:.3f} s, {'' if was_armed else 'not '}armed"
        try:
            restarter.wait_for_line("run 2", "stdout", timeout=20)
        except AssertionError as error:
            return f"{when}: {error}"
        restarter.stop()
        ran = restarter.lines("stdout")
        return "" if ran == ["run 1", "run 2"] else f"{when}: {ran}"


@pytest.mark.timeout(60 + LAUNCHES)
def test_no_change_is_missed_while_everything_starts(project: Path) -> None:
    with ThreadPoolExecutor(max_workers=4) as pool:
        launches = [
            pool.submit(
                change_during_a_launch,
                project / f"{number}",
                CHANGES[number % len(CHANGES)],
                random.uniform(0, 0.25),  # noqa: S311 - no secret
            )
            for number in range(LAUNCHES)
        ]
        wrong = [launch.result() for launch in launches]
    assert [each for each in wrong if each] == []
