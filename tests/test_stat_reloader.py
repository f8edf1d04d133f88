"""`StatReloader`, and `restart_with_reloader` that runs again what it has ended."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from restarter import StatReloader
from tests.test_reloader import Program, script, write


def set_time(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


@pytest.fixture
def importable(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, as the only directory that modules come from beside those of Python."""
    from restarter.reloader.tracking import is_own

    others = [path for path in sys.path if not is_own(os.path.abspath(path))]
    monkeypatch.setattr(sys, "path", [str(project), *others])
    return project


def assert_leaves(reloader: StatReloader) -> None:
    with pytest.raises(SystemExit) as end:
        reloader.step_through()
    assert end.value.code == 3


@pytest.mark.parametrize("name", ["a.py", "a.pyc", "a.pyw", "deep/b.py"])
@pytest.mark.parametrize("seconds", [1_000, 3_000])
def test_a_difference_in_time_ends_the_program_with_code_3(
    importable: Path, capsys: pytest.CaptureFixture[str], name: str, seconds: int
) -> None:
    file = write(importable / name, "")
    set_time(file, 2_000)
    with StatReloader() as reloader:
        reloader.step_through()
        set_time(file, seconds)
        assert_leaves(reloader)
    assert capsys.readouterr().err == f"restarter: {file} modified\n"


def test_entering_takes_the_first_look_and_gives_the_reloader(importable: Path) -> None:
    file = write(importable / "a.py", "")
    reloader = StatReloader()
    with reloader as entered:
        assert entered is reloader
        set_time(file, 1_000)
        assert_leaves(reloader)


def test_a_first_look_without_entering_has_nothing_to_compare_with(importable: Path) -> None:
    file = write(importable / "a.py", "")
    reloader = StatReloader()
    set_time(file, 1_000)
    reloader.step_through()
    set_time(file, 2_000)
    assert_leaves(reloader)


def test_a_file_that_is_gone_differs(importable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(importable / "a.py", "")
    with StatReloader() as reloader:
        file.unlink()
        assert_leaves(reloader)
    assert capsys.readouterr().err == f"restarter: {file} deleted\n"


def test_a_new_file_is_tracked_from_the_look_that_finds_it(importable: Path) -> None:
    with StatReloader() as reloader:
        file = write(importable / "new.py", "")
        reloader.step_through()
        set_time(file, 1_000)
        assert_leaves(reloader)


def test_a_module_that_is_imported_later_is_tracked(
    importable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    file = write(tmp_path / "elsewhere" / "late.py", "")
    with StatReloader() as reloader:
        set_time(file, 1_000)
        reloader.step_through()
        spec = importlib.util.spec_from_file_location("late", file)
        assert spec is not None
        monkeypatch.setitem(sys.modules, "late", importlib.util.module_from_spec(spec))
        reloader.step_through()
        set_time(file, 2_000)
        assert_leaves(reloader)
    assert importable.exists()


def test_tracked_files_and_directories_count_whatever_they_hold(
    importable: Path, tmp_path: Path
) -> None:
    note = write(tmp_path / "note.txt", "")
    page = write(tmp_path / "pages" / "deep" / "page.html", "")
    for file in (note, page):
        set_time(file, 1_000)
        with StatReloader(track=[note, tmp_path / "pages"]) as reloader:
            set_time(file, 2_000)
            assert_leaves(reloader)
    with StatReloader() as reloader:  # the next one does not know what the last one tracked
        set_time(note, 3_000)
        reloader.step_through()
    assert importable.exists()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"ignore_patterns": ["a.py"]}, "deep/a.py"),
        ({"ignore_patterns": ["deep"]}, "deep/a.py"),
        ({"ignore_patterns": ["*_local.py"]}, "a_local.py"),
        ({"ignore_patterns": ["[ab].py"]}, "a.py"),
        ({"ignore_patterns": ["deep/*.py"]}, "very/deep/a.py"),
        ({"ignore_patterns": ["*/deep/*"]}, "very/deep/a/b.py"),
        ({"ignore_patterns": ["!a.py"]}, "!a.py"),
        ({"ignore_patterns": ["#a.py"]}, "#a.py"),
        ({"ignore_dirs": ["deep"]}, "very/deep/a.py"),
        ({"ignore_dirs": ["*.d"]}, "conf.d/a.py"),
        ({}, ".git/a.py"),
        ({}, ".hg/a.py"),
        ({}, ".mypy_cache/a.py"),
        ({}, ".pytest_cache/a.py"),
        ({}, "__pycache__/a.pyc"),
        ({}, "shop.egg-info/a.py"),
        ({}, "a.txt"),
    ],
)
def test_what_is_ignored_does_not_count(
    importable: Path, arguments: dict[str, Any], name: str
) -> None:
    file = write(importable / name, "")
    set_time(file, 1_000)
    with StatReloader(**arguments) as reloader:
        set_time(file, 2_000)
        reloader.step_through()
    if arguments:  # and the next reloader does not know of it
        with StatReloader() as reloader:
            set_time(file, 3_000)
            assert_leaves(reloader)


def test_an_absolute_pattern_means_that_place_alone(importable: Path) -> None:
    files = [write(importable / name / "a.py", "") for name in ("here", "there")]
    for file in files:
        set_time(file, 1_000)
    with StatReloader(ignore_patterns=[f"{importable}/here/*"]) as reloader:
        set_time(files[0], 2_000)
        reloader.step_through()
        set_time(files[1], 2_000)
        assert_leaves(reloader)


def test_a_directory_of_the_program_may_bear_an_ignored_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [write(project / "tests" / name, "") for name in ("inner/a.py", "data.txt")]
    monkeypatch.setattr(sys, "path", [str(project / "tests"), *sys.path])
    for file in files:
        with StatReloader(ignore_dirs=["tests"], track=[files[1]]) as reloader:
            set_time(file, 1_000)
            assert_leaves(reloader)


def test_a_link_is_what_it_leads_to(importable: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "original.py", "")
    (importable / "link.py").symlink_to(file)
    with StatReloader() as reloader:
        set_time(file, 1_000)
        assert_leaves(reloader)


def test_the_interval_is_a_second_unless_it_is_said() -> None:
    assert (StatReloader().interval, StatReloader(interval=0.5).interval) == (1.0, 0.5)


def test_an_unknown_keyword_is_an_error() -> None:
    with pytest.raises(TypeError, match="ignore_dir"):
        StatReloader(ignore_dir=["x"])  # type: ignore[call-arg]


def test_run_looks_until_something_differs(importable: Path) -> None:
    file = write(importable / "a.py", "")
    reloader = StatReloader(interval=0.01)
    reloader.step_through()
    timer = threading.Timer(0.05, file.unlink)
    timer.start()
    with pytest.raises(SystemExit) as end:
        reloader.run()
    assert end.value.code == 3
    timer.join()


def test_run_is_for_the_main_thread(importable: Path) -> None:
    write(importable / "a.py", "")
    with ThreadPoolExecutor() as pool, pytest.raises(RuntimeError, match="in the main thread"):
        pool.submit(StatReloader(interval=0.01).run).result(timeout=10)


# restart_with_reloader

COUNTING = """
import os, pathlib, sys
from restarter import restart_with_reloader

if "RESTARTER_RELOADER" not in os.environ:
    code = restart_with_reloader()
    print("returned", code, flush=True)
    sys.exit(code)
count = pathlib.Path("count")
run = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(run))
print("run", run, sys.argv[1:], sys._xoptions, sys.warnoptions, flush=True)
sys.exit(3 if run < 3 else 7)
"""


@pytest.mark.parametrize("words", [["app.py"], ["-m", "app"]])
def test_a_program_is_run_again_while_it_exits_with_3(project: Path, words: list[str]) -> None:
    write(project / "app.py", COUNTING)
    options = ["-X", "utf8", "-W", "once"]
    with Program(sys.executable, *options, *words, "--port", "8", cwd=project) as program:
        assert program.wait() == 7
        rest = "['--port', '8'] {'utf8': True} ['once']"
        program.wait_for_line("returned 7", "stdout")
        assert program.lines("stdout") == [
            *(f"run {number} {rest}" for number in (1, 2, 3)),
            "returned 7",
        ]
        assert program.lines() == []


def test_an_end_by_a_signal_is_returned_as_shells_say_it(project: Path) -> None:
    killed = COUNTING.replace("sys.exit(3 if run < 3 else 7)", "os.kill(os.getpid(), 9)")
    with script(project, killed) as program:
        assert program.wait() == 128 + signal.SIGKILL
        program.wait_for_line("returned 137", "stdout")


def test_a_program_that_asks_for_it_at_once_again_and_again_has_to_wait(project: Path) -> None:
    with script(project, COUNTING.replace("run < 3", "True")) as program:
        program.wait_for_line("run 5", "stdout")
        program.wait_for_line("crash")


def test_all_of_the_old_run_is_gone_before_it_is_run_again(project: Path) -> None:
    program = """
        import os, pathlib, subprocess, sys
        from restarter import restart_with_reloader

        if "RESTARTER_RELOADER" not in os.environ:
            sys.exit(restart_with_reloader())
        left = pathlib.Path("left.pid")
        if left.exists():
            print(pathlib.Path("/proc", left.read_text(), "stat").exists(), flush=True)
            sys.exit(0)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                                 start_new_session=True)
        left.write_text(str(child.pid))
        sys.exit(3)
        """
    with script(project, program) as running:
        assert running.wait() == 0
        running.wait_for_line("False", "stdout")


def test_the_program_that_is_run_again_may_not_do_the_same_once_more(project: Path) -> None:
    with script(project, "import restarter\nrestarter.restart_with_reloader()") as program:
        assert program.wait() == 0  # what was returned is not used
        program.wait_for_line("RuntimeError: restart_with_reloader() was called by the program")


def test_a_stat_reloader_and_restart_with_reloader_make_a_reloader(project: Path) -> None:
    program = """
        import os, signal, sys, threading
        from restarter import StatReloader, restart_with_reloader

        def serve(word):
            print("serving", word, os.environ["RESTARTER_RUN"], flush=True)

        if "RESTARTER_RELOADER" not in os.environ:
            sys.exit(restart_with_reloader())
        with StatReloader(interval=0.02) as reloader:
            threading.Thread(target=serve, args=["one"], daemon=True).start()
            reloader.run()
        """
    with script(project, program) as running:
        running.wait_for_line("serving one 1", "stdout")
        (project / "app.py").write_text(textwrap.dedent(program).replace("one", "two"))
        running.wait_for_line("serving two 2", "stdout")
        running.wait_for_line("app.py modified")
        running.signal(signal.SIGTERM)
        assert running.wait() == 128 + signal.SIGTERM


def test_no_program_to_run_again_is_said(project: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-"],
        input="import restarter; restarter.restart_with_reloader()",
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert ended.returncode == 1
    assert re.search("UsageError: there is no program to run again", ended.stderr)
