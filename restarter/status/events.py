"""Notices as JSON, one object a line: described in docs/events.md and in events.schema.json."""

import json
import re
import time
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TextIO

from restarter.notices import Decision

VERSION: Final = 1
"""Another one when a field goes or changes its meaning; new fields and kinds may come."""


def kind_of(notice: object) -> str:
    """Return how a notice is called: `still_stopping` for StillStopping."""
    return kind_of_name(type(notice).__name__)


def kind_of_name(name: str) -> str:
    """Return how the notices of a class are called.

    >>> kind_of_name("StillStopping")
    'still_stopping'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def event(notice: object, at: float) -> dict[str, Any]:
    """Return a notice as an object of JSON.

    Args:
        notice: what happened.
        at: when, in seconds since the epoch.
    """
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    fields = notice._asdict().items() if hasattr(notice, "_asdict") else ()
    return {
        "version": VERSION,
        "time": when.replace("+00:00", "Z"),  # RFC 3339
        "kind": kind_of(notice),
        **{name: _value(value) for name, value in fields},
    }


def _value(value: object) -> object:
    match value:
        case Decision():
            return event(value.notice, value.at)
        case Enum():
            return value.value
        case tuple() if hasattr(value, "_asdict"):
            return {name: _value(inner) for name, inner in value._asdict().items()}
        case tuple():
            return [_value(inner) for inner in value]
        case float():
            return round(value, 6)
    return value


class EventLines:
    """Writes every notice, whatever the verbosity, as one line.

    Args:
        stream: where they go.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, notice: object) -> None:
        """Write one notice."""
        # ASCII, so that every stream and every name will do: a byte of a path that is not UTF-8
        # is a lone surrogate, as Python has it (PEP 383).
        line = json.dumps(event(notice, time.time()), ensure_ascii=True, separators=(",", ":"))
        self._stream.write(f"{line}\n")
        self._stream.flush()
