"""Environment files: lines of NAME=VALUE, as python-dotenv reads them."""

import os
import stat
from collections.abc import Mapping
from functools import lru_cache

from restarter.errors import SpawnError

PIPE_SECONDS = 5.0
"""How long the writer of a pipe has to say the next word."""

_BAD_USE = 2

# What came out of a pipe, as in `--env-file <(pass show env)`, does not come out of it again.
_from_pipes: dict[str, str] = {}


def read_environment_file(path: str) -> Mapping[str, str]:
    """Return the variables of a file.

    Raises:
        SpawnError: it cannot be read, or has a line that is something else.
    """
    return _parse(path, _read(path))


@lru_cache(maxsize=16)
def _parse(path: str, text: str) -> Mapping[str, str]:
    """Return the variables in the text of a file.

    Remembered: the parser takes a millisecond for twenty lines, and what was parsed before the old
    run was stopped is mostly what is read again for the new one, once the old one is gone.
    """
    # Imported here: most projects have no such file and need not pay for the parser.
    import io

    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise _error(f"{path}:{binding.original.line}: not a line of the form NAME=VALUE")
    values = dotenv_values(stream=io.StringIO(text))
    for name, value in values.items():
        if "=" in name or "\0" in name + (value or ""):
            raise _error(f"{path}: {name!r} is no name, or its value no text, for a variable")
    return {name: value or "" for name, value in values.items()}


def _read(path: str) -> str:
    if path in _from_pipes:
        return _from_pipes[path]
    try:
        # Not blocking: a pipe may have no writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb", buffering=0) as file:
            if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                return file.read().decode()
            _from_pipes[path] = _read_pipe(descriptor).decode()
            return _from_pipes[path]
    except UnicodeDecodeError as error:
        raise _error(f"cannot read the environment file {path}: it is not UTF-8") from error
    except OSError as error:
        raise _error(f"cannot read the environment file {path}: {error.strerror}") from error


def _read_pipe(descriptor: int) -> bytes:
    import select

    text = b""
    while select.select([descriptor], [], [], PIPE_SECONDS)[0]:
        part = os.read(descriptor, 65536)
        if not part:
            return text
        text += part
    raise TimeoutError(0, "nobody writes into that pipe")


def _error(message: str) -> SpawnError:
    return SpawnError(message, exit_code=_BAD_USE)
