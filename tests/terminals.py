"""What tests in a real terminal share: a shell in a pty, driven by pexpect."""

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pexpect
import psutil

Shell: TypeAlias = "pexpect.spawn[str]"

SERVER = """
import os, signal
print("run", os.environ["RESTARTER_RUN"], flush=True)
signal.pause()
"""

PROMPT = r"db\) "
"""Of pdb; what restarter says at the same time may come between the letters before."""


@contextmanager
def shell_in_terminal(project: Path) -> Iterator[Shell]:
    """A shell in a terminal, in the project, that stays when restarter ends."""
    # Unbuffered, each word that a program prints is a write, and other lines come in between.
    personal = ("NO_COLOR", "CLICOLOR_FORCE", "PYTHONUNBUFFERED")
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("RESTARTER_") and key not in personal
    }
    environment |= {"TERM": "xterm-256color", "PS1": "shell> ", "HOME": str(project.parent)}
    shell = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        cwd=str(project),
        env=environment,
        encoding="utf-8",
        codec_errors="replace",  # an editor looks what a terminal makes of bytes
        timeout=20,
        dimensions=(30, 200),
    )
    shell.expect_exact("shell> ")
    shell.sendline("bind 'set enable-bracketed-paste off'; stty -echoctl")
    shell.expect_exact("shell> ")
    try:
        yield shell
    finally:
        shell.close(force=True)


def told(label: str, text: str) -> str:
    """A pattern for a line of restarter, whose parts stand in columns and have colours."""
    return rf"{label}(?: |\x1b\[[0-9;]*m)+{re.escape(text)}"


def expect_group(shell: Shell, pattern: str) -> str:
    """Wait for a pattern, and return what its group matched."""
    shell.expect(pattern)
    assert isinstance(shell.match, re.Match)
    return str(shell.match.group(1))


def expect_both(shell: Shell, *patterns: str) -> None:
    """Wait for patterns that come in any order: restarter and its command both write."""
    expect_groups(shell, *patterns)


def expect_groups(shell: Shell, *patterns: str) -> list[str]:
    """Wait for patterns in any order; returns what the groups of each matched, all in one."""
    left = [re.compile(pattern) for pattern in patterns]
    found = {}
    while left:
        pattern = left.pop(shell.expect([*left])).pattern
        assert isinstance(shell.match, re.Match)
        found[pattern] = "".join(shell.match.groups())
    return [found[pattern] for pattern in patterns]


def settings_of(shell: Shell) -> str:
    """The terminal's settings, as the shell's programs find them."""
    shell.sendline("stty -g")
    found = expect_group(shell, r"([0-9a-f:]{20,})\r")
    shell.expect_exact("shell> ")
    return found


def restart(shell: Shell, project: Path, program: str, *options: str) -> None:
    (project / "app.py").write_text(textwrap.dedent(program))
    words = [sys.executable, "-m", "restarter", *options, "--", sys.executable, "app.py"]
    shell.sendline(" ".join(words))


def key_session(terminal: Shell, project: Path, *options: str) -> None:
    """Start a server, and wait until everything is known."""
    restart(terminal, project, SERVER, *options)
    at_last = "known by content" if "-v" in options else "watching"
    expect_both(terminal, "run 1", at_last)


def child_of(shell: Shell) -> int:
    (child,) = psutil.Process(shell.pid).children()
    return int(child.pid)


def state_of(pid: int) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"^State:\s+(\w)", status, re.MULTILINE)
    assert match is not None
    return match.group(1)
