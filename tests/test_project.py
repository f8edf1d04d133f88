"""The files around the code agree with each other."""

import html
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import restarter
from tests import pictures

ROOT = Path(__file__).parents[1]
PAGES = {"", ".cfg", ".md", ".py", ".rst", ".toml", ".txt", ".yaml", ".yml"}

# Any installer followed by the bare name; `pipx install .` and `pip install ./restarter` are fine.
FROM_THE_INDEX = re.compile(
    r"\b(pip3?|pipx|uv|uvx|poetry|pdm|rye|conda)\b"
    r"(\s+(install|add|run|tool|pip|x))*"
    r"(\s+-[-\w]+)*"
    r"\s+['\"]?restarter\b(?!\.|/)"
)


def metadata() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def pages() -> list[Path]:
    """Everything that is written for people, outside the directories that tools created."""
    paths = list(ROOT.iterdir())
    for name in ("benchmarks", "docs", "examples", "restarter", ".ci"):
        paths += (ROOT / name).rglob("*")
    return [path for path in paths if path.is_file() and path.suffix in PAGES]


def make_targets() -> set[str]:
    """The targets that the Makefile declares as phony: those that are meant for people."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split())


def test_the_package_and_its_metadata_have_one_version() -> None:
    assert metadata()["tool"]["hatch"]["version"]["path"] == "restarter/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", restarter.__version__)


def test_the_metadata_name_files_that_exist() -> None:
    project = metadata()["project"]
    assert (ROOT / "restarter" / "py.typed").is_file()
    assert all((ROOT / name).is_file() for name in project["license-files"])
    assert project.get("readme") == ("README.md" if (ROOT / "README.md").exists() else None)


def test_the_oldest_python_is_the_same_everywhere() -> None:
    project, tool = metadata()["project"], metadata()["tool"]
    assert project["requires-python"] == ">=3.11"
    assert tool["ruff"]["target-version"] == "py311"
    assert tool["mypy"]["python_version"] == "3.11"


def test_every_python_of_the_classifiers_is_tested() -> None:
    prefix = "Programming Language :: Python :: 3."
    classifiers = metadata()["project"]["classifiers"]
    versions = [f"3.{text.removeprefix(prefix)}" for text in classifiers if text.startswith(prefix)]
    assert f"PYTHONS ?= {' '.join(versions)}\n" in (ROOT / "Makefile").read_text("utf-8")


def test_no_page_installs_the_name_from_the_index() -> None:
    found = [str(path) for path in pages() if FROM_THE_INDEX.search(path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("pip install restarter", True),
        ("python -m pip install --upgrade restarter", True),
        ("pip install 'restarter[dev]'", True),
        ("pipx install restarter", True),
        ("pipx run restarter", True),
        ("uv tool install restarter", True),
        ("uv add restarter", True),
        ("uvx restarter app.py", True),
        ("pipx install .", False),
        ("uv tool install .", False),
        ("pip install -e '.[dev]'", False),
        ("pip install ./restarter", False),
        ("pip install restarter/", False),
        ("uv run app.py, and restarter", False),
    ],
)
def test_an_install_from_the_index_is_told_from_one_of_a_checkout(
    text: str, is_wrong: bool
) -> None:
    assert bool(FROM_THE_INDEX.search(text)) == is_wrong


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_help_lists_every_target() -> None:
    # `make test` hands its own flags on in MAKEFLAGS, and they change the output.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    listed = subprocess.run(
        ["make"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split()[0] for line in listed.splitlines()} == make_targets()


def test_every_hook_before_a_commit_is_a_make_target() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    entries = re.findall(r"entry: (.*)", hooks)
    assert entries
    assert all(re.fullmatch(r"make [a-z-]+", entry) for entry in entries)
    assert {entry.removeprefix("make ") for entry in entries} <= make_targets()


def test_ci_runs_make_targets() -> None:
    script = ROOT / ".ci" / "run"
    called = re.search(r"^exec make ([a-z -]+)", script.read_text("utf-8"), re.MULTILINE)
    assert os.access(script, os.X_OK)
    assert called
    assert set(called[1].split()) <= make_targets()


def test_the_pictures_of_the_readme_are_those_that_are_made() -> None:
    named = set(re.findall(r"docs/pictures/([\w-]+)\.svg", (ROOT / "README.md").read_text("utf-8")))
    made = {path.stem for path in pictures.DIRECTORY.iterdir()}
    assert made == {f"{name}-{theme}" for name in pictures.PICTURES for theme in pictures.THEMES}
    assert named
    assert named <= made


def test_a_picture_is_of_a_real_run(project: Path) -> None:
    rows = pictures.session(project)
    svg = pictures.picture(rows, pictures.LIGHT, "name")
    shown = "".join(html.unescape(re.sub(r"<[^>]*>", "", svg)).split())
    for words in (
        "Hello, Ada!",
        "app.py modified",
        "with code 1",
        "git checkout",
        "5 runs, 1 crash",
    ):
        assert words.replace(" ", "") in shown
