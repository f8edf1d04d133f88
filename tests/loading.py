"""The configuration of a directory, for tests: settings, origins, or one line of complaint."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from restarter.configuration.config import Loaded, load
from restarter.configuration.settings import Settings, Sourced
from restarter.errors import UsageError

COMMAND = {"command": ("true",)}


def loaded(
    directory: Path,
    arguments: Mapping[str, object] = COMMAND,
    environ: Mapping[str, str] | None = None,
    config_file: str | None = None,
) -> Loaded:
    return load(arguments, directory=str(directory), environ=environ or {}, config_file=config_file)


def settings(
    directory: Path,
    arguments: Mapping[str, object] = COMMAND,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    return loaded(directory, arguments, environ).settings


def error(
    directory: Path,
    arguments: Mapping[str, object] = COMMAND,
    environ: Mapping[str, str] | None = None,
    config_file: str | None = None,
) -> str:
    with pytest.raises(UsageError) as caught:
        loaded(directory, arguments, environ, config_file)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    return caught.value.message


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def repository(directory: Path) -> Path:
    (directory / ".git").mkdir()
    return directory


def texts(items: tuple[Sourced, ...]) -> tuple[str, ...]:
    return tuple(item.text for item in items)
