"""Fixtures that every test may use."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.terminals import Shell, shell_in_terminal

# A busy machine is no reason to fail: each test has its timeout from pytest.
hypothesis.settings.register_profile(
    "project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("project")

# What the terminal of whoever runs this can do, and what they like, is no business of the tests.
for _name in ("CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR"):
    os.environ.pop(_name, None)
os.environ["TERM"] = "xterm-256color"


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing; unlike what is really ignored, this is not inherited."""


# nohup, and a script that starts tests with `&`, hand these on ignored, and so would we: to the
# programs that are sent them, and to the shells of terminals that are closed.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, _ignore),
    (signal.SIGHUP, _ignore),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty directory to work in; its path has no symbolic link in it."""
    directory = tmp_path.resolve() / "project"
    directory.mkdir()
    return directory


@pytest.fixture
def terminal(project: Path) -> Iterator[Shell]:
    """A shell in a terminal, in the project, that stays when restarter ends."""
    with shell_in_terminal(project) as shell:
        yield shell
