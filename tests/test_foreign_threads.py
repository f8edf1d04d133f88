"""A thread in restarter's own interpreter that restarter has not started.

A profiler or a tracer starts one when the interpreter starts (`ddtrace-run` does it so): it blocks
no signal, and the kernel gives it those that are sent to restarter.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.helpers import Restarter, eventually
from tests.terminals import Shell, child_of, state_of

PYTHON = sys.executable

SITECUSTOMIZE = """
import pathlib, sys, threading, time

def sample():
    pathlib.Path(__file__).with_name("samples").touch()
    while True:
        time.sleep(0.01)

if "restarter" in sys.orig_argv:  # and not in the program
    threading.Thread(target=sample, name="profiler", daemon=True).start()
"""

DISPOSITIONS = """
import os, signal
numbers = signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}  # Python ignores them
usual = (signal.SIG_DFL, signal.default_int_handler)
odd = {number for number in numbers if signal.getsignal(number) not in usual}
mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
print("run", os.environ["RESTARTER_RUN"], odd, mask, flush=True)
signal.pause()
"""


@pytest.fixture
def environment(project: Path) -> Iterator[Mapping[str, str]]:
    """With it, each Python that is restarter has a thread from its start."""
    directory = project.parent / "profiler"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(SITECUSTOMIZE)
    yield {"PYTHONPATH": str(directory)}
    assert (directory / "samples").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_another_thread_gets_ends_restarter(
    project: Path, environment: Mapping[str, str], number: signal.Signals
) -> None:
    with Restarter("--", "sleep", "100000", cwd=project, env=environment) as restarter:
        restarter.wait_for_line("watching")
        restarter.signal(signal.SIGWINCH)
        restarter.signal(number)
        assert restarter.wait() == 128 + number


def test_a_signal_that_is_for_somebody_else_s_handler_is_not_passed_on(project: Path) -> None:
    directory = project.parent / "profiler"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(
        "import pathlib, signal, sys\n"
        "def sample(*_):\n    pathlib.Path(__file__).with_name('samples').touch()\n"
        "if 'restarter' in sys.orig_argv:\n"
        "    signal.signal(signal.SIGALRM, sample)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)\n"
    )
    environment = {"PYTHONPATH": str(directory)}
    with Restarter("--", "sleep", "100000", cwd=project, env=environment) as restarter:
        restarter.wait_for_line("watching")
        (directory / "samples").unlink(missing_ok=True)
        (project / "file.txt").write_text("")  # Python runs handlers while it does something
        restarter.wait_for_line("(run 2")
        (project / "file.txt").write_text("1")
        restarter.wait_for_line("(run 3")
        assert (directory / "samples").exists()
        assert not [line for line in restarter.lines() if "ended" in line]


def test_a_signal_that_another_thread_gets_before_anything_is_loaded_waits(
    project: Path, environment: Mapping[str, str]
) -> None:
    script = "kill -TERM $PPID; trap 'echo asked; exit' TERM; while :; do sleep 0.01; done"
    with Restarter("--", "sh", "-c", script, cwd=project, env=environment) as restarter:
        assert restarter.wait() == 128 + signal.SIGTERM
        restarter.wait_for_line("asked", "stdout")


def test_the_end_of_a_child_that_another_thread_hears_of_is_seen(
    project: Path, environment: Mapping[str, str]
) -> None:
    (project / "app.py").write_text(DISPOSITIONS)
    options = ("--stop-timeout", "1000s", "--", PYTHON, "app.py")
    with Restarter(*options, cwd=project, env=environment) as restarter:
        restarter.wait_for_line("run 1 set() set()", "stdout")
        restarter.wait_for_line("watching")
        for run in (2, 3, 4):
            (project / "module.py").write_text(f"run = {run}\n")
            restarter.wait_for_line(f"run {run} set() set()", "stdout")
        (project / "app.py").write_text("raise SystemExit(7)")
        restarter.wait_for_line("code 7")


def test_ctrl_z_and_fg_reach_both_while_another_thread_gets_the_signals(
    terminal: Shell, project: Path, environment: Mapping[str, str]
) -> None:
    (project / "app.py").write_text("import signal\nprint('run', flush=True)\nsignal.pause()\n")
    variable = f"PYTHONPATH={environment['PYTHONPATH']}"
    terminal.sendline(f"{variable} {PYTHON} -m restarter -- {PYTHON} app.py")
    terminal.expect("watching")
    restarter = child_of(terminal)

    os.kill(restarter, signal.SIGTSTP)

    terminal.expect_exact("Stopped")
    terminal.expect_exact("shell> ")
    eventually(lambda: state_of(restarter) == "T")
    terminal.sendline("fg")
    eventually(lambda: state_of(restarter) in "SR")
    terminal.sendcontrol("c")
    terminal.expect_exact("shell> ")
    terminal.sendline("echo code $?")
    terminal.expect_exact("code 130")
