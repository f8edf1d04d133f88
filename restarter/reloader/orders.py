"""What the supervisor is told: the order of its parent, and the reports of the program."""

import json
from typing import Any, NamedTuple

from restarter.events import Stat
from restarter.reloader.options import Options
from restarter.reloader.tracking import Watched


class Order(NamedTuple):
    """What the process that was started first wants.

    Args:
        words: the program.
        directory: where it runs.
        identity: what tells it from other programs.
        watched: what is watched for it; None: it is run again only when it asks for it.
    """

    words: tuple[str, ...]
    directory: str
    identity: int
    watched: Watched | None


class Reported(NamedTuple):
    """The program tells what it is made of.

    Args:
        options: of each call that was made since the last report.
        roots: directories that modules are imported from.
        files: what single files were like when the program had just read them.
    """

    options: tuple[Options, ...]
    roots: tuple[str, ...]
    files: dict[str, Stat]


def read_order(text: str) -> Order:
    """Return the order that was written as JSON."""
    order = json.loads(text)
    watched = order["watched"]
    if watched is not None:
        roots, files, options = watched
        watched = Watched(tuple(roots), frozenset(files), _options(options))
    return Order(tuple(order["words"]), order["directory"], order["identity"], watched)


def read_report(line: bytes) -> Reported | None:
    """Return a report; None if the program was killed in the middle of it."""
    try:
        report = json.loads(line)
    except ValueError:
        return None
    files = {path: Stat(*values) for path, values in report["files"].items()}
    return Reported(tuple(map(_options, report["options"])), tuple(report["roots"]), files)


def _options(values: list[Any]) -> Options:
    track, patterns, directories, interval = values
    return Options(tuple(track), tuple(patterns), tuple(directories), interval)
