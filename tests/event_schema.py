"""The schema of the events and the table in their documentation, both made from the notices.

`make schema` writes them; a test compares them with what is there.
"""

import inspect
import json
import re
import sys
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

import restarter.status
from restarter.notices import Decision
from restarter.status.events import VERSION, kind_of_name
from tests.notice_samples import kinds

SCHEMA = Path(restarter.status.__file__).with_name("events.schema.json")
PAGE = Path(__file__).parents[1] / "docs" / "events.md"
BEGIN, END = "<!-- the kinds: made by `make schema` -->\n", "<!-- end of the kinds -->\n"

JsonObject = dict[str, Any]

_SIMPLE: dict[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
_TIME = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
    "description": "when it happened, in UTC to the millisecond, as in RFC 3339",
}


def schema() -> JsonObject:
    """The schema of one line, in the draft 2020-12 of JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of restarter",
        "description": "One line of what `restarter --output json` writes.",
        "oneOf": [{"$ref": f"#/$defs/{kind_of_name(name)}"} for name in kinds()],
        "$defs": {kind_of_name(name): event(kind) for name, kind in kinds().items()},
    }


def event(kind: type) -> JsonObject:
    """The schema of the events of one kind."""
    described = record(kind)
    envelope = {
        "version": {"const": VERSION},
        "time": _TIME,
        "kind": {"const": kind_of_name(kind.__name__)},
    }
    described["properties"] = envelope | described["properties"]
    described["required"] = [*envelope, *described["required"]]
    return described


def record(kind: type) -> JsonObject:
    """The schema of the fields of a class, which its docstring describes."""
    about = inspect.cleandoc(kind.__doc__ or "")
    hints = typing.get_type_hints(kind)
    return {
        "description": one_line(about.partition("\n\n")[0]),
        "type": "object",
        "properties": {name: value(hint) | field(about, name) for name, hint in hints.items()},
        "required": list(hints),
    }


def field(about: str, name: str) -> JsonObject:
    """What a docstring says of a field."""
    found = re.search(rf"^    {name}: (.*(?:\n {{8}}.*)*)", about, re.MULTILINE)
    return {"description": one_line(found[1])} if found else {}


def value(hint: Any) -> JsonObject:  # noqa: ANN401  a type hint has no type of its own
    """The schema of the values of a type."""
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if hint is object:  # only a decision has one, of any kind
        raise TypeError(hint)
    if isinstance(hint, types.UnionType):
        return {"type": [_SIMPLE[part] for part in typing.get_args(hint)]}
    if typing.get_origin(hint) is tuple:
        return array(typing.get_args(hint))
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {"$ref": "#"} if hint is Decision else record(hint)


def array(parts: tuple[Any, ...]) -> JsonObject:
    """The schema of a tuple, of one type or of several."""
    if parts[-1] is Ellipsis:
        return {"type": "array", "items": value(parts[0])}
    items = [value(part) for part in parts]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("None", "null")


def table() -> str:
    """The kinds with their fields, for the documentation."""
    rows = ["| kind | what happened | fields |", "|---|---|---|"]
    for name, kind in kinds().items():
        about = record(kind)
        fields = ", ".join(f"`{each}`" for each in about["properties"])
        rows.append(f"| `{kind_of_name(name)}` | {about['description']} | {fields} |")
    return "".join(f"{row}\n" for row in rows)


def page(before: str) -> str:
    """The page of documentation with the table in its place."""
    head, _, rest = before.partition(BEGIN)
    return head + BEGIN + table() + END + rest.partition(END)[2]


def text() -> str:
    """The text of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write both."""
    SCHEMA.write_text(text(), "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
