"""Write the files that are made from the code: schema, manual page, reference pages.

`make generate` runs it; a test compares the files with what it would write.
"""

from pathlib import Path

from tools.manual import manual_text
from tools.reference import command_line_text, configuration_text, environment_text
from tools.schema import schema_text

ROOT = Path(__file__).parents[1]

GENERATED = {
    "restarter/restarter.schema.json": schema_text,
    "docs/restarter.1": manual_text,
    "docs/reference/command-line.md": command_line_text,
    "docs/reference/configuration.md": configuration_text,
    "docs/reference/environment.md": environment_text,
}
"""By path from the checkout: what makes the text."""


def main() -> None:
    """Write all of them."""
    for name, text in GENERATED.items():
        (ROOT / name).write_text(text(), "utf-8")
        print(name)


if __name__ == "__main__":
    main()
