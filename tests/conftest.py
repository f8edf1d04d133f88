"""Fixtures that every test may use."""

from pathlib import Path

import hypothesis
import pytest

# A busy machine is no reason to fail: each test has its timeout from pytest.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty directory to work in; its path has no symbolic link in it."""
    directory = tmp_path.resolve() / "project"
    directory.mkdir()
    return directory
