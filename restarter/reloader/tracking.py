"""Which files a program is made of."""

import functools
import os
import site
import sys
from collections.abc import Iterator
from types import ModuleType, TracebackType
from typing import NamedTuple

from restarter.reloader.options import Options


class Watched(NamedTuple):
    """What is watched for a program.

    Args:
        roots: directories that modules are imported from; their Python files count.
        files: single files: modules from elsewhere, and where errors were.
        options: what the program asked for.
    """

    roots: tuple[str, ...]
    files: frozenset[str]
    options: Options


def watched_now(options: Options) -> Watched:
    """Return what is to be watched for this program, as it is now."""
    return Watched(source_roots(), frozenset(module_files()), options)


def source_roots() -> tuple[str, ...]:
    """Return the directories on `sys.path` that hold the program, and not Python or packages."""
    found = map(os.path.realpath, import_path())
    return tuple(dict.fromkeys(path for path in found if os.path.isdir(path) and is_own(path)))


def import_path() -> list[str]:
    """Return `sys.path` without what is no text: imports skip that as well."""
    path: list[object] = [*sys.path]
    return [each for each in path if isinstance(each, str)]


def module_files(seen: set[str] | None = None) -> set[str]:
    """Return the files of imported modules, but for those of Python and of packages.

    Args:
        seen: names of modules that are left out; those that are returned are added.
    """
    names = sys.modules.keys() - (seen or set())
    if seen is not None:
        seen |= names
    found = filter(None, (_file_of(sys.modules.get(name)) for name in names))
    return {name for path in found if is_own(path) for name in names_of(path)}


def traceback_files(error: BaseException) -> set[str]:
    """Return the files that an error and its causes came through, those of packages included.

    A syntax error names a file that is not on the way to it.
    """
    files: set[str] = set()
    for each in causes(error):
        files.update(entry.tb_frame.f_code.co_filename for entry in entries(each.__traceback__))
        if isinstance(each, SyntaxError) and each.filename:
            files.add(each.filename)
    return {name for path in files if os.path.isfile(path) for name in names_of(path)}


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what it came from, and what it is a group of; each once."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()


def entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the entries of a traceback, the outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def is_own(path: str) -> bool:
    """Whether a path is outside of Python and of the environment that packages are installed in."""
    return not os.path.join(path, "").startswith(foreign_directories())


def names_of(path: str) -> set[str]:
    """Return the paths at which a file is watched: itself, and where it leads to if it is a link.

    No directory in them is a link: the kernel and the selection know it under its own name.
    """
    directory, name = os.path.split(os.path.abspath(path))
    return {os.path.join(os.path.realpath(directory), name), os.path.realpath(path)}


@functools.cache
def foreign_directories() -> tuple[str, ...]:
    """Return where Python and installed packages are, each with a slash at its end.

    Not all that is below `sys.prefix`: that is `/usr` for many a Python, and somebody may work
    in `/usr/src`; and a virtual environment may be made in the very directory of a project.
    """
    packages = [*site.getsitepackages(), site.getusersitepackages()]
    found = [os.path.dirname(os.__file__), os.path.dirname(sys.executable), *packages]
    real = map(os.path.realpath, found)
    return tuple(dict.fromkeys(os.path.join(path, "") for path in (*found, *real) if path))


def _file_of(module: ModuleType | None) -> str | None:
    """Return the file that a module came from; of one in an archive, the archive.

    Nothing is asked of the module itself: a lazy one would be loaded by that, and what stands in
    `sys.modules` need not be a module at all.
    """
    try:
        path = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    while isinstance(path, str) and path and not os.path.isfile(path):
        path, below = os.path.dirname(path), path
        if path == below:
            return None
    return path if isinstance(path, str) and path else None
