"""The help: one screen with everything on it, and a page that explains it all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from restarter.cli.command_line import SUBCOMMANDS
from restarter.configuration.settings import KEYS
from tests.test_cli import finished

FLAGS = {flag for key in KEYS for flag in key.flags} | {
    *("--config", "-v", "--verbose", "-q", "--quiet", "--version", "-h", "--help"),
}


def page(project: Path, *arguments: str) -> list[str]:
    result = finished(*arguments, cwd=project)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_fits_a_terminal_of_24_lines_and_80_columns(project: Path, option: str) -> None:
    lines = page(project, option)
    assert max(map(len, lines)) <= 80
    assert len(lines) < 24  # the prompt needs the last one


def test_the_help_names_every_option_and_every_command(project: Path) -> None:
    words = set(
        re.findall(r"(?<![\w-])--?[a-zA-Z-]+|\b[a-z]+\b", "\n".join(page(project, "--help")))
    )
    assert words >= FLAGS
    assert words >= set(SUBCOMMANDS)


def test_the_help_begins_with_the_five_most_used_options_and_ends_with_examples(
    project: Path,
) -> None:
    text = "\n".join(page(project, "--help"))
    most_used = text.partition("Most used:\n")[2].partition("\n\n")[0].splitlines()
    names = ["--watch", "--ext", "--ignore", "--clear", "--env-file"]
    assert [next(name for name in names if name in line) for line in most_used] == names
    assert all(re.search(r"  [a-z]", line.strip()) for line in most_used)
    examples = text.partition("Examples:\n")[2].splitlines()
    assert len(examples) == 3
    assert all(example.startswith("  restarter ") for example in examples)


def test_the_long_help_has_a_line_for_every_option_and_command(project: Path) -> None:
    text = "\n".join(page(project, "help"))
    for key in KEYS:
        if key.flags:
            does = key.help.replace(" ", r"\s+")
            assert re.search(
                rf"^  {re.escape(', '.join(key.flags))}.*?{does}", text, re.MULTILINE | re.DOTALL
            )
    for name in SUBCOMMANDS:
        assert re.search(rf"^  {name} +[a-z]", text, re.MULTILINE)
    words = ["Usage: ", "Watch:", "Run:", "Restart:", "Other:", "Commands:", "Examples:"]
    assert sorted(words, key=text.index) == words


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_a_command_is_explained_by_help_and_by_its_own_option(project: Path, name: str) -> None:
    explained = page(project, "help", name)
    assert explained[0].startswith(f"Usage: restarter {name} [OPTIONS]")
    assert any("-h, --help" in line for line in explained)
    assert page(project, name, "--help") == explained


def test_a_page_of_help_loads_none_of_the_heavy_libraries(project: Path) -> None:
    script = "import sys; from restarter.cli import main; main(); print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script, "--help"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    loaded = set(result.stdout.split())
    assert "restarter.cli.help" in loaded
    assert not {"rich", "psutil", "watchdog", "pathspec", "restarter.cli.why"} & loaded
