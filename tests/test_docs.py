"""What README and the pages of docs/ say to type is understood, and the tutorial works."""

import doctest
import json
import re
import shlex
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import tomli

from restarter.cli.command_line import SUBCOMMANDS, parse
from restarter.configuration.config import load
from tests.helpers import Restarter, eventually
from tests.test_servers import fetch, free_port

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))

FENCED = re.compile(r"^( *)```(\{?[\w-]+\}?)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)

OTHERS = {
    *(
        "brew",
        "cargo",
        "cd",
        "curl",
        "docker",
        "tail",
        "git",
        "loginctl",
        "npm",
        "pip",
        "pipx",
        "python",
    ),
    *("systemctl", "tmux", "uv", "touch", "export", "source", "sudo", "sysctl", "eval"),
}
"""Commands that the pages name beside restarter and make; they are other people's."""

SHOWN_ONLY = {"text", "make", "ini", "yaml", "dockerfile", "diff", "http", "{toctree}"}
"""Not executed here: layouts, and files of other tools (tests/test_running_under.py has those)."""

NAMED = ("src", "templates", "services/api", "libs/shared/src", "config", "tests", "web", "docs")
"""Directories that the pages take for granted."""


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in FENCED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            block = Block(page, line, match[2], textwrap.dedent(match[3]))
            if not languages or block.language in languages:
                found.append(block)
    return found


def commands(block: Block) -> Iterator[list[str]]:
    """Yield what is typed, as words."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    for line in lines:
        words = shlex.split(line, comments=True)
        if words:
            yield words


@pytest.fixture
def furnished(project: Path) -> Path:
    for name in NAMED:
        (project / name).mkdir(parents=True)
    return project


def test_every_kind_of_block_is_looked_at() -> None:
    known = SHOWN_ONLY | {"console", "sh", "toml", "python", "json"}

    assert [str(block) for block in blocks() if block.language not in known] == []


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=str)
def test_what_is_to_be_typed_is_understood(
    block: Block, furnished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(furnished)
    for words in commands(block):
        if words[0] == "restarter":
            assert_is_understood(words[1:], furnished)
        elif words[0] == "make":
            assert_is_a_target(words[1:])
        else:
            assert words[0].partition("=")[0] in OTHERS, words


def assert_is_understood(words: list[str], project: Path) -> None:
    end = next((words.index(mark) for mark in ("|", "&&", ">", "2>", "&") if mark in words), None)
    job = parse(words[:end])
    is_run = isinstance(job, partial) and not set(words) & set(SUBCOMMANDS)
    if is_run and set(words) - {"--version", "--help", "-h"}:
        assert isinstance(job, partial)
        given = {"command": ("from the file",)} | job.args[0]
        assert load(given, directory=str(project), environ={}).settings.command


def assert_is_a_target(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for word in words:
        if "=" not in word and not word.startswith("-"):
            is_ours = re.search(rf"^{re.escape(word)}:", makefile, re.MULTILINE)
            assert is_ours or word == "dev", f"no target {word}"


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_what_a_page_configures_is_a_configuration(block: Block, furnished: Path) -> None:
    is_shared = "[tool." in block.text
    if is_shared and "tool.restarter" not in block.text:
        assert tomli.loads(block.text)
        return
    name = "pyproject.toml" if is_shared else "restarter.toml"
    (furnished / name).write_text(block.text)

    loaded = load({}, directory=str(furnished), environ={}, needs_command=False)

    written = tomli.loads(block.text)
    table = written["tool"]["restarter"] if is_shared else written
    if "command" in table:
        command = table["command"]
        words = tuple(shlex.split(command) if isinstance(command, str) else command)
        assert loaded.settings.command in (words, (command,))


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_what_a_page_programs_is_a_program(block: Block) -> None:
    examples = doctest.DocTestParser().get_examples(block.text)
    text = "".join(example.source for example in examples) or block.text
    compile(text, str(block), "exec")


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_what_a_page_shows_as_json_is_json(block: Block) -> None:
    text = block.text.strip()
    for document in [text] if text.startswith("{\n") else text.splitlines():
        json.loads(document)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target


def test_the_last_step_of_the_tutorial_works(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = [block for block in blocks("python", "console") if block.page.name == "tutorial.md"]
    typed = [words for block in page if block.language == "console" for words in commands(block)]
    (project / "app.py").write_text(
        next(block.text for block in page if block.language == "python")
    )
    monkeypatch.chdir(project)

    assert parse(next(words[1:] for words in typed if "init" in words))() == 0
    assert "flask" in (project / "restarter.toml").read_text()

    assert parse(next(words[1:] for words in typed if "why" in words))() == 1
    assert "'*.log'" in capsys.readouterr().out


def test_the_tutorial_works(project: Path) -> None:
    """It is done step by step, with the program and the command that the page shows."""
    page = [block for block in blocks() if block.page.name == "tutorial.md"]
    program = next(block.text for block in page if block.language == "python")
    typed = [words for block in page if block.language == "console" for words in commands(block)]
    run = next(words for words in typed if "flask" in words)
    (project / "app.py").write_text(program)
    port = free_port()
    words = [sys.executable if word == "python" else word for word in run[1:]]
    with Restarter(*words, "--port", str(port), cwd=project) as restarter:
        eventually(lambda: fetch(port) == "Hello!\n", 30, "the first answer")
        restarter.wait_for_line("watching")

        (project / "app.py").write_text(program.replace("Hello!", "Changed!"))
        eventually(lambda: fetch(port) == "Changed!\n", 30, "the changed answer")
        restarter.wait_for_line("restarted")
        restarts = len([line for line in restarter.lines() if "restarted" in line])
        assert restarts == 1

        changed = program.replace("Hello!", "Changed!")
        (project / "app.py").write_text(changed.replace("(__name__)", "(__name__"))
        restarter.wait_for_line("the program goes on")
        assert fetch(port) == "Changed!\n"

        (project / "app.py").write_text(changed)
        restarter.wait_for_line("mended")
        (project / "templates.html").write_text("something new")
        eventually(
            lambda: [line for line in restarter.lines() if "restarted" in line][restarts:], 30
        )
        again = [line for line in restarter.lines() if "restarted" in line][restarts:]
        assert len(again) == 1
        assert "templates.html" in again[0]
        assert "app.py" not in again[0]
