"""Warm restarts as a whole: what they are good for, and every way in which they can fail."""

import io
import signal
import stat
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests import faulty_program
from tests.helpers import Restarter, eventually, is_alive
from tests.terminals import PROMPT, Shell, expect_both, restart
from tests.test_servers import free_port
from tests.test_survivors import alive, processes_of
from tests.warm import helpers_of, wait_until_warm

LIBRARY = """
import os
imported_in = os.getpid()
value = "old"
"""

PROGRAM = """
import os, signal
import library
is_warm = library.imported_in != os.getpid()
words = os.environ["RESTARTER_RUN"], "warm" if is_warm else "cold", library.value
print("run", *words, os.environ.get("EXTRA", "none"), "text 1", flush=True)
signal.pause()
"""


def lay_out(project: Path, program: str = PROGRAM) -> dict[str, str]:
    """Write a program and a library; returns the environment in which it is found."""
    libraries = project.parent / "lib" / "site-packages"
    libraries.mkdir(parents=True)
    (libraries / "library.py").write_text(LIBRARY)
    (project / "app.py").write_text(program)
    return {"PYTHONPATH": str(libraries), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def running(project: Path, *options: str) -> Iterator[Restarter]:
    """Run the program until the next restart will be warm."""
    environment = lay_out(project)
    words = ["--", sys.executable, "app.py"]
    with Restarter("--warm", *options, *words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old none text 1", "stdout")
        restarter.wait_for_line("watching")
        wait_until_warm(restarter)
        yield restarter


def save(project: Path, text: str) -> None:
    (project / "app.py").write_text(PROGRAM.replace("text 1", text))


def wait_for_spare(restarter: Restarter, *before: psutil.Process) -> None:
    """Wait until the next restart will be a warm one, with none of the helpers of before."""

    def are_there() -> bool:
        found = helpers_of(restarter)
        return len(found) == 2 and not {*found} & {*before}

    eventually(are_there, message="a host and a spare")


def kill_and_wait(process: psutil.Process) -> None:
    process.kill()
    eventually(lambda: not is_alive(process), message="the end of the process")


def test_each_restart_is_warm_and_runs_the_program_as_it_is_now(project: Path) -> None:
    with running(project) as restarter:
        host = helpers_of(restarter)[0]
        assert Path(f"/proc/{host.pid}/oom_score_adj").read_text().strip() == "500"
        for number in range(2, 5):
            save(project, f"text {number}")
            restarter.wait_for_line(f"run {number} warm old none text {number}", "stdout")
            restarter.wait_for_line(f"restarted: app.py modified (run {number}, warm")
            wait_for_spare(restarter)
        assert host in helpers_of(restarter)
        assert restarter.stop() == 130


def test_a_library_that_is_imported_later_is_learned(project: Path) -> None:
    environment = lay_out(project, "import signal; print('run', flush=True); signal.pause()")
    words = ["--", sys.executable, "app.py"]
    with Restarter("--warm", *words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run", "stdout")
        wait_until_warm(restarter)
        (project / "app.py").write_text(PROGRAM)
        restarter.wait_for_line("run 2 cold", "stdout")
        first = restarter.wait_for_line("the next restart is warm")
        restarter.wait_for_line("the next restart is warm", after=first)
        wait_for_spare(restarter)

        save(project, "text 3")

        restarter.wait_for_line("run 3 warm old none text 3", "stdout")


def test_named_modules_are_imported_ahead_or_not(project: Path) -> None:
    (project / "restarter.toml").write_text('[warm]\nskip = ["library"]\nmodules = ["colorsys"]\n')
    program = PROGRAM.replace('"text 1"', '"colorsys" in __import__("sys").modules')
    environment = lay_out(project, program)
    words = ["--", sys.executable, "app.py"]
    with Restarter("--verbose", *words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old none False", "stdout")
        wait_until_warm(restarter)

        (project / "app.py").write_text(program + "CHANGED = True\n")

        restarter.wait_for_line("run 2 cold old none True", "stdout")
        restarter.wait_for_line("(run 2, warm")


def test_a_library_that_shows_is_left_to_the_run_and_named(project: Path) -> None:
    environment = lay_out(project)
    library = project.parent / "lib" / "site-packages" / "library.py"
    library.write_text(LIBRARY + "print('imported', flush=True)\n")
    words = ["--warm", "--verbose", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        wait_until_warm(restarter)
        restarter.wait_for_line("not imported ahead: library (it prints something when imported)")
        assert restarter.lines("stdout").count("imported") == 1

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold old none text 2", "stdout")
        assert restarter.lines("stdout").count("imported") == 2


# What changes


def test_a_library_that_changes_on_the_disk_is_imported_anew(project: Path) -> None:
    with running(project) as restarter:
        before = helpers_of(restarter)
        library = project.parent / "lib" / "site-packages" / "library.py"
        library.write_text(LIBRARY.replace("old", "newer"))

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold newer none text 2", "stdout")
        wait_for_spare(restarter, *before)
        save(project, "text 3")
        restarter.wait_for_line("run 3 warm newer none text 3", "stdout")


def test_a_part_that_is_put_into_an_imported_package_is_found(project: Path) -> None:
    environment = lay_out(project)
    package = project.parent / "lib" / "site-packages" / "library"
    package.mkdir()
    optional = (
        "try:\n    from . import optional as value\nexcept ImportError:\n    value = 'alone'\n"
    )
    (package / "__init__.py").write_text("import os\nimported_in = os.getpid()\n" + optional)
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold alone", "stdout")
        wait_until_warm(restarter)
        (package / "optional.py").write_text("")

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold <module 'library.optional'", "stdout")


def test_a_library_that_is_installed_anew_is_found_by_one_that_looked_for_it(
    project: Path,
) -> None:
    environment = lay_out(project)
    libraries = project.parent / "lib" / "site-packages"
    optional = "try:\n    import optional as value\nexcept ImportError:\n    value = 'alone'\n"
    (libraries / "library.py").write_text("import os\nimported_in = os.getpid()\n" + optional)
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold alone", "stdout")
        wait_until_warm(restarter)
        (libraries / "optional.py").write_text("")

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold <module 'optional'", "stdout")


def test_another_environment_makes_another_host(project: Path) -> None:
    variables = project / "variables"
    variables.write_text("EXTRA=one\n")
    lay = ["--env-file", "variables", "--ignore", "variables"]
    environment = lay_out(project)
    words = ["--warm", *lay, "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old one", "stdout")
        before = wait_until_warm(restarter)
        variables.write_text("EXTRA=two\n")

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold old two", "stdout")
        wait_for_spare(restarter, *before)
        save(project, "text 3")
        restarter.wait_for_line("run 3 warm old two", "stdout")


def test_a_directory_that_was_replaced_is_the_new_one(project: Path) -> None:
    new = project.with_name("new")
    new.mkdir()
    (new / "other").touch()
    (new / "app.py").write_text(PROGRAM.replace('"text 1"', "sorted(os.listdir())"))
    with running(project) as restarter:
        project.rename(project.parent / "moved")
        new.rename(project)
        restarter.wait_for_line("warm old none ['app.py', 'other']", "stdout")


@pytest.mark.parametrize("place", ["vendor", "."])
def test_a_module_of_the_program_is_imported_rather_than_the_library_of_its_name(
    project: Path, place: str
) -> None:
    """Also where only the program itself tells Python to look for it, as `flask` does."""
    program = f"import sys\nsys.path.insert(0, {place!r})\n" + PROGRAM
    environment = lay_out(project)
    (project / "start").mkdir()
    (project / "start" / "app.py").write_text(program)
    (project / place).mkdir(exist_ok=True)
    (project / place / "library.py").write_text(LIBRARY.replace("old", "own"))
    words = ["--warm", "--", sys.executable, "start/app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold own none text 1", "stdout")
        wait_until_warm(restarter)

        (project / "start" / "app.py").write_text(program.replace("text 1", "text 2"))

        restarter.wait_for_line("run 2 cold own none text 2", "stdout")
        restarter.wait_for_line("(run 2, warm")


def test_a_new_module_of_the_program_hides_a_library_that_was_imported_ahead(
    project: Path,
) -> None:
    with running(project, "--watch", "app.py") as restarter:
        before = helpers_of(restarter)
        (project / "library.py").write_text(LIBRARY.replace("old", "own"))

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold own none text 2", "stdout")
        wait_for_spare(restarter, *before)
        save(project, "text 3")
        restarter.wait_for_line("run 3 cold own none text 3", "stdout")
        restarter.wait_for_line("(run 3, warm")


def test_a_directory_of_the_program_that_is_no_package_hides_no_library(project: Path) -> None:
    with running(project, "--watch", "app.py") as restarter:
        (project / "library").mkdir()

        save(project, "text 2")

        restarter.wait_for_line("run 2 warm old none text 2", "stdout")


# What fails


def test_a_killed_host_is_replaced(project: Path) -> None:
    with running(project) as restarter:
        before = helpers_of(restarter)
        kill_and_wait(before[0])
        save(project, "text 2")
        restarter.wait_for_line("old none text 2", "stdout")
        wait_for_spare(restarter, *before)

        save(project, "text 3")

        restarter.wait_for_line("run 3 warm old none text 3", "stdout")


def test_a_killed_spare_is_replaced(project: Path) -> None:
    with running(project) as restarter:
        host, spare = helpers_of(restarter)
        kill_and_wait(spare)
        wait_for_spare(restarter, spare)
        assert host in helpers_of(restarter)

        save(project, "text 2")

        restarter.wait_for_line("run 2 warm old none text 2", "stdout")


def test_who_is_killed_again_and_again_is_given_up(project: Path) -> None:
    with running(project) as restarter:
        killed: list[psutil.Process] = []
        for _ in range(3):
            wait_for_spare(restarter, *killed)
            killed.append(helpers_of(restarter)[1])
            kill_and_wait(killed[-1])
        restarter.wait_for_line("restarts are cold: the warm host or its spare was lost 3 times")
        eventually(lambda: not helpers_of(restarter), message="the end of the host")

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold old none text 2", "stdout")


def test_a_spare_that_is_killed_at_the_last_moment_costs_a_cold_start(project: Path) -> None:
    with running(project) as restarter:
        host, spare = helpers_of(restarter)
        host.suspend()
        kill_and_wait(spare)

        save(project, "text 2")

        restarter.wait_for_line("run 2 cold old none text 2", "stdout")
        assert restarter.stop() == 130


def test_a_host_and_a_spare_that_were_stopped_do_no_harm(project: Path) -> None:
    with running(project) as restarter:
        for each in helpers_of(restarter):
            each.suspend()

        save(project, "text 2")

        restarter.wait_for_line("run 2 warm old none text 2", "stdout")
        save(project, "text 3")
        restarter.wait_for_line("run 3 cold old none text 3", "stdout")
        assert restarter.stop() == 130


def test_nothing_is_left_when_restarter_was_killed(project: Path) -> None:
    with running(project) as restarter:
        before = processes_of(restarter)
        assert len(before) == 3  # the run, the host, the spare

        restarter.signal(signal.SIGKILL)
        restarter.wait()

        eventually(lambda: not alive(before), message="the end of all")


@pytest.mark.parametrize("mode", ["plain", "stubborn", "daemon", "stopped_child", "pool_by_fork"])
def test_the_old_run_is_gone_before_the_new_one_starts(project: Path, mode: str) -> None:
    (project / "file.txt").write_text("0")
    words = [sys.executable, faulty_program.__file__, mode, str(free_port())]
    with Restarter("--warm", "--stop-timeout", "500ms", "--", *words, cwd=project) as restarter:
        restarter.wait_for_line("ready", "stdout")
        restarter.wait_for_line("watching")
        wait_until_warm(restarter)
        for number in (2, 3):
            wait_for_spare(restarter)
            helpers = helpers_of(restarter)
            run = processes_of(restarter) - set(helpers)
            assert run

            (project / "file.txt").write_text(str(number))

            restarter.wait_for_line(f"(run {number}, warm")
            assert alive(run) == []
            index = restarter.wait_for_line("ready", "stdout", after=number - 2)
            assert index
            assert helpers[0].is_running()
        assert "Address already in use" not in "\n".join(restarter.lines())


def test_a_debugger_works_in_a_warm_run(terminal: Shell, project: Path) -> None:
    program = """
        import os
        number = os.environ["RESTARTER_RUN"]
        breakpoint()
        print("on", number)
    """
    terminal.logfile_read = seen = io.StringIO()
    restart(terminal, project, program, "--warm", "--no-keys")
    for number in (1, 2):
        # What restarter says of a start and what the program says have no order.
        start = "watching" if number == 1 else "run 2, warm"
        expect_both(terminal, PROMPT, "reads the terminal", start)
        terminal.sendline("print('number', number)")
        terminal.expect(f"number {number}")
        terminal.expect_exact("(Pdb) ")
        terminal.sendline("continue")
        expect_both(terminal, f"on {number}", "with code 0")
        if number == 1:
            if "the next restart is warm" not in seen.getvalue():
                terminal.expect("the next restart is warm")
            (project / "app.py").write_text(textwrap.dedent(program) + "# changed")
    terminal.sendintr()
    terminal.expect_exact("shell> ")


def test_the_random_numbers_of_numpy_are_seeded_in_each_run(project: Path) -> None:
    environment = lay_out(project)
    libraries = project.parent / "lib" / "site-packages"
    (libraries / "numpy").mkdir()
    (libraries / "numpy" / "__init__.py").touch()
    (libraries / "numpy" / "random.py").write_text(
        "import os\npids = []\ndef seed():\n    pids.append(os.getpid())\n"
    )
    library = (
        "import os\nimport numpy.random\nimported_in, value = os.getpid(), numpy.random.pids\n"
    )
    (libraries / "library.py").write_text(library)
    with Restarter(
        "--warm", "--", sys.executable, "app.py", cwd=project, env=environment
    ) as restarter:
        restarter.wait_for_line("run 1 cold []", "stdout")
        wait_until_warm(restarter)
        _, spare = helpers_of(restarter)

        save(project, "text 2")

        restarter.wait_for_line(f"run 2 warm [{spare.pid}] none", "stdout")


def test_a_library_finds_a_terminal_where_the_run_has_one(terminal: Shell, project: Path) -> None:
    environment = lay_out(project)
    library = project.parent / "lib" / "site-packages" / "library.py"
    library.write_text(LIBRARY + "import sys\nvalue = sys.stdin.isatty(), sys.stdout.isatty()\n")
    terminal.sendline(" ".join(f"export {name}={value};" for name, value in environment.items()))
    restart(terminal, project, PROGRAM, "--warm")
    expect_both(terminal, r"cold \(True, True\)", "the next restart is warm")

    save(project, "text 2")

    terminal.expect(r"warm \(True, True\)")
    terminal.sendintr()
    terminal.expect("by Ctrl-C")


UV = """\
#!/bin/sh
echo run >>synced
shift 2
export VIRTUAL_ENV=there
{python} "$@"
"""


def test_what_uv_runs_is_started_warm_until_uv_has_something_to_do(project: Path) -> None:
    environment = lay_out(project, PROGRAM.replace('"EXTRA"', '"VIRTUAL_ENV"'))
    uv = project / "uv"
    uv.write_text(UV.format(python=sys.executable))
    uv.chmod(stat.S_IRWXU)
    (project / "pyproject.toml").write_text("[project]\n")
    words = ["--warm", "--ext", "py", "--", "./uv", "run", "python", "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old there text 1", "stdout")
        wait_until_warm(restarter)
        text = (project / "app.py").read_text()

        (project / "app.py").write_text(text.replace("text 1", "text 2"))
        restarter.wait_for_line("run 2 warm old there text 2", "stdout")
        wait_for_spare(restarter)
        assert (project / "synced").read_text() == "run\n"

        (project / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        (project / "app.py").write_text(text.replace("text 1", "text 3"))
        restarter.wait_for_line("run 3 cold old there text 3", "stdout")
        assert (project / "synced").read_text() == "run\nrun\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--with", "x", "app.py"], "what `uv run --with` does has to be done in each start"),
        (["--frozen", "script.py"], "PEP 723"),
    ],
)
def test_what_uv_does_in_each_start_is_not_left_out(
    project: Path, words: list[str], reason: str
) -> None:
    uv = project / "uv"
    uv.write_text("#!/bin/sh\nexec sleep 100\n")
    uv.chmod(stat.S_IRWXU)
    (project / "script.py").write_text("# /// script\n# dependencies = []\n# ///\n")
    with Restarter("--warm", "--", "./uv", "run", *words, cwd=project) as restarter:
        restarter.wait_for_line("restarts are cold: ")
        assert reason in " ".join(restarter.lines())


# What cannot be warm


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["sleep", "100"], "sleep is no Python program"),
        ([sys.executable, "-I", "app.py"], "python -I starts without what a warm start needs"),
        (["./python", "app.py"], "this Python is older than 3.9 or imports no"),
    ],
)
def test_what_cannot_be_warm_is_said_once_and_runs_once(
    project: Path, words: list[str], reason: str
) -> None:
    (project / "app.py").write_text("import signal; print('run', flush=True); signal.pause()")
    wrapper = project / "python"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -I "$@"\n')
    wrapper.chmod(stat.S_IRWXU)
    with Restarter("--warm", "--", *words, cwd=project) as restarter:
        restarter.wait_for_line(f"restarts are cold: {reason}")
        restarter.wait_for_line("watching")
        (project / "app.py").write_text("import signal; print('again', flush=True); signal.pause()")
        restarter.wait_for_line("(run 2, stopped in")
        assert restarter.lines("stdout").count("run") <= 1
        assert len([line for line in restarter.lines() if "are cold" in line]) == 1
        assert helpers_of(restarter) == []


def test_a_library_that_starts_threads_only_now_and_then_ends_it(project: Path) -> None:
    environment = lay_out(project)
    library = project.parent / "lib" / "site-packages" / "library.py"
    # The first time is the run's, the second the trial's, and the third is the host's own.
    library.write_text(
        LIBRARY + "import threading\n"
        "left = os.listdir('times')\n"
        "if left:\n"
        "    os.rmdir('times/' + left[0])\n"
        "if len(left) == 1:\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    for name in "123":
        (project / "times" / name).mkdir(parents=True)
    words = ["--warm", "--watch", "app.py", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("restarts are cold: library: it starts threads")
        restarter.wait_for_line("watching")
        save(project, "text 2")
        restarter.wait_for_line("run 2 cold old none text 2", "stdout")


def test_threads_that_belong_to_the_start_of_the_interpreter_end_it(project: Path) -> None:
    environment = lay_out(project)
    (project.parent / "lib" / "site-packages" / "sitecustomize.py").write_text(
        "import os, threading\n"
        "if 'RESTARTER_RUN' in os.environ:  # not in restarter itself\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    words = ["--warm", "--watch", "app.py", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("restarts are cold: the start of the interpreter itself begins")
        restarter.wait_for_line("watching")
        save(project, "text 2")
        restarter.wait_for_line("run 2 cold old none text 2", "stdout")
        assert len([line for line in restarter.lines() if "are cold" in line]) == 1


def test_warm_restarts_can_be_switched_on_and_off_meanwhile(project: Path) -> None:
    environment = lay_out(project)
    config = project / "restarter.toml"
    config.write_text("")
    with Restarter("--", sys.executable, "app.py", cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old none text 1", "stdout")
        restarter.wait_for_line("watching")

        config.write_text("warm = true")
        switched = restarter.wait_for_line("new settings: warm")
        save(project, "text 2")
        restarter.wait_for_line("run 2 cold old none text 2", "stdout")
        wait_until_warm(restarter)
        save(project, "text 3")
        restarter.wait_for_line("run 3 warm old none text 3", "stdout")

        config.write_text("warm = false")
        restarter.wait_for_line("new settings: warm", after=switched)
        eventually(lambda: not helpers_of(restarter), message="the end of host and spare")
        save(project, "text 4")
        restarter.wait_for_line("run 4 cold old none text 4", "stdout")


def test_who_patches_modules_is_started_cold(project: Path) -> None:
    environment = lay_out(project, "import gevent.monkey\n" + PROGRAM)
    package = project.parent / "lib" / "site-packages" / "gevent"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "monkey.py").touch()
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("restarts are cold: gevent.monkey patches")
        restarter.wait_for_line("watching")
        save(project, "text 2")
        restarter.wait_for_line("run 2 cold old none text 2", "stdout")
