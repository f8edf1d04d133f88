"""`restarter config`: every setting as a person would write it, and where it was written; pure."""

import os
import shlex
from collections.abc import Callable, Mapping
from signal import Signals
from typing import Any, NamedTuple

from restarter.configuration.parsers import POLL_SECONDS
from restarter.configuration.settings import (
    DURATION,
    KEYS,
    PATTERNS,
    SETTLE,
    SIGNAL,
    Key,
    Settings,
    Sourced,
)


class Setting(NamedTuple):
    """One key.

    Args:
        name: as in TOML, with a dot between table and key.
        value: as TOML would have it; None where there is none.
        origin: `restarter.toml:7`, `RESTARTER_POLL`, `--ext`, `default`; empty without a value.
        items: of paths and patterns each with its own origin.
    """

    name: str
    value: Any
    origin: str
    items: tuple[Sourced, ...] = ()


def list_settings(settings: Settings, origins: Mapping[str, str]) -> list[Setting]:
    """Return every setting, in the order of the help.

    Args:
        settings: what counts.
        origins: where it was written, by the name of the key.
    """
    return [_setting(key, settings, origins.get(key.name, "")) for key in KEYS]


def _setting(key: Key, settings: Settings, origin: str) -> Setting:
    value = _value(key, settings)
    items: tuple[Sourced, ...] = ()
    if key.name in ("watch", "ignore"):
        sources: tuple[Sourced, ...] = getattr(settings, key.name)
        items = tuple(
            source._replace(text=text) for source, text in zip(sources, value, strict=True)
        )
    return Setting(key.name, value, origin, items)


def _value(key: Key, settings: Settings) -> Any:  # noqa: ANN401
    special: dict[str, Callable[[Settings], Any]] = {
        "command": _command,
        "watch": lambda it: [_from_base(source.text, it) for source in it.watch],
        "poll": _poll,
        "cwd": lambda it: _from_base(it.cwd, it),
        "env": lambda it: dict(it.env),
        "env_file": lambda it: [_from_base(path, it) for path in it.env_files],
        "clear": lambda it: "all" if it.clear == "all" else bool(it.clear),
        "notify": lambda it: it.notify or False,
        "output_file": lambda it: _from_base(it.output_file, it) or None,
    }
    if key.name in special:
        return special[key.name](settings)
    value = getattr(settings, key.identifier)
    if key.kind is SIGNAL:
        return Signals(value).name
    if key.kind in (DURATION, SETTLE):
        return "auto" if value is None else _duration(value)
    if key.kind is PATTERNS:
        return [source.text for source in value]
    return list(value) if isinstance(value, tuple) else value


def _command(settings: Settings) -> str | None:
    if not settings.command:
        return None
    return settings.command[0] if settings.shell else shlex.join(settings.command)


def _poll(settings: Settings) -> str | bool:
    if settings.poll == "auto":
        return "auto"
    if settings.poll == "always" and settings.poll_interval != POLL_SECONDS:
        return _duration(settings.poll_interval)
    return settings.poll == "always"


def _duration(seconds: float) -> str:
    """Return the shortest text that means exactly this.

    >>> _duration(5.0), _duration(0.05), _duration(90.0)
    ('5s', '50ms', '90s')
    """
    if 0 < seconds < 1 and (milliseconds := round(seconds * 1000)) / 1000 == seconds:
        return f"{milliseconds}ms"
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _from_base(path: str, settings: Settings) -> str:
    """Return a path as it could stand in the file of the project."""
    if path == settings.base:
        return os.curdir
    return path.removeprefix(settings.base.rstrip(os.sep) + os.sep)
