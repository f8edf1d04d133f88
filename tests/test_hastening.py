"""The stop begins while the window is open, where it is certain to come; never anywhere else.

The window is so long that nothing but the order of events decides.
"""

import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.helpers import Restarter, eventually
from tests.test_version_control import git

PYTHON = sys.executable

PROGRAM = """
import os, signal, sys
def stop(*_):
    print("asked to stop", flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print("run", os.environ["RESTARTER_RUN"], flush=True)
print("saw", open("page.html").read(), flush=True)
while True:
    signal.pause()
"""

LONG = ("-v", "--settle", "3s")


def save(path: Path, text: str) -> None:
    path.write_text(text)


def save_by_rename(path: Path, text: str) -> None:
    new = path.with_name("page.html.tmp~")
    new.write_text(text)
    new.rename(path)


@pytest.fixture
def page(project: Path) -> Path:
    (project / "app.py").write_text(textwrap.dedent(PROGRAM))
    path = project / "page.html"
    path.write_text("one")
    return path


def wait_until_known(restarter: Restarter) -> None:
    restarter.wait_for_line("saw", "stdout")
    restarter.wait_for_line("what the sources do")


def wait_until_all_is_looked_at(restarter: Restarter, project: Path) -> None:
    """Events come in the order of the writes, and this one is the last."""
    (project / "proof.pyc").write_text("")
    restarter.wait_for_line("ignored proof.pyc")


def first_pid(restarter: Restarter) -> int:
    (number,) = re.findall(r"\(pid (\d+)\)", "\n".join(restarter.lines()))
    return int(number)


@pytest.mark.parametrize("write", [save, save_by_rename])
def test_a_certain_change_stops_the_program_while_the_window_is_open(
    project: Path, page: Path, write: Callable[[Path, str], None]
) -> None:
    # Nobody here waits for the end of this window.
    with Restarter("-v", "--settle", "60s", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        write(page, "two")
        restarter.wait_for_line("asked to stop", "stdout")
        assert restarter.stop() == 130
        assert restarter.lines("stdout") == ["run 1", "saw one", "asked to stop"]


@pytest.mark.parametrize("write", [save, save_by_rename])
def test_the_stop_runs_beside_the_window_and_the_new_run_waits_for_its_end(
    project: Path, page: Path, write: Callable[[Path, str], None]
) -> None:
    with Restarter(*LONG, "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        write(page, "two")
        asked = restarter.wait_for_line("asked to stop", "stdout")
        pid = first_pid(restarter)
        eventually(lambda: not psutil.pid_exists(pid))
        # The window is open still: what is saved now is one batch with that, and seen.
        wait_until_all_is_looked_at(restarter, project)
        assert not any("restarted:" in line for line in restarter.lines())
        write(page, "three")
        (project / "other.html").write_text("")
        restarter.wait_for_line("saw three", "stdout")
        assert restarter.lines("stdout")[asked:] == ["asked to stop", "run 2", "saw three"]
        index = restarter.wait_for_line("restarted:")
        assert "restarted: 2 files, other.html ... (run 2" in restarter.lines()[index]


def test_a_program_that_is_slow_to_stop_is_asked_once_and_started_once(
    project: Path, page: Path
) -> None:
    slow = PROGRAM.replace("sys.exit()", "import time; time.sleep(0.5); sys.exit()")
    (project / "app.py").write_text(slow)
    with Restarter("-v", "--settle", "50ms", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        page.write_text("two")
        restarter.wait_for_line("saw two", "stdout")
        assert restarter.lines("stdout") == [
            *("run 1", "saw one", "asked to stop", "run 2", "saw two")
        ]


def same_content(page: Path) -> None:
    save(page, "one")


def same_content_by_rename(page: Path) -> None:
    save_by_rename(page, "one")


def same_code(page: Path) -> None:
    app = page.with_name("app.py")
    app.write_text(app.read_text() + "# a comment\n")


def broken_code(page: Path) -> None:
    page.with_name("app.py").write_text("x = (\n")


def truncated_first(page: Path) -> None:
    page.write_text("")


def a_new_file(page: Path) -> None:
    page.with_name("new.html").write_text("2")


def a_file_less(page: Path) -> None:
    page.unlink()


def no_source(page: Path) -> None:
    """It might as well be written by the program."""
    page.with_name("data.json").write_text("2")


@pytest.mark.parametrize(
    "nothing",
    [
        *(same_content, same_content_by_rename, same_code, broken_code, truncated_first),
        *(a_new_file, a_file_less, no_source),
    ],
    ids=lambda function: function.__name__,
)
def test_what_is_not_certain_is_decided_when_the_window_is_over(
    project: Path, page: Path, nothing: Callable[[Path], None]
) -> None:
    (project / "data.json").write_text("1")
    app = (project / "app.py").read_text()
    with Restarter(*LONG, "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)

        nothing(page)
        wait_until_all_is_looked_at(restarter, project)
        # In the same window it is undone.
        assert "asked to stop" not in restarter.lines("stdout")
        page.write_text("one")
        (project / "app.py").write_text(app)
        (project / "data.json").write_text("1")
        (project / "new.html").unlink(missing_ok=True)

        restarter.wait_for_line("unchanged:")
        assert restarter.lines("stdout") == ["run 1", "saw one"]


@pytest.mark.parametrize("options", [("--check", "true"), ("--on-change", "queue")])
def test_with_something_to_wait_for_no_stop_begins_early(
    project: Path, page: Path, options: tuple[str, ...]
) -> None:
    with Restarter(*LONG, *options, "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        page.write_text("two")
        wait_until_all_is_looked_at(restarter, project)
        page.write_text("one")
        restarter.wait_for_line("unchanged:")
        assert restarter.lines("stdout") == ["run 1", "saw one"]


def test_what_git_does_is_not_certain_for_a_moment_after_it(project: Path, page: Path) -> None:
    git(project, "init", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-m", "one")
    git(project, "checkout", "-b", "other")
    page.write_text("two")
    git(project, "commit", "-am", "two")
    git(project, "checkout", "main")
    with Restarter(*LONG, "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        git(project, "checkout", "other")
        assert page.read_text() == "two"
        wait_until_all_is_looked_at(restarter, project)
        git(project, "checkout", "main")
        restarter.wait_for_line("unchanged:")
        assert restarter.lines("stdout") == ["run 1", "saw one"]


def test_a_source_that_the_program_holds_open_does_not_stop_it(project: Path, page: Path) -> None:
    write = """
import time
log = open("page.html", "a")
while not os.path.exists("../go"):
    time.sleep(0.01)
with open("page.html", "w") as page:
    page.write("mine")
while True:"""
    (project / "app.py").write_text(PROGRAM.replace("\nwhile True:", write))
    with Restarter(*LONG, "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        (project.parent / "go").touch()
        restarter.wait_for_line("no restart for page.html")
        assert page.read_text() == "mine"
        (project / "app.py").write_text(PROGRAM + "x = 1\n")
        restarter.wait_for_line("saw mine", "stdout")
        assert restarter.lines("stdout") == [
            *("run 1", "saw one", "asked to stop", "run 2", "saw mine")
        ]
