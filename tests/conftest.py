"""Fixtures that every test may use."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.terminals import Shell, shell_in_terminal

# A busy machine is no reason to fail: each test has its timeout from pytest.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


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
