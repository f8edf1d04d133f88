"""The JSON Schema of restarter.toml, from the table of settings.

Draft 7 (json-schema.org/draft-07), which editors for TOML understand (taplo, Even Better TOML).
"""

import json
import re
from typing import Any, Final

from restarter.configuration.choices import CLEAR, NOTIFY, ON_END, OUTPUT
from restarter.configuration.parsers import FALSE_WORDS, LONGEST_SECONDS, ON_CHANGE, TRUE_WORDS
from restarter.configuration.settings import KEYS, SWITCH, Key

_Schema = dict[str, Any]

# signal(7) of Linux, signal(3) of macOS and the BSDs, and signal() of Windows: the file is to be
# the same wherever it is made.
_SIGNALS: Final = (
    *("ABRT", "ALRM", "BREAK", "BUS", "CHLD", "CLD", "CONT", "EMT", "FPE", "HUP", "ILL", "INFO"),
    *("INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN"),
    *("SEGV", "STKFLT", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2"),
    *("VTALRM", "WINCH", "XCPU", "XFSZ"),
)


def schema_text() -> str:
    """Return the schema as the package has it."""
    return json.dumps(schema(), indent=2) + "\n"


def schema() -> _Schema:
    """Return what restarter.toml may say."""
    properties: dict[str, _Schema] = {}
    for key in KEYS:
        table, dot, name = key.name.partition(".")
        inside = properties
        if dot:
            inside = properties.setdefault(table, _table({}))["properties"]
        inside[name or table] = _of_key(key)
    for table in properties:
        if any(key.name == table + SWITCH for key in KEYS):
            properties[table] |= {"type": ["object", "boolean"]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "restarter.toml",
        "description": "What restarter runs, what it watches, and how it restarts.",
        **_table(properties),
    }


def _table(properties: dict[str, _Schema]) -> _Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _of_key(key: Key) -> _Schema:
    default = {} if key.default is None else {"default": key.default}
    return {"description": key.help, **default, **_KINDS[key.kind.name]}


def _text(**more: object) -> _Schema:
    return {"type": "string", **more}


def _list_of(item: _Schema, **more: object) -> _Schema:
    return {"type": "array", "items": item, **more}


def _any_of(*alternatives: _Schema) -> _Schema:
    return {"anyOf": list(alternatives)}


def _one_of_words(*words: str) -> _Schema:
    return {"enum": list(words)}


def _in_any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else re.escape(c) for c in word)


_NAME = _text(minLength=1)
_NAMES = _any_of(_NAME, _list_of(_NAME))
_NO_GLOB = r"^[^*?\[\]/\\]*$"
_EXTENSIONS = r"^[^*?\[\]/\\]*[^*?\[\]/\\\s,][^*?\[\]/\\]*$"
_NOT_BLANK = _text(pattern=r"\S")
_DURATION = _any_of(
    _text(
        pattern=r"^\s*(\d+\.?\d*|\.\d+)\s*([Mm][Ss]|[SsMm])?\s*$",
        examples=["50ms", "1.5s", "2m"],
    ),
    {"type": "number", "minimum": 0, "maximum": LONGEST_SECONDS},
)
_SIGNAL = _any_of(
    _one_of_words(*(f"SIG{name}" for name in ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2"))),
    _text(
        pattern=rf"^\s*(({_in_any_case('SIG')})?({'|'.join(map(_in_any_case, _SIGNALS))})|\d+)\s*$"
    ),
    {"type": "integer", "minimum": 1},
)
_SWITCHES = "|".join(map(_in_any_case, ("auto", *TRUE_WORDS, *FALSE_WORDS)))


def _switch_or(*words: str) -> _Schema:
    known = "|".join(map(_in_any_case, (*words, *TRUE_WORDS, *FALSE_WORDS)))
    return _any_of({"type": "boolean"}, _one_of_words(*words), _text(pattern=rf"^\s*({known})\s*$"))


_KINDS: Final[dict[str, _Schema]] = {
    "boolean": {"type": "boolean"},
    "clear": _switch_or(*CLEAR),
    "checks": _any_of(_NOT_BLANK, _list_of(_NOT_BLANK)),
    "command": _any_of(_NOT_BLANK, _list_of(_text(), minItems=1)),
    "duration": _DURATION,
    "environment": _any_of(
        {
            "type": "object",
            "propertyNames": {"pattern": "^[^=]+$"},
            "additionalProperties": {"type": ["string", "integer"]},
        },
        _list_of(_text(pattern="^[^=]+=")),
    ),
    "extensions": _any_of(_text(pattern=_EXTENSIONS), _list_of(_text(pattern=_NO_GLOB))),
    "names": _NAMES,
    "notify": _switch_or(*NOTIFY),
    "on_change": _any_of(_one_of_words(*ON_CHANGE), _SIGNAL),
    "on_end": _one_of_words(*ON_END),
    "output": _one_of_words(*OUTPUT),
    "path": _NAME,
    "paths": _NAMES,
    "patterns": _NAMES,
    "poll": _any_of(
        _one_of_words("auto"),
        {"type": "boolean"},
        _text(pattern=rf"^\s*({_SWITCHES})\s*$"),
        _DURATION,
    ),
    "settle": _any_of(_one_of_words("auto"), _DURATION),
    "signal": _SIGNAL,
}
