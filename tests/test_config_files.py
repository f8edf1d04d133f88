"""Which files count, where their paths start, and what is watched."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from restarter.configuration.settings import Sourced
from tests.loading import COMMAND, error, loaded, repository, settings, texts, write


def test_the_nearest_directory_with_a_file_counts_and_no_other(project: Path) -> None:
    repository(project)
    write(project / "restarter.toml", 'settle = "1s"\nclear = true')
    near = write(project / "a" / "restarter.toml", 'settle = "2s"')
    (project / "a" / "b").mkdir()
    result = loaded(project / "a" / "b")
    assert (result.settings.settle, result.settings.clear) == (2.0, "")
    assert result.settings.base == str(near.parent)
    assert result.origins["settle"] == f"{near}:1"


@pytest.mark.parametrize("make_root", [Path.mkdir, Path.touch], ids=["directory", "worktree"])
def test_the_search_ends_at_the_root_of_the_repository(
    project: Path, make_root: Callable[[Path], None]
) -> None:
    write(project / "restarter.toml", 'settle = "1s"')
    inner = project / "repository" / "sub"
    inner.mkdir(parents=True)
    make_root(inner.parent / ".git")
    assert settings(inner).settle is None
    write(inner.parent / "restarter.toml", 'settle = "2s"')
    assert settings(inner).settle == 2.0


def test_outside_of_a_repository_only_the_current_directory_counts(project: Path) -> None:
    write(project / "restarter.toml", 'settle = "1s"')
    (project / "sub").mkdir()
    assert settings(project / "sub").settle is None
    assert settings(project / "sub").base == str(project / "sub")
    assert settings(project).settle == 1.0


@pytest.mark.parametrize("text", ["[project]\nname = 'x'", "[tool.x]\na = 'restarter'", "!restart"])
def test_a_pyproject_that_is_not_ours_is_passed_over_but_may_become_ours(
    project: Path, text: str
) -> None:
    repository(project)
    above = write(project / "pyproject.toml", '[tool.restarter]\nsettle = "1s"')
    below = write(project / "sub" / "pyproject.toml", text)
    result = settings(below.parent)
    assert (result.settle, result.base) == (1.0, str(project))
    assert result.config_files == (str(below), str(above), str(project / "restarter.toml"))


def test_an_empty_file_of_ours_marks_the_base(project: Path) -> None:
    repository(project)
    write(project / "restarter.toml", "")
    (project / "sub").mkdir()
    assert settings(project / "sub").base == str(project)


def test_the_file_that_was_named_is_the_only_one(project: Path) -> None:
    write(project / "restarter.toml", 'settle = "1s"\nclear = true')
    other = write(project / "conf" / "dev.toml", 'settle = "2s"\nwatch = ["."]')
    result = loaded(project, config_file="conf/dev.toml")
    assert (result.settings.settle, result.settings.clear) == (2.0, "")
    assert result.settings.base == str(other.parent)
    assert result.settings.watch == (Sourced(str(other.parent), "conf/dev.toml:2"),)
    assert result.settings.config_files == (str(other),)


def test_of_a_pyproject_that_was_named_our_table_counts(project: Path) -> None:
    write(project / "conf" / "pyproject.toml", '[tool.restarter]\nsettle = "2s"')
    assert loaded(project, config_file="conf/pyproject.toml").settings.settle == 2.0


def test_a_new_look_sees_what_has_changed(project: Path) -> None:
    file = project / "restarter.toml"
    assert settings(project).settle is None
    write(file, 'settle = "1s"')
    assert settings(project).settle == 1.0
    write(file, "settle = ")
    assert error(project).startswith("restarter.toml:1:10: not valid TOML: ")
    file.unlink()
    assert settings(project).settle is None


@pytest.fixture
def below_config(project: Path) -> Path:
    """A directory below that of the configuration; both have `src` in them."""
    repository(project)
    write(project / "restarter.toml", 'command = "true"')
    (project / "src").mkdir()
    (project / "sub" / "src").mkdir(parents=True)
    return project / "sub"


@pytest.mark.parametrize("place", ["file", "environment", "argument"])
@pytest.mark.parametrize(
    ("name", "field"), [("watch", "watch"), ("cwd", "cwd"), ("env_file", "env_files")]
)
def test_a_relative_path_starts_where_it_was_written(
    below_config: Path, place: str, name: str, field: str
) -> None:
    arguments: dict[str, object] = {}
    environ = {}
    if place == "file":
        write(below_config.parent / "restarter.toml", f'command = "true"\n{name} = "src"')
    elif place == "environment":
        environ = {f"RESTARTER_{name.upper()}": "src"}
    else:
        arguments = {name: "src"}
    value = getattr(settings(below_config, arguments, environ), field)
    path = value if name == "cwd" else getattr(value[0], "text", value[0])
    start = below_config.parent if place == "file" else below_config
    assert path == str(start / "src")


def test_what_is_watched_by_default_is_the_base(below_config: Path) -> None:
    assert settings(below_config).watch == (Sourced(str(below_config.parent), "default"),)


def test_a_command_of_a_file_runs_where_the_file_stands(below_config: Path) -> None:
    assert settings(below_config, {}).cwd == str(below_config.parent)


def test_a_command_that_was_typed_runs_where_it_was_typed(below_config: Path) -> None:
    assert settings(below_config, {"command": ("true",)}).cwd == str(below_config)
    assert settings(below_config, {}, {"RESTARTER_COMMAND": "true"}).cwd == str(below_config)


def test_a_tilde_is_the_home_directory(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = project / "home"
    (home / "lib").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    write(project / "restarter.toml", 'watch = ["~/lib"]\ncwd = "~"')
    result = settings(project)
    assert (texts(result.watch), result.cwd) == ((str(home / "lib"),), str(home))


@pytest.mark.parametrize(
    ("pattern", "resolved"),
    [
        ("src", "src"),
        ("./src/", "src"),
        ("src/../src", "src"),
        ("link", "src"),
        ("src/a.py", "src/a.py"),
        ("src/*.py", "src/*.py"),
        ("link/**/*.py", "src/**/*.py"),
        ("*/x?.py", "*/x?.py"),
        ("nothing-yet/*.py", "nothing-yet/*.py"),
        ("pages/[id]", "pages/[id]"),
        ("pages/[id]/*.tsx", "pages/[[]id]/*.tsx"),
        ("pages/[xy]/*.tsx", "pages/[xy]/*.tsx"),
        ("*.[ch]", "*.[ch]"),
    ],
)
def test_a_path_is_resolved_and_a_glob_as_far_as_its_first_wildcard(
    project: Path, pattern: str, resolved: str
) -> None:
    write(project / "src" / "a.py", "")
    (project / "pages" / "[id]").mkdir(parents=True)
    (project / "link").symlink_to("src")
    for name in (pattern, str(project / pattern)):
        result = settings(project, {**COMMAND, "watch": (name,)})
        assert result.watch == (Sourced(f"{project}/{resolved}", "--watch"),)


def test_brackets_in_the_directory_of_the_project_are_no_wildcards(project: Path) -> None:
    directory = project / "[a]"
    directory.mkdir()
    result = settings(directory, {**COMMAND, "watch": (".", "*.py")})
    assert texts(result.watch) == (str(directory), f"{project}/[[]a]/*.py")


def test_what_is_watched_twice_is_kept_once_with_its_first_origin(project: Path) -> None:
    (project / "a").mkdir()
    (project / "b").symlink_to("a")
    write(project / "restarter.toml", 'watch = [\n"a",\n"b",\n"./a"]')
    assert settings(project).watch == (Sourced(str(project / "a"), "restarter.toml:2"),)


def test_the_home_directory_is_watched_only_on_request(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(project))
    assert error(project) == (
        f"{project} is your home directory, too much to watch without being asked: go to your"
        " project, or say what to watch, as in `--watch src` or `--watch .`"
    )
    assert texts(settings(project, {**COMMAND, "watch": (".",)}).watch) == (str(project),)
    assert settings(project, COMMAND, {"RESTARTER_WATCH": "."}).base == str(project)
    write(project / "restarter.toml", 'watch = ["."]')
    assert settings(project).watch == (Sourced(str(project), "restarter.toml:1"),)


def test_the_root_of_the_file_system_is_watched_only_on_request() -> None:
    root = Path(os.path.abspath(os.sep))
    assert error(root).startswith(f"{root} is the root of the file system, too much to watch")
    assert texts(settings(root, {**COMMAND, "watch": (str(root),)}).watch) == (str(root),)


@pytest.mark.skipif(sys.platform == "win32", reason="file names are text there")
def test_a_name_that_is_not_unicode_is_a_name(project: Path) -> None:
    name = os.fsdecode(b"\xff")
    (project / name).touch()
    assert texts(settings(project, {**COMMAND, "watch": (name,)}).watch) == (
        os.path.join(project, name),
    )
