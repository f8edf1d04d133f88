"""A real program goes on while its sources are broken, or when they only look different."""

import shutil
import sys
import textwrap
from pathlib import Path

import pytest

from tests.helpers import Restarter, eventually, name_of, words_of
from tests.test_servers import fetch, free_port

PYTHON = sys.executable

SERVER = """
import http.server, os
import pages
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(pages.TEXT)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
print("run", os.environ["RESTARTER_RUN"], flush=True)
server.serve_forever()
"""

WAITING = """
import os, signal
print("run", os.environ["RESTARTER_RUN"], flush=True)
signal.pause()
"""

WHOLE, OTHER, BROKEN = 'TEXT = b"one"\n', 'TEXT = b"two"\n', "TEXT = b(\n"


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def wait_until_known(restarter: Restarter) -> None:
    restarter.wait_for_line("run 1", "stdout")
    restarter.wait_for_line("what the sources do")


def runs(restarter: Restarter) -> list[str]:
    return [line for line in restarter.lines("stdout") if line.startswith("run ")]


def test_a_server_serves_on_while_a_source_is_broken(project: Path) -> None:
    write(project / "app.py", SERVER)
    pages = write(project / "pages.py", WHOLE)
    port = free_port()
    with Restarter("-v", f"--env=PORT={port}", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        assert fetch(port) == "one"

        pages.write_text(BROKEN)
        error = restarter.wait_for_line("pages.py:1: SyntaxError: '(' was never closed")
        told = restarter.lines()[error - 2 : error]
        assert [line.removeprefix("restarter:   ") for line in told] == ["TEXT = b(", " " * 8 + "^"]
        for number in range(5):  # batches that have to wait, and say nothing
            (project / "page.html").write_text(f"{number}")
            (project / f"{number}.pyc").write_text("")
            restarter.wait_for_line(f"ignored {number}.pyc")
        pages.write_text(BROKEN + "# still\n")
        restarter.wait_for_line("SyntaxError", after=error)
        assert fetch(port) == "one"
        assert runs(restarter) == ["run 1"]

        pages.write_text(OTHER)
        index = restarter.wait_for_line("restarted:")
        assert "restarted: 2 files, page.html ... (run 2" in restarter.lines()[index]
        restarter.wait_for_line("run 2", "stdout")
        assert fetch(port) == "two"
        errors = [line for line in restarter.lines() if "SyntaxError" in line]
        assert len(errors) == 2  # once for each content


def test_a_source_that_is_whole_again_as_it_was_is_no_change(project: Path) -> None:
    write(project / "app.py", WAITING)
    pages = write(project / "pages.py", WHOLE)
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        for mended in (WHOLE, WHOLE + "# same\n"):
            index = len(restarter.lines()) - 1
            pages.write_text(BROKEN)
            restarter.wait_for_line("SyntaxError", after=index)
            pages.write_text(mended)
            restarter.wait_for_line("every source compiles again", after=index)
        (project / "new.py").write_text("")
        restarter.wait_for_line("run 2", "stdout")
        assert runs(restarter) == ["run 1", "run 2"]


@pytest.mark.parametrize("mend", [Path.unlink, lambda path: path.write_text("x = 1\n")])
def test_a_new_source_that_is_broken_is_waited_for_as_well(project: Path, mend: object) -> None:
    write(project / "app.py", WAITING)
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        new = write(project / "new.py", BROKEN)
        restarter.wait_for_line("new.py:1: SyntaxError")
        (project / "page.html").write_text("new")
        assert callable(mend)
        mend(new)
        restarter.wait_for_line("restarted:")
        restarter.wait_for_line("run 2", "stdout")


def test_what_was_broken_from_the_start_holds_nothing(project: Path) -> None:
    write(project / "app.py", WAITING)
    template = write(project / "template.py", "class {{ name }}:\n    pass\n")
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        template.write_text("class {{ other }}:\n    pass\n")
        restarter.wait_for_line("restarted: template.py modified (run 2")
        restarter.wait_for_line("run 2", "stdout")


def test_a_program_that_has_ended_is_started_by_every_save(project: Path) -> None:
    app = write(project / "app.py", 'import os\nprint("run", os.environ["RESTARTER_RUN"])\n')
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        restarter.wait_for_line("ended with code 0")
        restarter.wait_for_line("known by content")
        app.write_text(app.read_text() + "# a comment\n")
        index = restarter.wait_for_line("restarted: app.py modified (run 2")
        restarter.wait_for_line("ended with code 0", after=index)
        app.write_text("x = (\n")
        restarter.wait_for_line("ended with code 1")


@pytest.mark.parametrize(
    "change", [lambda text: text + "# a comment\n", lambda text: text.replace('"run"', "'run'")]
)
def test_the_same_code_is_passed_over_but_not_forgotten(project: Path, change: object) -> None:
    app = write(project / "app.py", WAITING)
    assert callable(change)
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text(change(app.read_text()))
        restarter.wait_for_line("same code: app.py")

        (project / "page.html").write_text("new")

        restarter.wait_for_line("restarted: 2 files, app.py ... (run 2")
        restarter.wait_for_line("run 2", "stdout")
        # It was learned with the restart, without any quiet moment.
        app.write_text(change(WAITING).replace("import os,", "import  os,"))
        restarter.wait_for_line("same code: app.py", after=len(restarter.lines()) - 1)
        assert runs(restarter) == ["run 1", "run 2"]


@pytest.mark.parametrize("save", ["# a comment\n", "x = (\n"])
@pytest.mark.parametrize(
    "words",
    [
        ["--no-preflight", "--", PYTHON, "app.py"],
        ["--", "sh", "-c", f"exec {PYTHON} app.py"],
        ["--", PYTHON, "-m", "pytest"],
    ],
    ids=["switched off", "no program of Python", "a tool"],
)
def test_elsewhere_every_change_counts(project: Path, words: list[str], save: str) -> None:
    app = write(project / "app.py", WAITING)
    write(project / "pytest.py", "import app\n")
    with Restarter("-v", *words, cwd=project) as restarter:
        restarter.wait_for_line("run 1", "stdout")
        restarter.wait_for_line("known by content")
        app.write_text(app.read_text() + save)
        restarter.wait_for_line("restarted: app.py modified (run 2")


def newer_python() -> str:
    """A Python that compiles more than ours does."""
    for minor in range(sys.version_info.minor + 1, 20):
        # The programs of pyenv that stand in PATH may refuse to be what their names say.
        versions = Path("~/.pyenv/versions").expanduser().glob(f"3.{minor}.*/bin/python")
        if found := [
            *map(str, versions),
            *filter(None, [shutil.which(f"/usr/bin/python3.{minor}")]),
        ]:
            return found[0]
    pytest.skip("there is no newer Python on this machine")


def test_an_unknown_python_is_asked_before_ours_is_believed(project: Path) -> None:
    """One that takes everything, as a newer one may."""
    app = write(project / "app.py", WAITING)
    easy = write(
        project.parent / "python3",
        f"""\
        #!/bin/sh
        case "$*" in *hashlib*) echo asked >>{project.parent}/log; exec true; esac
        exec {PYTHON} "$@"
        """,
    )
    easy.chmod(0o755)
    with Restarter("-v", "--", str(easy), "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text(WAITING + "x = (\n")
        index = restarter.wait_for_line("restarted: app.py modified (run 2")
        eventually((project.parent / "log").exists)
        # After that the program itself says it.
        assert not any("SyntaxError" in line for line in restarter.lines()[:index])


def test_the_programs_own_python_says_what_is_broken(project: Path) -> None:
    newer = newer_python()
    app = write(project / "app.py", WAITING)
    with Restarter("-v", "--", newer, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text(WAITING + "x = (\n")
        restarter.wait_for_line("app.py:5: SyntaxError: '(' was never closed")
        app.write_text("type Number = int\n" + WAITING)
        restarter.wait_for_line("restarted: app.py modified (run 2")
        restarter.wait_for_line("run 2", "stdout")


def test_a_python_that_does_not_answer_is_waited_for_no_longer_than_a_moment(
    project: Path,
) -> None:
    app = write(project / "app.py", WAITING)
    slow = write(
        project.parent / "python3",
        f"""\
        #!/bin/sh
        case "$*" in *hashlib*) exec sleep 1000; esac
        exec {PYTHON} "$@"
        """,
    )
    slow.chmod(0o755)
    with Restarter("-v", "--", str(slow), "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text(WAITING + "x = (\n")
        restarter.wait_for_line("restarted: app.py modified (run 2")
        eventually(lambda: not any("sleep" in name_of(each) for each in restarter.left()))


def test_a_program_that_ends_while_it_is_broken_waits_for_the_next_save(project: Path) -> None:
    app = write(project / "app.py", WAITING)
    with Restarter("-v", "--", PYTHON, "app.py", cwd=project) as restarter:
        wait_until_known(restarter)
        app.write_text(WAITING + "x = (\n")
        restarter.wait_for_line("SyntaxError")
        (program,) = (each for each in restarter.left() if words_of(each) == [PYTHON, "app.py"])
        program.kill()
        restarter.wait_for_line("ended by SIGKILL")
        app.write_text(WAITING + "x = 1\n")
        restarter.wait_for_line("run 2", "stdout")
