"""The low-level watcher: raw changes, with the interface of watchfiles' native backend."""

import asyncio
import gc
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from restarter.notify import (
    Notify,
    NotifyInternalError,
    RustNotify,
    WatchfilesRustInternalError,
    __version__,
)
from restarter.notify.collecting import Collected, Waiting, Wish
from tests.helpers import eventually
from tests.watching import wait_out_the_tick

Watch = Callable[..., Notify]

KINDS = ["kernel", "polling"]
FOREVER = 60_000  # milliseconds; longer than any test may take


def watcher(
    *paths: Path | str,
    polls: bool = False,
    delay: int = 10,
    debug: bool = False,
    recursive: bool = True,
) -> Notify:
    return Notify([str(path) for path in paths], debug, polls, delay, recursive)


@pytest.fixture(autouse=True)
def _no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks again after a while: who waits is woken, or the test fails."""
    monkeypatch.setattr("restarter.notify.collecting.LONGEST_SECONDS", 3600.0)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def watch(kind: str) -> Iterator[Watch]:
    """Makes watchers of the kind in question; they are closed at the end."""
    made: list[Notify] = []

    def make(*paths: Path | str, recursive: bool = True, debug: bool = False) -> Notify:
        wait_out_the_tick()
        polls = kind == "polling"
        made.append(watcher(*paths, polls=polls, delay=30, debug=debug, recursive=recursive))
        return made[-1]

    yield make
    for notify in made:
        notify.close()


def told_by(notify: Notify, *expected: tuple[int, Path | str]) -> set[tuple[int, str]]:
    """What is told until all that is expected is among it."""
    wanted = {(change, str(path)) for change, path in expected}
    told: set[tuple[int, str]] = set()
    deadline = time.monotonic() + 20
    while not wanted <= told:
        assert time.monotonic() < deadline, f"missing: {wanted - told}\ntold: {told}"
        found = notify.watch(1600, 30, 500, None)
        if isinstance(found, set):
            told |= found
    return told


def exactly(notify: Notify, *expected: tuple[int, Path | str]) -> None:
    """All of this is told, and nothing else."""
    told = told_by(notify, *expected)
    assert told == {(change, str(path)) for change, path in expected}


@contextmanager
def in_a_thread(function: Callable[[], object]) -> Iterator[list[object]]:
    """What a function returned or raised, in a thread that has to end."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(function())
        except Exception as error:  # noqa: BLE001  it is a result
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield results
    thread.join(20)
    assert not thread.is_alive()


def is_waiting(notify: Notify) -> None:
    """Wait until another thread waits in `watch`."""
    collected = notify._collected  # noqa: SLF001  nothing else tells
    eventually(lambda: collected._news._waiters)  # type: ignore[attr-defined]  # noqa: SLF001


@pytest.fixture
def tree(project: Path) -> Path:
    """A small tree, and a directory beside it."""
    (project / "file").write_text("one")
    (project / "package" / "deep").mkdir(parents=True)
    (project / "package" / "module").write_text("module")
    (project / "package" / "deep" / "leaf").write_text("leaf")
    (project.parent / "outside" / "deep").mkdir(parents=True)
    (project.parent / "outside" / "deep" / "leaf").write_text("leaf")
    return project


# What is told


def create(tree: Path) -> None:
    (tree / "new").write_text("x")


def write(tree: Path) -> None:
    (tree / "file").write_text("other")


def write_the_same(tree: Path) -> None:
    (tree / "file").write_text("one")


def touch(tree: Path) -> None:
    os.utime(tree / "file")


def chmod(tree: Path) -> None:
    change_mode(tree / "file")


def chmod_a_directory(tree: Path) -> None:
    change_mode(tree / "package")


def chmod_the_root(tree: Path) -> None:
    change_mode(tree)


def change_mode(path: Path) -> None:
    """To another one, whatever the umask has made of it."""
    path.chmod(path.stat().st_mode ^ 0o040)


def delete(tree: Path) -> None:
    (tree / "package" / "module").unlink()


def rename(tree: Path) -> None:
    (tree / "file").rename(tree / "package" / "renamed")


def rename_in(tree: Path) -> None:
    (tree.parent / "outside" / "deep" / "leaf").rename(tree / "in")


def rename_out(tree: Path) -> None:
    (tree / "file").rename(tree.parent / "out")


def make_a_directory(tree: Path) -> None:
    (tree / "new").mkdir()


def make_directories_at_once(tree: Path) -> None:
    subprocess.run(["sh", "-c", "mkdir -p a/b/c && echo > a/b/c/f"], cwd=tree, check=True)


def move_a_tree_in(tree: Path) -> None:
    (tree.parent / "outside").rename(tree / "inside")


def remove_a_tree(tree: Path) -> None:
    shutil.rmtree(tree / "package")


def make_a_link(tree: Path) -> None:
    (tree / "link").symlink_to("nowhere")


def strange_name(tree: Path) -> None:
    with open(os.path.join(os.fsencode(tree), b"caf\xe9 \n"), "wb"):
        pass


OPERATIONS: list[tuple[Callable[[Path], None], set[tuple[int, str]]]] = [
    (create, {(1, "new")}),
    (write, {(2, "file")}),
    (write_the_same, {(2, "file")}),
    (touch, {(2, "file")}),
    (chmod, {(2, "file")}),
    (chmod_a_directory, {(2, "package")}),
    (chmod_the_root, {(2, "")}),
    (delete, {(3, "package/module")}),
    (rename, {(3, "file"), (1, "package/renamed")}),
    (rename_in, {(1, "in")}),
    (rename_out, {(3, "file")}),
    (make_a_directory, {(1, "new")}),
    (make_directories_at_once, {(1, "a"), (1, "a/b"), (1, "a/b/c"), (1, "a/b/c/f")}),
    (move_a_tree_in, {(1, "inside"), (1, "inside/deep"), (1, "inside/deep/leaf")}),
    (
        remove_a_tree,
        {(3, "package"), (3, "package/module"), (3, "package/deep"), (3, "package/deep/leaf")},
    ),
    (make_a_link, {(1, "link")}),
    (strange_name, {(1, os.fsdecode(b"caf\xe9 \n"))}),
]


@pytest.mark.parametrize(
    ("operation", "expected"), OPERATIONS, ids=[each.__name__ for each, _ in OPERATIONS]
)
def test_what_happens_is_told_raw_and_nothing_else(
    tree: Path,
    watch: Watch,
    operation: Callable[[Path], None],
    expected: set[tuple[int, str]],
) -> None:
    notify = watch(tree)
    operation(tree)
    told = told_by(notify, *((change, tree / path) for change, path in expected))
    wanted = {(change, str(tree / path)) for change, path in expected}
    # What was written to a new file may come in another batch, if somebody was slow.
    assert told - {(2, path) for change, path in wanted if change == 1} == wanted

    # And whatever is there now is watched.
    for directory, _, _ in os.walk(tree):
        Path(directory, "afterwards").write_text("x")
    told_by(notify, *((1, Path(each, "afterwards")) for each, _, _ in os.walk(tree)))


def test_a_file_that_is_written_after_it_was_created_is_added_once(project: Path) -> None:
    with watcher(project) as notify:
        with (project / "file").open("w", buffering=1) as file:
            for line in range(20):
                file.write(f"{line}\n")
        (project / "file").chmod(0o600)
        exactly(notify, (1, project / "file"))
        (project / "file").write_text("x")
        exactly(notify, (2, project / "file"))


def test_what_comes_and_goes_within_a_batch_is_both(project: Path) -> None:
    with watcher(project) as notify:
        (project / "file").write_text("x")
        (project / "file").unlink()
        assert notify.watch(1600, 100, FOREVER, None) == {
            (1, str(project / "file")),
            (3, str(project / "file")),
        }


def test_polling_tells_both_as_well_where_it_saw_both(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ""

    def is_said(text: str) -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return text in said

    with watcher(project, polls=True, debug=True) as notify:
        (project / "file").write_text("x")
        eventually(lambda: is_said("change=1"))
        (project / "file").unlink()
        eventually(lambda: is_said("change=3"))
        assert notify.watch(1600, 10, FOREVER, None) == {
            (1, str(project / "file")),
            (3, str(project / "file")),
        }


def test_replacing_a_file_by_renaming_is_told_of_both_names(project: Path, watch: Watch) -> None:
    (project / "file").write_text("old")
    (project / "file.new").write_text("new")
    notify = watch(project)
    (project / "file.new").rename(project / "file")
    told = told_by(notify, (3, project / "file.new"))
    kinds = {change for change, path in told if path == str(project / "file")}
    # Polling sees that it is another file, the kernel that a file came.
    assert kinds in ({1}, {2})


def test_a_renamed_directory_is_told_with_what_is_in_it(tree: Path, watch: Watch) -> None:
    notify = watch(tree)
    (tree / "package").rename(tree / "other")
    told_by(
        notify,
        (3, tree / "package"),
        (1, tree / "other"),
        (1, tree / "other" / "module"),
        (1, tree / "other" / "deep" / "leaf"),
    )
    (tree / "other" / "deep" / "leaf").write_text("x")
    told_by(notify, (2, tree / "other" / "deep" / "leaf"))


def test_the_debug_switch_prints_every_change(
    project: Path, watch: Watch, capsys: pytest.CaptureFixture[str]
) -> None:
    notify = watch(project, debug=True)
    (project / "file").write_text("x")
    told_by(notify, (1, project / "file"))
    assert f"change=1 path='{project}/file'" in capsys.readouterr().err
    notify.close()
    quiet = watch(project)
    (project / "file").write_text("y")
    told_by(quiet, (2, project / "file"))
    assert capsys.readouterr().err == ""


# What is watched


def test_of_a_watched_file_only_that_file_counts(tree: Path, watch: Watch) -> None:
    notify = watch(tree / "file")
    (tree / "other").write_text("x")
    (tree / "package" / "module").write_text("x")
    (tree / "file").write_text("other")
    exactly(notify, (2, tree / "file"))


def test_a_watched_file_is_followed_through_deletion_and_return(tree: Path, watch: Watch) -> None:
    notify = watch(tree / "file")
    (tree / "file").unlink()
    exactly(notify, (3, tree / "file"))
    (tree / "file").write_text("back")
    told_by(notify, (1, tree / "file"))
    wait_out_the_tick()
    (tree / "file").write_text("again")
    told_by(notify, (2, tree / "file"))


def test_a_watched_file_goes_with_its_directory_and_comes_back(tree: Path, watch: Watch) -> None:
    leaf = tree / "package" / "deep" / "leaf"
    notify = watch(leaf)
    leaf.parent.rename(tree / "elsewhere")
    exactly(notify, (3, leaf))
    (tree / "elsewhere").rename(leaf.parent)
    told_by(notify, (1, leaf))


def test_a_watched_link_to_a_file_is_followed_under_its_own_name(tree: Path, watch: Watch) -> None:
    (tree / "link").symlink_to("package/module")
    notify = watch(tree / "link")
    (tree / "package" / "module").write_text("other")
    exactly(notify, (2, tree / "link"))
    (tree / "link").unlink()
    exactly(notify, (3, tree / "link"))


def test_files_and_directories_are_watched_side_by_side(tree: Path, watch: Watch) -> None:
    notify = watch(tree / "file", tree / "package" / "deep")
    (tree / "package" / "module").write_text("not watched")
    (tree / "beside").write_text("not watched")
    (tree / "package" / "deep" / "new").write_text("x")
    (tree / "file").write_text("other")
    exactly(notify, (2, tree / "file"), (1, tree / "package" / "deep" / "new"))


def test_several_directories_are_watched_and_nothing_between_them(tree: Path, watch: Watch) -> None:
    notify = watch(tree / "package", tree.parent / "outside")
    (tree / "file").write_text("not watched")
    (tree.parent / "outside" / "new").write_text("x")
    (tree / "package" / "new").write_text("x")
    exactly(notify, (1, tree / "package" / "new"), (1, tree.parent / "outside" / "new"))


def test_without_recursion_only_what_is_directly_in_the_directory_counts(
    tree: Path, watch: Watch
) -> None:
    notify = watch(tree, recursive=False)
    (tree / "package" / "module").write_text("other")
    (tree / "package" / "new").mkdir()
    (tree / "file").write_text("other")
    (tree / "new").mkdir()
    exactly(notify, (2, tree / "file"), (1, tree / "new"))
    (tree / "new" / "inner").write_text("x")
    (tree / "new").rename(tree / "renamed")
    exactly(notify, (3, tree / "new"), (1, tree / "renamed"))


def test_a_relative_path_begins_in_the_working_directory(
    tree: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    notify = watch("./package/")
    (tree / "package" / "module").write_text("other")
    exactly(notify, (2, tree / "package" / "module"))
    here = watch(".")
    (tree / "new").write_text("x")
    told_by(here, (1, tree / "new"))


def test_a_link_to_a_directory_is_told_under_its_own_name(tree: Path, watch: Watch) -> None:
    link = tree.parent / "link"
    link.symlink_to(tree)
    notify = watch(link)
    (tree / "package" / "module").write_text("other")
    exactly(notify, (2, link / "package" / "module"))


def test_links_to_directories_are_followed_wherever_they_are(tree: Path, watch: Watch) -> None:
    outside = tree.parent / "outside"
    (tree / "link").symlink_to(outside)
    notify = watch(tree)
    (outside / "deep" / "leaf").write_text("other")
    exactly(notify, (2, tree / "link" / "deep" / "leaf"))
    (tree / "link").unlink()
    told_by(notify, (3, tree / "link"))
    (outside / "deep" / "leaf").write_text("again, and nobody sees it")
    (tree / "another").symlink_to(outside)
    told = told_by(notify, (1, tree / "another"), (1, tree / "another" / "deep" / "leaf"))
    assert (2, str(tree / "link" / "deep" / "leaf")) not in told
    (outside / "deep" / "leaf").write_text("once more")
    told_by(notify, (2, tree / "another" / "deep" / "leaf"))


def test_a_loop_of_links_ends(tree: Path, watch: Watch) -> None:
    (tree / "package" / "loop").symlink_to(tree)
    notify = watch(tree)
    (tree / "package" / "module").write_text("other")
    exactly(notify, (2, tree / "package" / "module"))


@pytest.mark.parametrize("gone", ["removed", "moved"])
def test_a_watched_directory_that_goes_and_comes_back_is_watched_again(
    tree: Path, watch: Watch, gone: str
) -> None:
    package = tree / "package"
    notify = watch(package)
    if gone == "removed":
        shutil.rmtree(package)
    else:
        package.rename(tree / "elsewhere")
    told_by(notify, (3, package))
    package.mkdir()
    told_by(notify, (1, package))
    (package / "new").write_text("x")
    told_by(notify, (1, package / "new"))
    (package / "deep").mkdir()
    (package / "deep" / "leaf").write_text("x")
    told_by(notify, (1, package / "deep" / "leaf"))


def test_no_paths_at_all_give_no_changes(kind: str) -> None:
    with watcher(polls=kind == "polling") as notify:
        assert notify.watch(10, 1, 20, None) == "timeout"


def test_a_path_that_does_not_exist_is_an_error(kind: str, project: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No such file or directory") as caught:
        watcher(project, project / "missing", polls=kind == "polling")
    assert caught.value.filename == str(project / "missing")


@pytest.mark.parametrize("ignored", [False, True])
def test_an_unreadable_directory_is_an_error_unless_that_is_ignored(
    kind: str,
    ignored: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Root may read everything; whoever else runs this may not enter the directories of pytest.
    place = Path(tmp_path_factory.mktemp("denied")).resolve()
    script = f"""
        import os, pathlib, tempfile
        from restarter.notify import Notify
        import restarter.notify.tasks, restarter.sources.raw_inotify
        if os.geteuid() == 0:
            os.seteuid(65534)
        root = pathlib.Path(tempfile.mkdtemp())
        (root / "closed").mkdir()
        (root / "closed").chmod(0)
        (root / "open").mkdir()
        try:
            with Notify([str(root)], False, {kind == "polling"}, 10, True, {ignored}) as notify:
                (root / "open" / "file").write_text("x")
                found = notify.watch(1600, 30, 20_000, None)
                print({{(change, os.path.relpath(path, root)) for change, path in found}})
        except PermissionError as error:
            print(error.strerror, os.path.basename(error.filename))
        (root / "open" / "file").unlink(missing_ok=True)
        for path in (root / "open", root / "closed", root):
            path.rmdir()
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = "{(1, 'open/file')}" if ignored else "Permission denied closed"
    assert (found.stdout.strip(), found.stderr) == (expected, "")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("/", False, False, 0, True), TypeError),
        (([1], False, False, 0, True), TypeError),
        (([], False, False, 0.5, True), TypeError),
        (([], False, True, -1, True), OverflowError),
        (([], False, False, 0), TypeError),
    ],
)
def test_wrong_arguments_are_errors(arguments: tuple[object, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        Notify(*arguments)  # type: ignore[arg-type]


# Waiting


@pytest.mark.parametrize(
    ("newest", "now", "left"),
    [
        # began at 100; debounce 10, step 2, timeout 5
        ([None], [101], 4),
        ([None], [106], -1),
        ([101], [101], 2),
        ([101, 102.5], [101, 103], 1.5),  # a new change starts the step anew
        ([101, 109, 110.5], [101, 109, 110.5], 0.5),  # at most so long after the first
        ([101, 104], [101, 104.5], 1.5),  # the timeout counts no more
        ([90], [100], 2),  # a change from before the call: a step is waited all the same
        ([101, None], [101, 103], 2),  # another thread took it: there is no first one any more
        ([101, None, 110.5], [101, 103, 110.5], 2),
    ],
)
def test_how_long_a_call_waits(newest: list[float | None], now: list[float], left: float) -> None:
    waiting = Waiting(debounce=10, step=2, timeout=5, now=100)
    found = [waiting.seconds_left(new, at) for new, at in zip(newest, now, strict=True)]
    assert found[-1] == left


def test_a_timeout_of_0_is_none() -> None:
    assert Waiting(debounce=10, step=2, timeout=0, now=100).seconds_left(None, 10**9) > 10**9


def test_a_file_that_is_written_all_the_time_does_not_hold_the_batch() -> None:
    collected = Collected(is_debug=False)
    waiting = Waiting(debounce=60, step=0.05, timeout=0, now=time.monotonic())
    collected.add(2, "log")
    first = collected.look(waiting)
    assert isinstance(first, float)
    deadline = time.monotonic() + 10
    while isinstance(collected.look(waiting), float):
        assert time.monotonic() < deadline
        collected.add(2, "log")  # no new change: the batch has it


def test_nothing_within_the_time_is_a_timeout(project: Path, watch: Watch) -> None:
    assert watch(project).watch(1600, 50, 20, None) == "timeout"


def test_the_debounce_counts_and_not_the_timeout_once_something_changed(
    project: Path, watch: Watch
) -> None:
    notify = watch(project)
    (project / "file").write_text("x")
    eventually(lambda: notify._collected._changes)  # noqa: SLF001  so that it is no race
    assert notify.watch(100, 50, 20, None) == {(1, str(project / "file"))}


def test_the_debounce_ends_what_does_not_end_by_itself(project: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        for number in range(10**6):
            if stop.is_set():
                return
            (project / f"{number}").write_text("x")

    with watcher(project) as notify, in_a_thread(write):
        found = notify.watch(50, 20_000, 0, None)
        stop.set()
    assert isinstance(found, set)
    assert found


def test_changes_between_two_calls_are_kept_and_told_once(project: Path, watch: Watch) -> None:
    notify = watch(project)
    (project / "one").write_text("x")
    exactly(notify, (1, project / "one"))
    (project / "two").write_text("x")
    eventually(lambda: notify._collected._changes)  # noqa: SLF001
    stop = threading.Event()
    stop.set()
    assert notify.watch(1600, 10, FOREVER, stop) == "stop"
    exactly(notify, (1, project / "two"))
    assert notify.watch(1600, 10, 20, None) == "timeout"


def test_other_threads_run_while_one_waits(project: Path, watch: Watch) -> None:
    notify = watch(project)
    with in_a_thread(lambda: notify.watch(1600, 10, 0, None)) as results:
        is_waiting(notify)
        (project / "file").write_text("x")
    assert results == [{(1, str(project / "file"))}]


def test_of_several_threads_that_wait_one_gets_the_change(project: Path, watch: Watch) -> None:
    notify = watch(project)
    stop = threading.Event()

    def wait() -> object:
        found = notify.watch(1600, 10, FOREVER, stop)
        stop.set()
        return found

    with in_a_thread(wait) as one, in_a_thread(wait) as other:
        is_waiting(notify)
        (project / "file").write_text("x")
    assert sorted(map(str, one + other)) == sorted(["stop", f"{ {(1, f'{project}/file')} }"])


class Flag:
    """A stop event that is only an `is_set()`."""

    def __init__(self) -> None:
        self.value: object = False
        self.looks = 0

    def is_set(self) -> object:
        self.looks += 1
        return self.value


def test_a_stop_event_that_can_be_waited_for_ends_the_wait_at_once(
    project: Path, watch: Watch
) -> None:
    notify, stop = watch(project), threading.Event()
    # Steps as long as that are not what ends it: the test would not.
    for _ in range(2):
        with in_a_thread(lambda: notify.watch(1600, FOREVER, 0, stop)) as results:
            is_waiting(notify)
            stop.set()
        assert results == ["stop"]
        stop.clear()


def test_any_other_stop_event_is_looked_at_in_every_step(project: Path, watch: Watch) -> None:
    notify, stop = watch(project), Flag()
    with in_a_thread(lambda: notify.watch(1600, 10, 0, stop)) as results:  # type: ignore[arg-type]
        eventually(lambda: stop.looks > 3)
        stop.value = "yes"
    assert results == ["stop"]


def test_a_stop_event_is_not_looked_at_all_the_time_whatever_the_step(
    project: Path, watch: Watch
) -> None:
    stop = Flag()
    assert watch(project).watch(1600, 0, 200, stop) == "timeout"  # type: ignore[arg-type]
    assert stop.looks <= 202


def test_a_stop_event_that_is_not_set_changes_nothing(project: Path, watch: Watch) -> None:
    notify = watch(project)
    assert notify.watch(1600, 10, 30, threading.Event()) == "timeout"
    assert notify.watch(1600, 10, 30, Flag()) == "timeout"  # type: ignore[arg-type]


def test_news_between_the_look_and_the_sleep_are_not_slept_through() -> None:
    collected = Collected(is_debug=False)
    looks: list[bool] = []

    def is_stopped() -> bool:
        looks.append(len(looks) > 0)
        collected.wake()
        return looks[-1]

    waiting = Waiting(debounce=1, step=1, timeout=0, now=time.monotonic())
    assert collected.wait(Wish(waiting, is_stopped, look_after=3600)) == "stop"


@pytest.mark.parametrize("way", ["closed", "dropped"])
def test_a_thread_that_listens_to_a_stop_event_ends_with_the_watcher(
    project: Path, way: str
) -> None:
    def listeners() -> int:
        return sum(thread.name == "stop event" for thread in threading.enumerate())

    eventually(lambda: listeners() == 0, message="those of other tests end")
    notify, stop = watcher(project), threading.Event()
    for _ in range(3):
        notify.watch(1600, 10, 1, stop)
    assert listeners() == 1
    if way == "closed":
        notify.close()
    del notify
    eventually(lambda: listeners() == 0)


@pytest.mark.parametrize(
    ("event", "error", "text"),
    [
        (object(), AttributeError, "'object' object has no attribute 'is_set'"),
        (type("Event", (), {"is_set": 1})(), TypeError, "'int' object is not callable"),
    ],
)
def test_a_wrong_stop_event_is_an_error(
    project: Path, watch: Watch, event: object, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        watch(project).watch(1600, 10, 20, event)  # type: ignore[arg-type]


def test_an_error_of_a_stop_event_is_not_hidden(project: Path, watch: Watch) -> None:
    class Broken:
        def is_set(self) -> bool:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        watch(project).watch(1600, 10, 20, Broken())


@pytest.mark.parametrize(
    ("times", "error"),
    [((-1, 10, 10), OverflowError), (("1", 10, 10), TypeError), ((1, 0.5, 10), TypeError)],
)
def test_wrong_times_are_errors(
    project: Path, times: tuple[int, int, int], error: type[Exception]
) -> None:
    with watcher(project) as notify, pytest.raises(error):
        notify.watch(*times, None)


SIGNALLED = """
    import os, signal, sys, threading, time
    from restarter.notify import Notify

    def handler(number, frame):
        print("handled", flush=True)
        if sys.argv[1] == "raises":
            raise ValueError

    if sys.argv[1] != "interrupt":
        signal.signal(signal.SIGINT, handler)
    notify = Notify(["."], False, False, 0, True)

    def interrupt():
        while not notify._collected._news._waiters:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    print(notify.watch(1600, 50, 60_000 if sys.argv[1] != "returns" else 1000, None))
"""


@pytest.mark.parametrize(
    ("handler", "output"),
    [
        ("interrupt", "signal\n"),
        ("raises", "handled\nsignal\n"),
        ("returns", "handled\ntimeout\n"),
    ],
)
def test_a_signal_ends_the_wait_when_its_handler_raises(
    project: Path, handler: str, output: str
) -> None:
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SIGNALLED), handler],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (found.stdout, found.stderr, found.returncode) == (output, "", 0)


# The end


def test_a_closed_watcher_says_so(project: Path, watch: Watch) -> None:
    notify = watch(project)
    notify.close()
    notify.close()
    assert repr(notify) == "RustNotify(None)"
    with pytest.raises(RuntimeError, match="RustNotify watcher closed"):
        notify.watch(1600, 10, 20, None)


def test_whoever_waits_when_it_is_closed_is_told(project: Path, watch: Watch) -> None:
    notify = watch(project)
    with in_a_thread(lambda: notify.watch(1600, FOREVER, 0, None)) as results:
        is_waiting(notify)
        notify.close()
    assert isinstance(results[0], RuntimeError)
    assert str(results[0]) == "RustNotify watcher closed"


def test_the_end_of_a_with_block_closes_and_its_begin_does_nothing(
    project: Path, watch: Watch
) -> None:
    notify = watch(project)
    (project / "before").write_text("x")
    with notify as same:
        assert same is notify
        told_by(notify, (1, project / "before"))
    assert repr(notify) == "RustNotify(None)"


def threads_and_descriptors() -> tuple[int, int]:
    return threading.active_count(), len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("way", ["closed", "dropped", "a cycle"])
def test_threads_and_descriptors_are_given_back(project: Path, kind: str, way: str) -> None:
    gc.collect()
    before = threads_and_descriptors()
    for _ in range(3):
        notify = watcher(project, polls=kind == "polling")
        assert "notify closer" in [thread.name for thread in threading.enumerate()]
        if way == "closed":
            notify.close()
        elif way == "a cycle":
            cycle: list[object] = [notify]
            cycle.append(cycle)
            del cycle
        gone = weakref.ref(notify)
        del notify
    gc.collect()
    assert gone() is None
    # Fewer: something of an earlier test ended meanwhile.
    eventually(
        lambda: all(
            now <= then for now, then in zip(threads_and_descriptors(), before, strict=True)
        )
    )


def test_a_watcher_that_could_not_be_made_leaves_nothing_behind(
    project: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(project))

    before = threads_and_descriptors()
    monkeypatch.setattr("restarter.sources.raw_inotify.RawInotifySource._arm", denied)
    monkeypatch.setattr("restarter.sources.raw_compared.ComparedSource._unread", denied)
    with pytest.raises(PermissionError):
        watcher(project, polls=kind == "polling")
    eventually(
        lambda: all(
            now <= then for now, then in zip(threads_and_descriptors(), before, strict=True)
        )
    )


# What callers look for


def test_the_names_of_the_native_backend_are_there() -> None:
    assert RustNotify is Notify
    assert WatchfilesRustInternalError is NotifyInternalError
    assert issubclass(NotifyInternalError, RuntimeError)
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_representation_tells_how_it_watches(project: Path) -> None:
    with watcher(project, delay=123) as notify:
        assert repr(notify).startswith("RustNotify(Recommended(\n")
        assert str(project) in repr(notify)
    with watcher(project, polls=True, delay=123) as notify:
        assert repr(notify).startswith("RustNotify(Poll(\n    PollWatcher {\n")
        assert "delay: Some(\n            123ms,\n" in repr(notify)


def test_what_cannot_be_seen_is_an_internal_error_once(project: Path) -> None:
    with watcher(project) as notify:
        with in_a_thread(lambda: notify.watch(1600, FOREVER, 0, None)) as results:
            is_waiting(notify)
            notify._collected.fail("no kernel watches left")  # noqa: SLF001
        assert isinstance(results[0], NotifyInternalError)
        assert str(results[0]) == "no kernel watches left"
        (project / "file").write_text("x")
        exactly(notify, (1, project / "file"))


# In a task


def test_a_task_waits_while_others_run(project: Path, watch: Watch) -> None:
    notify = watch(project)

    async def main() -> object:
        waiting = asyncio.create_task(notify.awatch(1600, 10, 0, None))
        await asyncio.sleep(0)
        (project / "file").write_text("x")
        return await waiting

    assert asyncio.run(main()) == {(1, str(project / "file"))}


@pytest.mark.parametrize("event_type", [asyncio.Event, threading.Event])
def test_a_stop_event_ends_the_wait_of_a_task(
    project: Path, watch: Watch, event_type: type[asyncio.Event] | type[threading.Event]
) -> None:
    notify = watch(project)

    async def main() -> object:
        stop = event_type()
        waiting = asyncio.create_task(notify.awatch(1600, FOREVER, 0, stop))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        stop.set()
        return await waiting

    assert asyncio.run(main()) == "stop"


def test_a_stop_event_that_a_task_waits_for_is_not_looked_at(project: Path, watch: Watch) -> None:
    notify = watch(project)

    class Stop(asyncio.Event):
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return super().is_set()

    async def main() -> int:
        stop = Stop()
        assert await notify.awatch(1600, 1, 300, stop) == "timeout"
        return stop.looks

    assert asyncio.run(main()) < 10


def test_a_task_that_waits_can_be_cancelled_and_times_out(project: Path, watch: Watch) -> None:
    notify = watch(project)

    async def main() -> object:
        waiting = asyncio.create_task(notify.awatch(1600, FOREVER, 0, asyncio.Event()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await notify.awatch(1600, 10, 20, None)

    assert asyncio.run(main()) == "timeout"
    assert notify._collected._listeners == []  # noqa: SLF001


def test_a_task_is_told_when_the_watcher_is_closed(project: Path, watch: Watch) -> None:
    notify = watch(project)

    async def main() -> None:
        waiting = asyncio.create_task(notify.awatch(1600, FOREVER, 0, None))
        await asyncio.sleep(0)
        await asyncio.to_thread(notify.close)
        await waiting

    with pytest.raises(RuntimeError, match="RustNotify watcher closed"):
        asyncio.run(main())
