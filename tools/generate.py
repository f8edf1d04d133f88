"""Write the files that are made from the code: the JSON Schema and the manual page.

`make generate` runs it; a test compares the files with what it would write.
"""

from pathlib import Path

from tools.manual import manual_text
from tools.schema import schema_text

ROOT = Path(__file__).parents[1]

GENERATED = {
    "restarter/restarter.schema.json": schema_text,
    "docs/restarter.1": manual_text,
}
"""By path from the checkout: what makes the text."""


def main() -> None:
    """Write all of them."""
    for name, text in GENERATED.items():
        (ROOT / name).write_text(text(), "utf-8")
        print(name)


if __name__ == "__main__":
    main()
