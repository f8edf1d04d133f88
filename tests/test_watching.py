"""`watch` and `awatch`: changes as generators, and the filters they take."""

import asyncio
import inspect
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, Unpack

import pytest
import watchfiles

from benchmarks.measuring import kernel_watches
from restarter import (
    BaseFilter,
    Change,
    DefaultFilter,
    FileChange,
    NotifyInternalError,
    PythonFilter,
    WatchOptions,
    arun_process,
    awatch,
    run_process,
    watch,
)
from restarter.sources.mounts import Mount
from tests.helpers import eventually


class Look(TypedDict):
    """Some of the options."""

    step: int
    rust_timeout: int
    yield_on_timeout: bool


LOOK: Look = {"step": 20, "rust_timeout": 20, "yield_on_timeout": True}
"""So that a test gets on when nothing changes."""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WATCHFILES_")]:
        monkeypatch.delenv(name)


def first(changes: Iterator[set[FileChange]], do: Callable[[], object]) -> set[FileChange]:
    """Do something once it is watched, and return the first changes."""
    assert next(changes) == set()
    do()
    return next(each for each in changes if each)


def once_it_is_watched(do: Callable[[], object]) -> None:
    """Do something in another thread when this process watches more than now."""
    before = kernel_watches(os.getpid())

    def wait() -> None:
        eventually(lambda: kernel_watches(os.getpid()) > before)
        do()

    threading.Thread(target=wait, daemon=True).start()


# watch


def test_watch_yields_what_changed(project: Path) -> None:
    with closing(watch(project, **LOOK)) as changes:
        new = project / "new"
        assert first(changes, lambda: new.write_text("x")) == {(Change.added, str(new))}
        new.unlink()
        found = next(each for each in changes if each)
        assert found == {(Change.deleted, str(new))}


def test_watch_takes_several_paths_as_text_or_as_paths(project: Path) -> None:
    (project / "one").mkdir()
    (project / "two").mkdir()
    (project / "three").mkdir()
    new = project / "two" / "new"

    def write() -> None:
        (project / "three" / "new").write_text("x")
        new.write_text("x")

    with closing(watch(str(project / "one"), project / "two", **LOOK)) as changes:
        assert first(changes, write) == {(Change.added, str(new))}


def test_watch_ends_when_the_stop_event_is_set(project: Path) -> None:
    stop = threading.Event()
    with closing(watch(project, stop_event=stop, **LOOK)) as changes:
        assert next(changes) == set()
        stop.set()
        assert list(changes) == []


def test_without_yield_on_timeout_only_changes_are_yielded(project: Path) -> None:
    changes = watch(project, step=10, rust_timeout=1)
    once_it_is_watched((project / "new").touch)
    assert next(changes) == {(Change.added, str(project / "new"))}
    changes.close()


def test_the_default_filter_counts_unless_there_is_none_or_another(project: Path) -> None:
    def write() -> None:
        (project / "module.pyc").write_text("x")
        (project / "module.txt").write_text("x")

    txt, pyc = (str(project / name) for name in ("module.txt", "module.pyc"))
    assert first(watch(project, **LOOK), write) == {(Change.added, txt)}
    everything = watch(project, watch_filter=None, **LOOK)
    assert first(everything, write) == {(Change.modified, txt), (Change.modified, pyc)}
    compiled = watch(project, watch_filter=lambda _change, path: path.endswith("c"), **LOOK)
    assert first(compiled, write) == {(Change.modified, pyc)}


def test_changes_that_do_not_count_are_not_yielded(project: Path) -> None:
    changes = watch(project, step=1, rust_timeout=0, watch_filter=PythonFilter())

    def write() -> None:
        for number in range(20):
            (project / f"{number}.txt").write_text("x")
        (project / "last.py").write_text("x")

    once_it_is_watched(write)
    assert next(changes) == {(Change.added, str(project / "last.py"))}
    changes.close()


def test_without_recursion_only_the_directory_itself_counts(project: Path) -> None:
    (project / "inner").mkdir()

    def write() -> None:
        (project / "inner" / "new").write_text("x")
        (project / "new").write_text("x")

    changes = watch(project, recursive=False, **LOOK)
    assert first(changes, write) == {(Change.added, str(project / "new"))}


def test_a_path_that_does_not_exist_is_an_error_when_the_watching_begins(project: Path) -> None:
    changes = watch(project / "missing")
    with pytest.raises(FileNotFoundError, match="missing"):
        next(changes)


@pytest.mark.parametrize("function", [watch, awatch])
def test_an_option_that_does_not_exist_is_an_error_at_once(
    function: Callable[..., object],
) -> None:
    with pytest.raises(TypeError, match="colour"):
        function(".", colour="red")


def test_what_cannot_be_watched_any_more_is_an_error(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = watch(project, **LOOK)
    assert next(changes) == set()

    def full(*_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("restarter.sources.watches.InotifyFD.add_callback", full)
    (project / "new").mkdir()
    with pytest.raises(NotifyInternalError, match=r"no kernel watches left.*sysctl"):
        list(changes)


INTERRUPTED = """
    import gc, os, signal, threading, time
    from restarter import watch
    from restarter.notify.collecting import Collected

    def is_waiting():
        return any(each._news._waiters for each in gc.get_objects() if type(each) is Collected)

    def interrupt():
        while not is_waiting():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    print("begin", flush=True)
    threading.Thread(target=interrupt).start()
    try:
        for changes in watch(".", raise_interrupt={raises}):
            print(changes)
    except KeyboardInterrupt:
        print("interrupted")
    else:
        print("ended")
"""


@pytest.mark.parametrize(("raises", "output"), [(True, "interrupted"), (False, "ended")])
def test_ctrl_c_raises_or_ends_as_it_is_wanted(project: Path, raises: bool, output: str) -> None:
    script = textwrap.dedent(INTERRUPTED.format(raises=raises))
    found = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert found.stdout.split() == ["begin", output]


# What the environment says


def opened_with(
    monkeypatch: pytest.MonkeyPatch, **options: Unpack[WatchOptions]
) -> tuple[Any, ...]:
    """The arguments that the low-level watcher is made with."""
    found: list[tuple[Any, ...]] = []

    def make(*arguments: object) -> None:
        found.append(arguments)
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("restarter.library.watching.Notify", make)
        with pytest.raises(InterruptedError):
            next(watch("/srv", **options))
    return found[0]


def test_the_defaults_are_those_of_watchfiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restarter.library.watching.read_mounts", tuple)
    assert opened_with(monkeypatch) == (["/srv"], False, False, 300, True, False)


class Setting(NamedTuple):
    """A variable of the environment, the options given, and which argument becomes what."""

    variable: str
    value: str
    options: WatchOptions
    at: int
    expected: object


@pytest.mark.parametrize(
    "setting",
    [
        Setting("DEBUG", "1", {}, 1, expected=True),
        Setting("DEBUG", "", {}, 1, expected=False),
        Setting("DEBUG", "1", {"debug": False}, 1, expected=False),
        Setting("FORCE_POLLING", "1", {}, 2, expected=True),
        Setting("FORCE_POLLING", "Disabled", {}, 2, expected=False),
        Setting("FORCE_POLLING", "1", {"force_polling": False}, 2, expected=False),
        Setting("POLL_DELAY_MS", "17", {}, 3, 17),
        Setting("POLL_DELAY_MS", "17", {"poll_delay_ms": 3}, 3, 17),
        Setting("POLL_DELAY_MS", "often", {"poll_delay_ms": 3}, 3, 3),
        Setting("IGNORE_PERMISSION_DENIED", "1", {}, 5, expected=True),
        Setting(
            "IGNORE_PERMISSION_DENIED", "1", {"ignore_permission_denied": False}, 5, expected=False
        ),
    ],
    ids=str,
)
def test_what_is_not_given_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, setting: Setting
) -> None:
    monkeypatch.setenv(f"WATCHFILES_{setting.variable}", setting.value)
    assert opened_with(monkeypatch, **setting.options)[setting.at] == setting.expected


@pytest.mark.parametrize(
    ("mounts", "polls"),
    [
        ((Mount("/", "ext4"),), False),
        ((Mount("/", "ext4"), Mount("/srv", "nfs4")), True),
        ((Mount("/", "ext4"), Mount("/srv/shared", "9p")), True),
        ((Mount("/", "ext4"), Mount("/home", "nfs4")), False),
        ((Mount("/", "virtiofs"),), True),
    ],
)
def test_where_no_events_arrive_is_polled(
    monkeypatch: pytest.MonkeyPatch, mounts: tuple[Mount, ...], polls: bool
) -> None:
    monkeypatch.setattr("restarter.library.watching.read_mounts", lambda: mounts)
    assert opened_with(monkeypatch)[2] == polls


@pytest.mark.parametrize("polls", [False, True])
def test_polling_sees_the_same(project: Path, polls: bool) -> None:
    (project / "file").write_text("one")
    with closing(watch(project, force_polling=polls, poll_delay_ms=20, **LOOK)) as changes:
        found = first(changes, lambda: (project / "file").write_text("another"))
    assert found == {(Change.modified, str(project / "file"))}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (watch, watchfiles.watch),
        (awatch, watchfiles.awatch),
        (run_process, watchfiles.run_process),
        (arun_process, watchfiles.arun_process),
    ],
    ids=["watch", "awatch", "run_process", "arun_process"],
)
def test_every_parameter_of_watchfiles_is_there_with_its_default(
    ours: Callable[..., object], theirs: Callable[..., object]
) -> None:
    found = inspect.signature(ours).parameters
    for name, wanted in inspect.signature(theirs).parameters.items():
        assert found[name].kind == wanted.kind, name
        if name == "watch_filter":
            assert isinstance(found[name].default, DefaultFilter)
        elif (theirs, name) in UNSET:
            assert (wanted.default, found[name].default) == (False, None), name
        else:
            assert found[name].default == wanted.default, name


UNSET = {
    (watchfiles.run_process, "ignore_permission_denied"),
    (watchfiles.arun_process, "ignore_permission_denied"),
}
"""Here ours look into the environment, as those of `watch` do."""


# awatch


def test_awatch_yields_what_changed_while_other_tasks_run(project: Path) -> None:
    async def main() -> set[FileChange]:
        async def write() -> None:
            await watching.wait()
            (project / "new").write_text("x")

        watching, writing = asyncio.Event(), asyncio.create_task(write())
        async for changes in awatch(project, **LOOK):
            watching.set()
            if changes:
                await writing
                return changes
        return set()

    assert asyncio.run(main()) == {(Change.added, str(project / "new"))}


@pytest.mark.parametrize("event_type", [asyncio.Event, threading.Event])
def test_awatch_ends_when_the_stop_event_is_set(
    project: Path, event_type: type[asyncio.Event] | type[threading.Event]
) -> None:
    async def main() -> int:
        stop, rounds = event_type(), 0
        async for _ in awatch(project, stop_event=stop, **LOOK):
            rounds += 1
            stop.set()
        return rounds

    assert asyncio.run(main()) == 1


def test_many_tasks_watch_at_once_without_waiting_for_each_other(project: Path) -> None:
    places = [project / str(number) for number in range(40)]

    for place in places:
        place.mkdir()

    async def one(place: Path) -> set[FileChange]:
        async for changes in awatch(place, **LOOK):
            if changes:
                return changes
            (place / "new").write_text("x")
        return set()

    async def main() -> list[set[FileChange]]:
        return await asyncio.gather(*map(one, places))

    assert asyncio.run(main()) == [{(Change.added, str(place / "new"))} for place in places]


def test_awatch_gives_its_threads_back_when_it_is_cancelled(project: Path) -> None:
    def closers() -> int:
        return sum(thread.name == "notify closer" for thread in threading.enumerate())

    async def watch_for_ever() -> None:
        async for _ in awatch(project):
            pass

    async def main() -> None:
        before = closers()
        task = asyncio.create_task(watch_for_ever())
        await asyncio.to_thread(eventually, lambda: closers() > before)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closers() == before

    asyncio.run(main())


def test_raise_interrupt_is_deprecated_for_awatch(project: Path) -> None:
    with pytest.warns(DeprecationWarning, match="asyncio.run"):
        awatch(project, raise_interrupt=False)


def test_ctrl_c_ends_awatch_where_asyncio_was_started(project: Path) -> None:
    script = """
        import asyncio, os, signal, threading
        from restarter import awatch

        async def main():
            try:
                async for _ in awatch(".", rust_timeout=50, yield_on_timeout=True):
                    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            finally:
                print("cleaned", flush=True)

        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            os._exit(0)  # further timers may be on their way
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert found.stdout.split() == ["cleaned", "interrupted"]


def test_what_is_done_is_logged(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "restarter.watching")
    changes = watch(project, watch_filter=PythonFilter(), **LOOK)
    first(changes, lambda: (project / "new.py").write_text("x"))
    changes.close()
    assert "1 of 1 changes count" in caplog.text


# Filters

# watchfiles takes a path for the beginning of a text: /srv/a would be that of /srv/app.py as well.
FILTERS: list[tuple[BaseFilter, BaseFilter | watchfiles.BaseFilter]] = [
    (DefaultFilter(), watchfiles.DefaultFilter()),
    (PythonFilter(), watchfiles.PythonFilter()),
    (
        PythonFilter(ignore_paths=["/srv/a"], extra_extensions=[".html"]),
        watchfiles.PythonFilter(ignore_paths=["/srv/a/"], extra_extensions=[".html"]),
    ),
    (
        DefaultFilter(ignore_dirs=["build"], ignore_entity_patterns=["^x"]),
        watchfiles.DefaultFilter(ignore_dirs=["build"], ignore_entity_patterns=["^x"]),
    ),
    (
        DefaultFilter(ignore_paths=[Path("/srv/a")]),
        watchfiles.DefaultFilter(ignore_paths=["/srv/a/"]),
    ),
    (BaseFilter(), watchfiles.BaseFilter()),
]

PATHS = [
    "/srv/app.py",
    "/srv/app.pyc",
    "/srv/app.pyx",
    "/srv/a/app.py",
    "/srv/a/b/index.html",
    "/srv/index.html",
    "/srv/.git/HEAD",
    "/srv/git/HEAD",
    "/srv/node_modules/x/index.py",
    "/srv/.venv/lib/x.py",
    "/srv/build/x.py",
    "/srv/.app.py.swp",
    "/srv/.#app.py",
    "/srv/app.py~",
    "/srv/x___jb_old___",
    "/srv/x.___jb_old___",
    "/srv/.DS_Store",
    "/srv/flycheck_app.py",
    "/srv/__pycache__",
    "relative/app.py",
    "/",
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_filters_judge_as_those_of_watchfiles_do(number: int) -> None:
    ours, theirs = FILTERS[number]
    for path in PATHS:
        for change in (1, 2, 3):
            expected = theirs(watchfiles.Change(change), path)  # type: ignore[arg-type]
            assert ours(Change(change), path) == expected, path
    assert repr(ours).partition("=")[0] == repr(theirs).partition("=")[0]


def test_a_path_beside_an_ignored_one_counts() -> None:
    filter_ = DefaultFilter(ignore_paths=["/srv/a"])
    assert filter_(Change.added, "/srv/ab")
    assert not filter_(Change.added, "/srv/a")


def test_a_filter_of_ones_own_sets_the_lists() -> None:
    class Mine(DefaultFilter):
        ignore_dirs = (*DefaultFilter.ignore_dirs, "generated")

    assert not Mine()(Change.added, "/srv/generated/module.py")
    assert not Mine()(Change.added, "/srv/.git/HEAD")
    assert Mine()(Change.added, "/srv/module.py")


def test_the_kinds_of_change_are_numbers_with_names() -> None:
    assert [(each.name, each.value, each.raw_str()) for each in Change] == [
        ("added", 1, "added"),
        ("modified", 2, "modified"),
        ("deleted", 3, "deleted"),
    ]
    assert {(Change.added, "x")} == {(1, "x")}


def test_a_signal_that_does_not_raise_does_not_end_the_watching(project: Path) -> None:
    handled: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _frame: handled.append(number))
    try:
        with closing(watch(project, **LOOK)) as changes:
            assert next(changes) == set()
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            while not handled:
                assert next(changes) == set()
            found = next_changes(changes, project)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert found == {(Change.added, str(project / "new"))}


def next_changes(changes: Iterator[set[FileChange]], project: Path) -> set[FileChange]:
    (project / "new").write_text("x")
    return next(each for each in changes if each)
