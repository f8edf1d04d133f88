"""A warm host that has become stale is replaced beside the run, before the next restart."""

import shutil
import stat
import sys
import time
import venv
from pathlib import Path

import psutil

from tests.helpers import Restarter, eventually
from tests.test_survivors import processes_of
from tests.test_warm import LIBRARY, PROGRAM, lay_out, running, save
from tests.warm import helpers_of, wait_until_warm


def wait_for_another(restarter: Restarter, old: list[psutil.Process]) -> list[psutil.Process]:
    """Wait until another host and its spare are there."""

    def others() -> list[psutil.Process] | None:
        found = helpers_of(restarter)
        return found if len(found) == 2 and not set(found) & set(old) else None

    return eventually(others, message="another host and its spare", timeout=20)


def host_and_spare(restarter: Restarter) -> list[psutil.Process]:
    """Wait until there is a spare as well, for the run that comes next."""

    def both() -> list[psutil.Process] | None:
        return found if len(found := helpers_of(restarter)) == 2 else None

    return eventually(both, message="a host and a spare")


def library_of(project: Path) -> Path:
    return project.parent / "lib" / "site-packages" / "library.py"


def test_a_library_that_was_changed_is_imported_ahead_anew(project: Path) -> None:
    with running(project) as restarter:
        old = helpers_of(restarter)

        library_of(project).write_text(LIBRARY.replace("old", "newer"))

        wait_for_another(restarter, old)
        save(project, "text 2")
        restarter.wait_for_line("run 2 warm newer none text 2", "stdout")
        assert len([line for line in restarter.lines() if "the next restart is warm" in line]) == 2


def test_a_library_deep_in_a_package_that_is_installed_file_by_file_is_there_in_the_end(
    project: Path,
) -> None:
    """As pip does it: the old files go one by one, and then the new ones come."""
    environment = lay_out(project)
    package = library_of(project).parent / "library"
    library_of(project).unlink()
    (package / "deep").mkdir(parents=True)
    source = "import os\nimported_in = os.getpid()\nfrom library.deep.part import value\n"
    (package / "__init__.py").write_text(source)
    (package / "deep" / "part.py").write_text("value = 'old'\n")
    words = ["--warm", "--", sys.executable, "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old", "stdout")
        old = wait_until_warm(restarter)

        shutil.rmtree(package)
        (package / "deep").mkdir(parents=True)
        (package / "deep" / "part.py").write_text("value = 'newer'\n")
        (package / "__init__.py").write_text(source)

        wait_for_another(restarter, old)
        save(project, "text 2")
        restarter.wait_for_line("run 2 warm newer none text 2", "stdout")


def test_an_environment_file_that_changes_makes_another_host_before_the_next_run(
    project: Path,
) -> None:
    """Where the run is not stopped for it."""
    variables = project / "variables"
    variables.write_text("EXTRA=one\n")
    environment = lay_out(project)
    options = ["--warm", "--env-file", "variables", "--on-change", "queue"]
    command = ["--", sys.executable, "app.py"]
    with Restarter(*options, *command, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old one", "stdout")
        old = wait_until_warm(restarter)
        (run,) = processes_of(restarter) - set(old)

        (project / "new").write_text("EXTRA=two\n")
        (project / "new").rename(variables)

        wait_for_another(restarter, old)
        run.terminate()
        restarter.wait_for_line("run 2 warm old two text 1", "stdout")


def test_an_interpreter_that_is_replaced_makes_another_host_before_the_next_run(
    project: Path,
) -> None:
    environment = lay_out(project, PROGRAM.replace('"EXTRA", "none"', '"X", sys._base_executable'))
    program = (project / "app.py").read_text().replace("import os", "import os, sys")
    (project / "app.py").write_text(program)
    place = project.parent / "venv"
    venv.create(place, symlinks=True)
    with Restarter(
        "--warm", "--", str(place / "bin" / "python"), "app.py", cwd=project, env=environment
    ) as restarter:
        restarter.wait_for_line("run 1 cold old", "stdout")
        old = wait_until_warm(restarter)

        shutil.rmtree(place)
        venv.create(place, symlinks=True)

        wait_for_another(restarter, old)
        (project / "app.py").write_text(program.replace("text 1", "text 2"))
        restarter.wait_for_line("run 2 warm old", "stdout")


def test_an_interpreter_that_is_gone_for_a_while_is_waited_for(project: Path) -> None:
    environment = lay_out(project)
    place = project.parent / "venv"
    venv.create(place, symlinks=True)
    words = ["--warm", "--", str(place / "bin" / "python"), "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old", "stdout")
        old = wait_until_warm(restarter)

        shutil.rmtree(place)
        gone = time.monotonic()
        eventually(lambda: time.monotonic() > gone + 1.3, message="a look that finds nothing")
        venv.create(place, symlinks=True)

        wait_for_another(restarter, old)
        save(project, "text 2")
        restarter.wait_for_line("run 2 warm old none text 2", "stdout")
        assert not [line for line in restarter.lines() if "are cold" in line]


def test_an_interpreter_that_is_no_host_after_it_was_replaced_ends_it_without_a_second_run(
    project: Path,
) -> None:
    environment = lay_out(project)
    python = project.parent / "python"
    python.symlink_to(sys.executable)
    words = ["--warm", "--", str(python), "app.py"]
    with Restarter(*words, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 cold old", "stdout")
        wait_until_warm(restarter)

        wrapper = project.parent / "new"
        wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -I "$@"\n')
        wrapper.chmod(stat.S_IRWXU)
        wrapper.rename(python)

        restarter.wait_for_line("restarts are cold: the warm host or its spare was lost 3 times")
        assert len(restarter.lines("stdout")) == 1
