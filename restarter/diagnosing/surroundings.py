"""What restarter runs in: versions, the terminal, the environment."""

import codecs
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple, TextIO

import restarter
from restarter.configuration.parsers import nearest
from restarter.configuration.settings import KEYS
from restarter.diagnosing.findings import Finding, ok, warning
from restarter.processes.command import OWN_VARIABLES

_LIBRARIES: Final = ("click", "pathspec", "psutil", "rich", "tomli", "watchdog")
_PREFIX: Final = "RESTARTER_"


class Streams(NamedTuple):
    """The standard streams; None for one that is closed."""

    stdin: TextIO | None
    stderr: TextIO | None


def check_versions(executable: str, path: str | None) -> Iterator[Finding]:
    """Tell what is running, and whether the command of that name is the same.

    Args:
        executable: this Python.
        path: where commands are looked up; None for the PATH of this process.
    """
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    system = f"{platform.system()} {platform.release()}"
    text = f"restarter {restarter.__version__}, Python {platform.python_version()}, {system}"
    yield ok("versions", f"{text}; {libraries}")
    found, own = shutil.which("restarter", path=path), os.path.dirname(executable)
    if found and os.path.dirname(os.path.realpath(found)) not in {own, os.path.realpath(own)}:
        yield warning(
            "versions",
            f"the command `restarter` is another program: {found}",
            f'export PATH="{own}:$PATH"',
        )


def check_terminal(streams: Streams, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tell what the terminal is able to do.

    Args:
        streams: of this process.
        environ: TERM, NO_COLOR, CLICOLOR_FORCE.
    """
    error = streams.stderr
    if error is None or not error.isatty():
        yield ok("terminal", "stderr is no terminal: plain lines, no keys")
        return
    abilities = [_size(error), error.encoding, "no colours" if _is_plain(environ) else "colours"]
    if streams.stdin is None or not streams.stdin.isatty():
        abilities.append("no keys: stdin is no terminal")
    told = f"{environ.get('TERM', 'no TERM')}, {', '.join(filter(None, abilities))}"
    if codecs.lookup(error.encoding).name == "utf-8":
        yield ok("terminal", told)
    else:
        remedy = "export LC_ALL=C.UTF-8" if os.name == "posix" else "set PYTHONUTF8=1"
        yield warning("terminal", f"{told}: names may be shown with escapes", remedy)


def check_variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find variables that look like settings and are none.

    Args:
        environ: the environment.
    """
    known = {key.variable for key in KEYS}
    for name in sorted(environ):
        if name.startswith(_PREFIX) and name not in known | OWN_VARIABLES:
            hint = nearest(name, known)
            yield warning("variables", f"{name} is no setting{hint}", f"unset {name}")


def own_streams() -> Streams:
    """Return the streams of this process."""
    return Streams(sys.stdin, sys.stderr)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _is_plain(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"


def _size(stream: TextIO) -> str:
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except OSError:
        return ""
    return f"{columns}x{lines}"
