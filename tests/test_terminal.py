"""restarter in a real terminal: a pty, driven by pexpect."""

import os
import re
import signal
import sys
import termios
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.helpers import eventually


@pytest.fixture
def terminal(project: Path) -> Iterator[pexpect.spawn]:
    """A shell in a terminal, in the project, that stays when restarter ends."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("RESTARTER_") and key not in ("NO_COLOR", "CLICOLOR_FORCE")
    }
    environment |= {"TERM": "xterm-256color", "PS1": "shell> ", "HOME": str(project.parent)}
    shell = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        cwd=str(project),
        env=environment,
        encoding="utf-8",
        timeout=20,
        dimensions=(30, 200),
    )
    shell.expect_exact("shell> ")
    shell.sendline("bind 'set enable-bracketed-paste off'; stty -echoctl")
    shell.expect_exact("shell> ")
    yield shell
    shell.close(force=True)


def local_flags(shell: pexpect.spawn) -> int:
    """The terminal's local flags: echo, line editing ..."""
    flags: int = termios.tcgetattr(shell.child_fd)[3]
    return flags


def restart(shell: pexpect.spawn, project: Path, program: str, *options: str) -> None:
    (project / "app.py").write_text(textwrap.dedent(program))
    words = [sys.executable, "-m", "restarter", *options, "--", sys.executable, "app.py"]
    shell.sendline(" ".join(words))


SERVER = """
import os, signal
print("run", os.environ["RESTARTER_RUN"], flush=True)
signal.pause()
"""


def test_lines_are_coloured_and_the_terminal_is_left_as_it_was_found(
    terminal: pexpect.spawn, project: Path
) -> None:
    terminal.sendline("stty -g")
    terminal.expect(r"([0-9a-f:]{20,})\r")
    before = terminal.match.group(1)
    terminal.expect_exact("shell> ")
    restart(terminal, project, SERVER)
    terminal.expect("run 1")
    terminal.expect("watching")

    (project / "app.py").write_text(SERVER + "# changed")

    terminal.expect(r"\x1b\[[0-9;]*mrestarted: app\.py modified")
    terminal.expect("run 2")
    terminal.sendintr()
    terminal.expect("stopped by Ctrl-C")
    terminal.expect_exact("shell> ")
    terminal.sendline("echo code $?; stty -g")
    terminal.expect_exact("code 130")
    terminal.expect(r"([0-9a-f:]{20,})\r")
    assert terminal.match.group(1) == before


def test_no_color_means_no_colours_in_a_terminal_either(
    terminal: pexpect.spawn, project: Path
) -> None:
    terminal.sendline("export NO_COLOR=1")
    terminal.expect_exact("shell> ")
    restart(terminal, project, SERVER)
    terminal.expect("watching")
    terminal.sendintr()
    terminal.expect_exact("shell> ")
    assert "\x1b[" not in terminal.before


def test_a_program_may_read_the_terminal(terminal: pexpect.spawn, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import signal
        name = input("your name? ")
        print("hello", name[::-1], flush=True)
        signal.pause()
        """,
    )
    terminal.expect_exact("your name? ")
    terminal.expect("reads the terminal")

    terminal.sendline("evil")

    terminal.expect_exact("hello live")


def test_a_debugger_killed_at_its_prompt_leaves_a_terminal_that_works(
    terminal: pexpect.spawn, project: Path
) -> None:
    restart(
        terminal,
        project,
        """
        import os, signal, sys, termios
        settings = termios.tcgetattr(0)
        settings[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(0, termios.TCSANOW, settings)
        print("no", "echo", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    terminal.expect_exact("no echo")
    terminal.expect("ended by SIGKILL")
    both = termios.ECHO | termios.ICANON
    eventually(lambda: local_flags(terminal) & both == both, message="the old settings")
    terminal.sendintr()
    terminal.expect_exact("shell> ")


def test_ctrl_z_suspends_both_and_fg_resumes_both(terminal: pexpect.spawn, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os, time
        print("pid", os.getpid(), flush=True)
        while True:
            time.sleep(0.05)
        """,
    )
    terminal.expect(r"pid (\d+)")
    pid = int(terminal.match.group(1))
    terminal.expect("watching")

    terminal.sendcontrol("z")

    terminal.expect("Stopped")
    eventually(lambda: state_of(pid) == "T", message="the program is suspended")
    terminal.sendline("fg")
    eventually(lambda: state_of(pid) == "S", message="the program goes on")
    terminal.sendintr()
    terminal.expect("stopped by Ctrl-C")
    terminal.expect_exact("shell> ")


def state_of(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"^State:\s+(\w)", status, re.MULTILINE)
    assert match is not None
    return match.group(1)


def test_a_closed_terminal_ends_everything(terminal: pexpect.spawn, project: Path) -> None:
    restart(
        terminal,
        project,
        """
        import os, signal
        print("pid", os.getpid(), flush=True)
        signal.pause()
        """,
    )
    terminal.expect(r"pid (\d+)")
    pid = int(terminal.match.group(1))
    terminal.expect("watching")

    os.kill(terminal.pid, signal.SIGHUP)
    terminal.close()

    eventually(lambda: not Path(f"/proc/{pid}").exists(), message="the program's end")
