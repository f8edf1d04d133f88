"""Configuration: defaults < pyproject.toml < restarter.toml < environment < arguments.

Every layer is checked as a whole, also where a higher one replaces it, so that no mistake waits
for a bad moment. Every value knows where it was written.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from restarter.configuration.config_files import Files, find_files, given_file
from restarter.configuration.parsers import nearest, parse_switch, split_command
from restarter.configuration.settings import (
    BOOLEAN,
    KEYS,
    PATHS,
    PATTERNS,
    SWITCH,
    Key,
    Settings,
    Sourced,
)
from restarter.configuration.toml_text import Document
from restarter.errors import UsageError

_BY_NAME = {key.name: key for key in KEYS}
_TABLES = {key.name.partition(".")[0] for key in KEYS if "." in key.name}
_GLOB_CHARACTERS = frozenset("*?[")
_DEFAULT = "default"


class Loaded(NamedTuple):
    """Settings, and where they were written.

    Args:
        settings: what restarter is to do.
        origins: by the name of the key: `restarter.toml:7`, `RESTARTER_SETTLE`, `--ignore`,
            `COMMAND` or `default`; separated by commas where layers were joined.
    """

    settings: Settings
    origins: dict[str, str]


class _Found(NamedTuple):
    """The value of a key in one layer; relative paths in it start at the directory."""

    value: Any
    origin: str
    directory: str
    is_in_file: bool

    def error(self, key: str, message: str) -> UsageError:
        return _error(self.origin, key if self.is_in_file else "", message)


_Layer = dict[str, _Found]


def load(
    arguments: Mapping[str, object],
    *,
    directory: str,
    environ: Mapping[str, str],
    config_file: str | None = None,
    needs_command: bool = True,
) -> Loaded:
    """Read the configuration; once at the start, and again whenever a file of it has changed.

    Args:
        arguments: from the command line, by the name of the key and as TOML would have the
            value; what was not given is not there. Also `verbosity`, as Settings has it.
        directory: the current directory.
        environ: the environment.
        config_file: the one file to read; None to look for files.
        needs_command: whether a configuration without a command is refused; otherwise
            `Settings.command` is empty then.

    Raises:
        UsageError: one line that says what is wrong, where, and what to do.
    """
    here = os.path.realpath(directory)
    files = find_files(here) if config_file is None else given_file(config_file, here)
    found = _merge(
        [
            _default_layer(files.base),
            *(_file_layer(document, files.base) for document in files.documents),
            _environment_layer(environ, here),
            _argument_layer(arguments, here),
        ]
    )
    if needs_command and "command" not in found:
        message = (
            "no command to run: give one, as in `restarter -- python app.py`, or write a line"
            ' such as `command = "python app.py"` in restarter.toml'
        )
        raise UsageError(message)
    settings = _settings(found, files, here, arguments.get("verbosity"))
    return Loaded(settings, {name: value.origin for name, value in found.items()})


def _default_layer(base: str) -> _Layer:
    keys = (key for key in KEYS if key.default is not None)
    return {key.name: _found(key, key.default, _DEFAULT, base) for key in keys}


def _file_layer(document: Document, base: str) -> _Layer:
    layer = {}
    for name, value in _flatten(document):
        origin = document.origin(name)
        if name not in _BY_NAME:
            hint = nearest(name, _BY_NAME) or "; `restarter --help` lists what there is"
            raise _error(origin, "", f"unknown key {name!r}{hint}")
        layer[name] = _found(_BY_NAME[name], value, origin, base, document)
    return layer


def _flatten(document: Document) -> Iterator[tuple[str, object]]:
    """Yield the keys with their dotted names and values."""
    for name, value in document.table.items():
        if name not in _TABLES:
            yield name, value
        elif isinstance(value, dict):
            if name + SWITCH in _BY_NAME and SWITCH[1:] not in value:
                yield name + SWITCH, True  # whoever says more about it wants it
            yield from ((f"{name}.{inner}", content) for inner, content in value.items())
        elif name + SWITCH in _BY_NAME:
            yield name + SWITCH, value
        else:
            raise _error(document.origin(name), name, f"expected a table, written as [{name}]")


def _environment_layer(environ: Mapping[str, str], here: str) -> _Layer:
    # A variable that is set to nothing is how many a script says "none".
    texts = ((key, environ.get(key.variable)) for key in KEYS)
    return {key.name: _found_in_text(key, text, here) for key, text in texts if text}


def _found_in_text(key: Key, text: str, here: str) -> _Found:
    if key.kind.separator:
        parts = [part for part in text.split(key.kind.separator) if part.strip()]
        return _found(key, parts, key.variable, here)
    if key.kind is not BOOLEAN:
        return _found(key, text, key.variable, here)
    try:
        return _found(key, parse_switch(text), key.variable, here)
    except UsageError as error:
        raise _error(key.variable, "", error.message) from error


def _argument_layer(arguments: Mapping[str, object], here: str) -> _Layer:
    return {
        key.name: _found(key, arguments[key.name], (key.name.upper(), *key.flags)[-1], here)
        for key in KEYS
        if key.name in arguments
    }


def _found(
    key: Key, raw: object, origin: str, directory: str, document: Document | None = None
) -> _Found:
    """Parse a value; in a list of paths or patterns each item has an origin of its own."""
    try:
        value = key.kind.parse(raw)
    except UsageError as error:
        raise _error(origin, key.name if document else "", error.message) from error
    if key.kind in (PATHS, PATTERNS):
        origins = document.item_origins(key.name, value) if document else [origin] * len(value)
        value = tuple(map(Sourced, value, origins))
    return _Found(value, origin, directory, is_in_file=document is not None)


def _merge(layers: Iterable[_Layer]) -> _Layer:
    merged: _Layer = {}
    for layer in layers:
        for name, found in layer.items():
            below = merged.get(name)
            is_joined = _BY_NAME[name].is_joined and below and below.value
            merged[name] = _join(below, found) if below and is_joined else found
    return merged


def _join(below: _Found, above: _Found) -> _Found:
    # Of variables the higher one counts, and of ignore patterns the last that matches.
    values: Any = (below.value, above.value)
    value = values[0] | values[1] if isinstance(values[0], dict) else values[0] + values[1]
    return above._replace(value=value, origin=f"{below.origin}, {above.origin}")


def _settings(found: _Layer, files: Files, here: str, verbosity: object) -> Settings:
    value = {name: layer.value for name, layer in found.items()}
    poll, poll_interval = value["poll"]
    return Settings(
        command=_command(found),
        shell=_uses_shell(found),
        base=files.base,
        watch=_watch(found["watch"], files.base),
        ext=value["ext"],
        ignore=value["ignore"],
        gitignore=value["gitignore"],
        default_ignore=value["default_ignore"],
        follow_symlinks=value["follow_symlinks"],
        settle=value["settle"],
        poll=poll,
        poll_interval=poll_interval,
        cwd=_cwd(found, here),
        env=tuple(value["env"].items()),
        env_files=tuple(_file(item.text, found["env_file"]) for item in value["env_file"]),
        on_change=value["on_change"],
        on_exit=value["on_exit"],
        on_crash=value["on_crash"],
        stop_signal=value["stop.signal"],
        stop_timeout=value["stop.timeout"],
        stop_keep=value["stop.keep"],
        clear=value["clear"],
        postpone=value["postpone"],
        hold=value["hold"],
        keys=value["keys"],
        output=value["output"],
        output_file=_output_file(found.get("output_file")),
        notify=value["notify"],
        warm=value["warm.enabled"],
        warm_modules=value["warm.modules"],
        warm_skip=value["warm.skip"],
        check=value["check"],
        preflight=value["preflight"],
        verbosity=verbosity if isinstance(verbosity, int) else 0,
        config_files=files.paths,
        links=_links(found["watch"]),
    )


def _uses_shell(found: _Layer) -> bool:
    """Return whether a shell runs the command; a file's `shell` speaks of the file's command.

    A command that is typed was read by a shell already, and is not to lose its quotes.
    """
    shell, command = found["shell"], found.get("command")
    is_of_another = shell.is_in_file and command is not None and not command.is_in_file
    return shell.value and not is_of_another


def _file(path: str, found: _Found) -> str:
    """Return where a file really is; what is no file, such as a pipe, stays as it was named."""
    absolute = _absolute(path, found)
    return os.path.realpath(absolute) if os.path.isfile(absolute) else absolute


def _output_file(found: _Found | None) -> str:
    """Return where events are written to, which is found out before anything is started."""
    if found is None:
        return ""
    path = _file(found.value, found)
    directory = os.path.dirname(path)
    if os.path.isdir(path):
        raise found.error("output_file", f"{found.value!r} is a directory; name a file in it")
    if not os.path.isdir(directory):
        raise found.error("output_file", f"there is no directory {directory!r}; create it")
    if not os.access(path if os.path.exists(path) else directory, os.W_OK):
        raise found.error("output_file", f"{found.value!r} cannot be written; name another file")
    return path


def _command(found: _Layer) -> tuple[str, ...]:
    """Return the words to execute; for a shell one word, its script."""
    command = found.get("command")
    if command is None:
        return ()
    is_text = isinstance(command.value, str)
    if _uses_shell(found):
        return (command.value if is_text else _script(command),)
    try:
        words = split_command(command.value) if is_text else tuple(command.value)
    except UsageError as error:
        raise command.error("command", error.message) from error
    if not words or not words[0]:
        raise command.error("command", "the first word is empty; write what to run")
    return words


def _script(command: _Found) -> str:
    """Join typed words, which the shell is to read as it would at its prompt."""
    if command.is_in_file and len(command.value) > 1:
        raise command.error(
            "command", "a shell takes one string; write the list as one, or drop `shell`"
        )
    return " ".join(command.value)


def _cwd(found: _Layer, here: str) -> str:
    cwd, command = found["cwd"], found.get("command")
    if cwd.origin == _DEFAULT and not (command and command.is_in_file):
        return here
    return os.path.realpath(_absolute(cwd.value, cwd))


def _watch(found: _Found, base: str) -> tuple[Sourced, ...]:
    if found.origin == _DEFAULT:
        _check_default_root(base)
    unique: dict[str, Sourced] = {}
    for item in found.value:
        path = _absolute(item.text, found)
        resolved = os.path.realpath(path) if os.path.exists(path) else _glob(path)
        if resolved is None:
            error = found._replace(origin=item.origin).error
            raise error("watch", f"there is no {item.text!r}; only a glob may match nothing yet")
        unique.setdefault(resolved, Sourced(resolved, item.origin))
    return tuple(unique.values())


def _links(found: _Found) -> tuple[tuple[str, str], ...]:
    """Return the links among the watched paths: where one leads may change (`current`)."""
    paths = (_absolute(item.text, found).rstrip(os.sep) for item in found.value)
    return tuple(
        (os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)), to)
        for path in paths
        if os.path.islink(path) and (to := os.path.realpath(path))
    )


def _check_default_root(base: str) -> None:
    """Refuse what is hardly meant, and would take minutes to look through."""
    if base == os.path.dirname(base):
        what = "the root of the file system"
    elif base == os.path.realpath(os.path.expanduser("~")):
        what = "your home directory"
    else:
        return
    message = (
        f"{base} is {what}, too much to watch without being asked: go to your project, or say"
        " what to watch, as in `--watch src` or `--watch .`"
    )
    raise UsageError(message)


def _absolute(path: str, found: _Found) -> str:
    return os.path.join(found.directory, os.path.expanduser(path))


def _glob(path: str) -> str | None:
    """Return an absolute glob without symbolic links before its first wildcard, or None."""
    drive, rest = os.path.splitdrive(path)
    root, names = drive + os.sep, [name for name in rest.split(os.sep) if name]
    for index, name in enumerate(names):
        deeper = os.path.join(root, name)
        # A directory may have brackets in its name, and is no wildcard then: `pages/[id]/*.tsx`.
        if _GLOB_CHARACTERS & set(name) and not os.path.lexists(deeper):
            return os.path.join(_escape(os.path.realpath(root)), *names[index:])
        root = deeper
    return None


def _escape(path: str) -> str:
    return "".join(f"[{letter}]" if letter in _GLOB_CHARACTERS else letter for letter in path)


def _error(origin: str, key: str, message: str) -> UsageError:
    return UsageError(f"{origin}: {key}: {message}" if key else f"{origin}: {message}")
