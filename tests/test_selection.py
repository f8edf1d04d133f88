"""What is watched, by which rule; where git has a say, git is asked."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from restarter.configuration.settings import Settings, Sourced
from restarter.selection import Root, Rule, Selection
from restarter.selection.built_in import BUILT_IN_IGNORES
from restarter.selection.places import expand_braces
from restarter.selection.rulebook import built_in_rules

NOBODY = {"HOME": "/nonexistent"}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="names that only POSIX has")


def selection(
    base: Path,
    *watch: str,
    environ: Mapping[str, str] = NOBODY,
    ignore: Iterable[str] = (),
    **settings: Any,  # noqa: ANN401 - any field of Settings
) -> Selection:
    """A selection of `watch`, relative to the base; the base itself when there is none."""
    defaults: dict[str, Any] = {
        **dict.fromkeys(Settings._fields, None),
        "base": str(base),
        "watch": tuple(Sourced(str(base / text), "--watch") for text in watch or ["."]),
        "ignore": tuple(Sourced(text, "--ignore") for text in ignore),
        "ext": (),
        "gitignore": True,
        "default_ignore": True,
        "env_files": (),
        "config_files": (),
    }
    return Selection(Settings(**(defaults | settings)), environ=environ)


def write(base: Path, files: Mapping[str, str]) -> None:
    """Write files by their relative path; a path that ends with a slash is a directory."""
    for name, text in files.items():
        path = base / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.fsencode(text))


def selected(found: Selection, base: Path, paths: Iterable[str]) -> list[str]:
    """The selected ones of relative paths, by each of the ways to ask."""
    chosen = [path for path in paths if found.is_selected(str(base / path))]
    assert chosen == [path for path in paths if found.verdict(str(base / path)).selected]
    return chosen


def entered(found: Selection, base: Path, paths: Iterable[str]) -> list[str]:
    """The entered ones of relative directories, by each of the ways to ask."""
    chosen = [path for path in paths if found.enters(str(base / path))]
    verdicts = {path: found.verdict(str(base / path), is_directory=True) for path in paths}
    assert chosen == [path for path in paths if verdicts[path].selected]
    return chosen


# Built-in ignores


@pytest.mark.parametrize(
    "path",
    [
        ".git/HEAD",
        ".git",
        ".gitignore",
        "lib/.gitattributes",
        ".git-blame-ignore-revs",
        ".jj/repo",
        "CVS/Entries",
        "node_modules/left-pad/index.js",
        "web/node_modules/react/index.js",
        ".venv/bin/python",
        "venv/bin/python",
        ".tox/py/log.txt",
        ".yarn/cache/left-pad.zip",
        "web/.yarn/cache/left-pad.zip",
        "app.egg-info/PKG-INFO",
        "app/__pycache__/app.cpython-311.pyc",
        "app.pyc",
        ".mypy_cache/x.json",
        ".coverage",
        ".coverage.host.123",
        "web/.next/cache/x",
        ".app.py.swp",
        ".app.py.swo",
        ".app.py.swpx",
        ".swp",
        "4913",
        "app.py~",
        "#app.py#",
        ".#app.py",
        "app.py___jb_tmp___",
        "app.py___jb_old___",
        ".app.py.kate-swp",
        ".goutputstream-A1B2C3",
        ".idea/workspace.xml",
        ".vscode/settings.json",
        ".fuse_hidden0000001",
        ".nfs000000000012345600000001",
        ".DS_Store",
        "Thumbs.db",
        "db.sqlite3-journal",
        "app.db-wal",
        "app.sqlite-shm",
        "server.log",
        "server.pid",
    ],
)
def test_what_is_nobodys_source_is_ignored_by_default(project: Path, path: str) -> None:
    """A restart for any of these is one for nothing."""
    assert selected(selection(project), project, [path]) == []
    assert selected(selection(project, default_ignore=False), project, [path]) == [path]
    assert selection(project).verdict(str(project / path)).rule.origin == "built-in"


@pytest.mark.parametrize(
    "path",
    [
        "build/gen.py",
        "dist/app.js",
        "target/app.jar",
        "vendor/lib.py",
        "env/settings.py",
        ".env",
        ".env.local",
        ".envrc",
        "bin/run",
        "lib/app.rb",
        "tmp/x.py",
        "logs/parser.py",
        "coverage/report.py",
        "packages/a/index.ts",
        ".github/workflows/ci.yaml",
        ".coveragerc",
        ".yarnrc.yml",
        ".yarn/releases/yarn.cjs",
        ".next/server/app.js",
        ".swcrc",
        ".app.swift",
        "49130",
        "trading-journal/app.py",
        "great-wal/app.py",
        "db.sqlite3",
        "catalog",
        "dialog.py",
        "pidgin.py",
        "module.pyd",
        "module.so",
        "stubs.pyi",
        "git/app.py",
        "node_modules.py",
        "venv.py",
        "#draft",
        "cache/app.py",
    ],
)
def test_what_could_be_somebodys_source_is_watched_by_default(project: Path, path: str) -> None:
    """A wrong no looks like a restarter that does not work."""
    assert selected(selection(project), project, [path]) == [path]


def test_every_built_in_ignore_is_a_pattern_and_written_once() -> None:
    """A line that begins with `#` is a comment, and nobody would miss it."""
    patterns = [pattern.rule.pattern for pattern in built_in_rules().patterns]
    assert patterns == list(dict.fromkeys(BUILT_IN_IGNORES)) == list(BUILT_IN_IGNORES)


def test_a_folder_with_a_pyvenv_cfg_is_a_virtual_environment(project: Path) -> None:
    """Its name can be anything, and its contents are thousands of files."""
    write(project, {"py312/pyvenv.cfg": "", "src/app.py": ""})
    found = selection(project)
    assert entered(found, project, ["py312", "py312/lib", "src"]) == ["src"]
    assert selected(found, project, ["py312/lib/x.py"]) == []
    assert found.verdict(str(project / "py312/lib/x.py")).rule == Rule("pyvenv.cfg", "built-in")
    assert entered(selection(project, default_ignore=False), project, ["py312"]) == ["py312"]


def test_a_virtual_environment_can_be_re_included_and_be_named(project: Path) -> None:
    """The built-in ignores are the weakest of all rules."""
    write(project, {"py312/pyvenv.cfg": ""})
    assert entered(selection(project, ignore=["!py312/"]), project, ["py312"]) == ["py312"]
    assert selected(selection(project, "py312"), project, ["py312/x.py"]) == ["py312/x.py"]


def test_a_built_in_ignore_can_be_re_included(project: Path) -> None:
    """By the person's own rules, and by the repository's."""
    write(project, {".gitignore": "!.vscode/"})
    found = selection(project, ignore=["!*.log"])
    paths = [".vscode/tasks.json", "server.log", ".idea/x"]
    assert selected(found, project, paths) == [".vscode/tasks.json", "server.log"]
    assert found.verdict(str(project / "server.log")).rule == Rule("!*.log", "--ignore")


# Whose rule wins


SOURCES = ["built-in", "global", "exclude", ".gitignore", "src/.gitignore", "--ignore"]


@pytest.mark.parametrize("strongest", range(1, len(SOURCES)))
def test_the_later_rule_list_wins(project: Path, strongest: int) -> None:
    """Each list takes back what the one before it says; the last one has the last word."""
    home = project / "home"
    files = {
        "global": "home/.config/git/ignore",
        "exclude": ".git/info/exclude",
        ".gitignore": ".gitignore",
        "src/.gitignore": "src/.gitignore",
    }
    lines = {name: "!*.log" if n % 2 else "*.log" for n, name in enumerate(SOURCES)}
    present = SOURCES[: strongest + 1]
    write(project, {files[name]: lines[name] for name in present if name in files} | {".git/": ""})
    own = [lines["--ignore"]] if "--ignore" in present else []

    found = selection(project, environ={"HOME": str(home)}, ignore=own)
    verdict = found.verdict(str(project / "src/x.log"))

    name = SOURCES[strongest]
    origin = f"{project / files[name]}:1" if name in files else name
    assert verdict.rule == Rule(lines[name], origin)
    assert verdict.selected == bool(strongest % 2)


def test_within_a_list_the_last_match_wins(project: Path) -> None:
    """In gitignore's order, so that exceptions come after their rule."""
    own = ["*.py", "!app.py", "src/app.py"]
    paths = ["app.py", "src/app.py", "x.py", "y.txt"]
    assert selected(selection(project, ignore=own), project, paths) == ["app.py", "y.txt"]


def test_nothing_below_an_ignored_directory_is_re_included(project: Path) -> None:
    """It is never entered, so that nobody could see a change there; git does the same."""
    write(project, {".gitignore": "out/\n!out/keep.py\n!keep.py\n"})
    found = selection(project, ignore=["!out/keep.py"])
    assert selected(found, project, ["out/keep.py", "keep.py"]) == ["keep.py"]
    assert found.verdict(str(project / "out/keep.py")).rule == Rule(
        "out/", f"{project}/.gitignore:1"
    )


def test_own_patterns_are_anchored_at_the_base(project: Path) -> None:
    """Those without a slash hold in every directory, also in one outside of the base."""
    write(project, {"base/": "", "other/": ""})
    other = str(project / "other")
    found = selection(project / "base", ".", other, ignore=["/gen", "a/b", "*.tmp"])
    paths = ["gen", "a/b", "x.tmp", "s/gen", "s/a/b", "s/x.tmp"]
    assert selected(found, project / "base", paths) == ["s/gen", "s/a/b"]
    assert selected(found, project / "other", paths) == ["gen", "a/b", "s/gen", "s/a/b"]


def test_an_own_pattern_that_is_a_comment_or_nothing_is_skipped(project: Path) -> None:
    """Patterns are lines of gitignore's syntax, wherever they are written."""
    own = ["", "#x", "/", "a[", "\\#y"]
    assert selected(selection(project, ignore=own), project, ["#x", "#y", "a["]) == ["#x", "a["]


# Which files of git count


def test_gitignore_files_count_from_the_repository_down(project: Path) -> None:
    """Also when only a part of the repository is watched."""
    write(project, {".gitignore": "*.top", "repo/.git/": "", "repo/.gitignore": "*.repo"})
    write(project, {"repo/a/.gitignore": "*.a", "repo/a/b/c/.gitignore": "*.c"})
    found = selection(project / "repo", "a/b")
    paths = ["a/b/x.top", "a/b/x.repo", "a/b/x.a", "a/b/x.c", "a/b/c/x.c"]
    assert selected(found, project / "repo", paths) == ["a/b/x.top", "a/b/x.c"]


def test_of_the_gitignore_files_above_the_nearer_one_wins(project: Path) -> None:
    """As it does for those below."""
    write(project, {".git/": "", ".gitignore": "*.x\n!*.y\n"})
    write(project, {"a/.gitignore": "!*.x\n*.y\n", "a/b/.gitignore": "*.x\n!*.y\n", "a/b/c/": ""})
    found = selection(project, "a/b/c")
    assert selected(found, project, ["a/b/c/f.x", "a/b/c/f.y"]) == ["a/b/c/f.y"]


def test_without_a_repository_gitignore_files_count_from_the_watched_directory_down(
    project: Path,
) -> None:
    """What lies above was not asked for."""
    write(project, {".gitignore": "*.top", "src/.gitignore": "*.src", "src/a/.gitignore": "*.a"})
    found = selection(project, "src")
    paths = ["src/x.top", "src/x.src", "src/a/x.a", "src/x.a"]
    assert selected(found, project, paths) == ["src/x.top", "src/x.a"]


def test_the_persons_global_rules_count_without_a_repository_too(project: Path) -> None:
    """They are about the person's machine."""
    write(project, {"home/.config/git/ignore": "*.swap"})
    found = selection(project, environ={"HOME": f"{project}/home"})
    assert selected(found, project, ["x.swap", "x.py"]) == ["x.py"]


def test_git_can_be_switched_off(project: Path) -> None:
    """Then no file of git is even looked at."""
    write(project, {".git/info/exclude": "*.a", ".gitignore": "*.b", "src/.gitignore": "*.c"})
    found = selection(project, gitignore=False, default_ignore=False)
    paths = ["x.a", "x.b", "src/x.c"]
    assert selected(found, project, paths) == paths
    assert found.rule_files == set()


def test_the_exclude_file_of_a_worktree_is_in_the_common_directory(project: Path) -> None:
    """There `.git` is a file; see gitrepository-layout(5)."""
    write(
        project, {"main/.git/info/exclude": "*.a", "tree/.git": "gitdir: ../main/.git/worktrees/t"}
    )
    write(project, {"main/.git/worktrees/t/commondir": "../..\n"})
    assert selected(selection(project / "tree"), project / "tree", ["x.a", "x.b"]) == ["x.b"]


def test_the_exclude_file_of_a_submodule_is_in_its_own_directory(project: Path) -> None:
    """There `.git` is a file too, and there is no common directory."""
    write(project, {"sub/.git": f"gitdir: {project}/.git/modules/sub\n"})
    write(project, {".git/modules/sub/info/exclude": "*.a", ".git/info/exclude": "*.b"})
    assert selected(selection(project / "sub"), project / "sub", ["x.a", "x.b"]) == ["x.b"]


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({}, "home/.config/git/ignore"),
        ({"home/.gitconfig": "[core]\n\texcludesfile = ~/mine\n"}, "home/mine"),
        ({"home/.gitconfig": "[CORE] excludesFile=~/mine"}, "home/mine"),
        ({"home/.gitconfig": '[core]\nexcludesfile = "~/my rules" ; mine\n'}, "home/my rules"),
        ({"home/.gitconfig": "[core]\nexcludesfile = ~/my rules # mine\n"}, "home/my rules"),
        ({"home/.gitconfig": '[core]\nexcludesfile = "~/a\\"b"\n'}, 'home/a"b'),
        ({"home/.gitconfig": "[core]\nexcludesfile = ~/a\n[core]\nexcludesfile=~/b"}, "home/b"),
        ({"home/.gitconfig": "[user]\nexcludesfile = ~/a"}, "home/.config/git/ignore"),
        ({"home/.gitconfig": '[core "x"]\nexcludesfile = ~/a'}, "home/.config/git/ignore"),
        ({"home/.gitconfig": "[core]\nexcludesfile"}, "home/.config/git/ignore"),
        ({"home/.gitconfig": "[core]\neditor = vi\n"}, "home/.config/git/ignore"),
        ({"home/.gitconfig": "  [core] excludesfile = ~/a"}, "home/a"),
        ({"home/.gitconfig": "[core]\nexcludesfile ="}, None),
        ({"home/.config/git/config": "[core]\nexcludesfile = ~/a"}, "home/a"),
        (
            {
                "home/.config/git/config": "[core]\nexcludesfile = ~/a",
                "home/.gitconfig": "[core]\nexcludesfile = ~/b",
            },
            "home/b",
        ),
        (
            {
                "home/.gitconfig": "[core]\nexcludesfile = ~/b",
                "repo/.git/config": "[core]\nexcludesfile = in/repo",
            },
            "repo/in/repo",
        ),
    ],
)
def test_the_global_rules_are_where_gits_configuration_says(
    project: Path, files: Mapping[str, str], path: str | None
) -> None:
    """The file counts whether it exists or not: it may be written any moment."""
    write(project, {"repo/.git/": "", **files})
    home, repository = project / "home", project / "repo"
    found = selection(repository, environ={"HOME": str(home)}, default_ignore=False)
    fixed = {str(repository / name) for name in (".gitignore", ".git/info/exclude")}
    assert found.rule_files - fixed == ({str(project / path)} if path else set())


def test_the_global_rules_follow_xdg(project: Path) -> None:
    """Its configuration and its rules are both below XDG_CONFIG_HOME."""
    write(project, {"xdg/git/ignore": "*.a", "home/.config/git/ignore": "*.b"})
    environ = {"HOME": f"{project}/home", "XDG_CONFIG_HOME": f"{project}/xdg"}
    assert selected(selection(project, environ=environ), project, ["x.a", "x.b"]) == ["x.b"]
    assert selected(selection(project, environ={}), project, ["x.a", "x.b"]) == ["x.a", "x.b"]


@pytest.mark.parametrize(
    ("environ", "config", "path"),
    [
        ({}, "", None),
        ({"USERPROFILE": "home"}, "", "home/.config/git/ignore"),
        ({"HOME": "home", "USERPROFILE": "other"}, "", "home/.config/git/ignore"),
        ({"HOME": "home"}, "[core]\nexcludesfile = ~/a", "home/a"),
        ({"HOME": "home"}, "[core]\nexcludesfile = a", None),
    ],
)
def test_without_a_repository_the_global_rules_are_at_home(
    project: Path, environ: Mapping[str, str], config: str, path: str | None
) -> None:
    """A relative setting means a place in a work tree."""
    write(project, {"src/": "", "home/.gitconfig": config})
    absolute = {name: str(project / text) for name, text in environ.items()}
    found = selection(project / "src", environ=absolute, default_ignore=False)
    assert found.rule_files - {f"{project}/src/.gitignore"} == (
        {str(project / path)} if path else set()
    )


def test_rule_files_are_all_that_the_answers_rest_upon(project: Path) -> None:
    """A new one has to be noticed like a changed one; none is sought where none counts."""
    write(project, {".git/": "", "src/": ""})
    found = selection(project)
    found.enters(str(project / "src"))
    assert f"{project}/src/.gitignore" not in found.rule_files
    found.is_selected(str(project / "src/app.py"))
    found.is_selected(str(project / "node_modules/react/index.js"))
    found.is_selected("/elsewhere/app.py")
    assert sorted(found.rule_files) == [
        "/nonexistent/.config/git/ignore",
        f"{project}/.git/info/exclude",
        f"{project}/.gitignore",
        f"{project}/src/.gitignore",
        f"{project}/src/pyvenv.cfg",
    ]


@posix_only
def test_what_git_cannot_read_is_skipped(project: Path) -> None:
    """A directory, a link (git follows none in the work tree), a pipe that nobody writes to."""
    write(project, {"rules": "*.py", "a/.gitignore/": "", "b/": "", "c/": ""})
    (project / "b/.gitignore").symlink_to(project / "rules")
    if sys.platform != "win32":
        os.mkfifo(project / "c/.gitignore")
    paths = ["a/x.py", "b/x.py", "c/x.py"]
    assert selected(selection(project), project, paths) == paths


def test_a_rule_file_is_read_once(project: Path) -> None:
    """All watched paths go by the same rules, until its change makes a new selection."""
    write(project, {"src/.gitignore": "*.md\n"})
    found = selection(project, ".", "src")
    write(project, {"src/.gitignore": ""})
    assert selected(found, project, ["src/a.md", "src/a.py"]) == ["src/a.py"]


# What was named itself


def test_a_named_directory_beats_every_ignore(project: Path) -> None:
    """Inside it the rules apply again; it and its ancestors are no reason any more."""
    write(project, {".git/": "", ".gitignore": "dist/\n*.map\n", "dist/": "", "dist/dist/": ""})
    found = selection(project, "dist")
    paths = ["dist/app.js", "dist/app.js.map", "dist/node_modules/x.js", "dist/dist/x.js", "x.js"]
    assert selected(found, project, paths) == ["dist/app.js"]
    assert entered(found, project, ["", "dist", "dist/a", "dist/node_modules", "src"]) == [
        "",
        "dist",
        "dist/a",
    ]
    assert found.verdict(f"{project}/dist/app.js").rule == Rule(f"{project}/dist", "--watch")


def test_a_directory_below_an_ignored_one_can_be_named(project: Path) -> None:
    """The directories on the way to it are entered, and nothing else in them counts."""
    write(project, {"node_modules/mine/src/": ""})
    found = selection(project, ".", "node_modules/mine")
    paths = ["node_modules/mine/src/x.js", "node_modules/y.js", "node_modules/other/z.js", "a.js"]
    assert selected(found, project, paths) == ["node_modules/mine/src/x.js", "a.js"]
    folders = ["node_modules", "node_modules/mine", "node_modules/mine/src", "node_modules/other"]
    assert entered(found, project, folders) == folders[:3]


@pytest.mark.parametrize(
    ("rules", "watch", "chosen"),
    [
        ("dist/*\n!dist/.gitkeep\n", "dist", ["dist/x", "dist/a/x"]),
        ("dist/**\n", "dist/a", ["dist/a/x"]),
        ("/dist/*/\n", "dist", ["dist/x", "dist/a/x"]),
        ("*\n", "dist", ["dist/x", "dist/a/x"]),
        ("*\n!*.x\n", "dist", ["dist/x", "dist/a/x"]),
        # These do not speak of dist as a whole.
        ("x\n", "dist", []),
        ("dist/a/*\n", "dist", ["dist/x"]),
        ("*\n!dist\n", "dist", []),
        ("x\n!dist/**\n", "dist", ["dist/x", "dist/a/x"]),
        ("**/*\n!**/\n!**/*.y\n", "dist", []),
        ("/*\n!/dist\n", ".", ["dist/x", "dist/a/x"]),
        ("*\n", ".", []),
    ],
)
def test_a_rule_that_ignores_all_of_a_named_directory_is_void(
    project: Path, rules: str, watch: str, chosen: list[str]
) -> None:
    """`dist/*` says of `dist` what `dist/` says. A rule on names in it is another matter."""
    write(project, {".git/": "", ".gitignore": rules, "dist/a/": "", "src/": ""})
    paths = ["dist/x", "dist/a/x", "src/x"]
    assert selected(selection(project, watch), project, paths) == chosen


def test_own_rules_that_leave_out_names_hold_in_named_directories(project: Path) -> None:
    """`watch` and `ignore` are written by the same person: both are meant."""
    write(project, {"src/": ""})
    found = selection(project, "src", ignore=["*", "!*.py", "!*/"])
    assert selected(found, project, ["src/a.py", "src/b.md", "src/c/a.py"]) == [
        "src/a.py",
        "src/c/a.py",
    ]


def test_a_named_file_is_selected_whatever_ignores_it(project: Path) -> None:
    """By a rule, by its directory, by its extension; and nothing beside it is selected."""
    write(project, {".gitignore": "gen/\n", "gen/data.json": "", "server.log": ""})
    found = selection(project, "gen/data.json", "server.log", ext=("py",))
    paths = ["gen/data.json", "gen/x.py", "server.log", "app.py"]
    assert selected(found, project, paths) == ["gen/data.json", "server.log"]
    assert entered(found, project, ["gen", "", "gen/sub"]) == ["gen", ""]
    assert found.verdict(f"{project}/server.log").rule == Rule(f"{project}/server.log", "--watch")


def test_env_files_are_always_selected(project: Path) -> None:
    """They are read at each start, so a change in one is a change of the program."""
    write(project, {"out/": "", "src/": ""})
    env_files = (f"{project}/out/.env", f"{project}/.env", f"{project}/src/.env")
    found = selection(project, "src", env_files=env_files, ext=("py",), ignore=[".env", "out/"])
    assert selected(found, project, ["out/.env", ".env", "src/.env", "x/.env"]) == [
        "out/.env",
        ".env",
        "src/.env",
    ]
    assert entered(found, project, ["out"]) == ["out"]
    assert found.verdict(env_files[0]).rule == Rule(env_files[0], "env file")


@pytest.mark.parametrize("watch", [".", "restarter.toml"])
def test_restarters_own_file_is_never_selected(project: Path, watch: str) -> None:
    """It is a reason to read the settings again, not one to restart the program."""
    names = ["restarter.toml", "pyproject.toml", "sub/restarter.toml"]
    write(project, dict.fromkeys(names, ""))
    configs = (f"{project}/restarter.toml", f"{project}/pyproject.toml")
    found = selection(project, watch, ".", config_files=configs)
    assert selected(found, project, names) == ["pyproject.toml", "sub/restarter.toml"]
    assert found.verdict(configs[0]).rule == Rule("restarter.toml", "built-in")


def test_what_does_not_exist_yet_is_watched_as_file_and_directory(project: Path) -> None:
    """Until it is there, nobody can know which of them it will be."""
    found = selection(project, "a/later")
    assert selected(found, project, ["a/later", "a/later/x.py", "a/x.py"]) == [
        "a/later",
        "a/later/x.py",
    ]
    assert entered(found, project, ["a", "a/later", "a/b"]) == ["a", "a/later"]
    assert found.roots == (Root(str(project), is_file=False, origin="--watch"),)


# Extensions


@pytest.mark.parametrize(
    ("ext", "chosen"),
    [
        ((), ["a.py", "A.PY", "a.d.ts", "a.ts", "py", "a.py.bak", "b.É"]),
        (("py",), ["a.py", "A.PY"]),
        (("d.ts",), ["a.d.ts"]),
        (("ts", "py"), ["a.py", "A.PY", "a.d.ts", "a.ts"]),
        (("é",), ["b.É"]),
    ],
)
def test_extensions_choose_files(project: Path, ext: tuple[str, ...], chosen: list[str]) -> None:
    """By the end of the name, whatever its case."""
    paths = ["a.py", "A.PY", "a.d.ts", "a.ts", "py", "a.py.bak", "b.É"]
    assert selected(selection(project, ext=ext), project, paths) == chosen


def test_an_extension_says_no_after_the_ignores(project: Path) -> None:
    """What is ignored is told as ignored; directories have no extension."""
    found = selection(project, ext=("py", "d.ts"), ignore=["*.md"])
    verdict = {name: found.verdict(str(project / name)).rule for name in ("a.md", "a.txt")}
    assert verdict == {"a.md": Rule("*.md", "--ignore"), "a.txt": Rule("py, d.ts", "ext")}
    assert entered(found, project, ["src.d"]) == ["src.d"]


# Globs


@pytest.mark.parametrize(
    ("glob", "chosen"),
    [
        ("*.py", ["a.py"]),
        ("src/*.py", ["src/b.py"]),
        ("src/**/*.py", ["src/b.py", "src/x/c.py", "src/x/y/d.py"]),
        ("src/**", ["src/b.py", "src/x/c.py", "src/x/y/d.py", "src/x/y/e.js"]),
        ("**/*.js", ["src/x/y/e.js", "web/f.js"]),
        ("**/x/*.py", ["src/x/c.py"]),
        ("s*/x", ["src/x/c.py", "src/x/y/d.py", "src/x/y/e.js"]),
        ("src/*/", ["src/x/c.py", "src/x/y/d.py", "src/x/y/e.js"]),
        ("s?c/[a-b].py", ["src/b.py"]),
        ("{src,web}/*.{py,js}", ["src/b.py", "web/f.js"]),
        ("{src/{x,z},web}/*.*", ["src/x/c.py", "web/f.js"]),
        ("{a,b}.py", ["a.py"]),
        ("src/?/**/e.js", ["src/x/y/e.js"]),
        ("none/*.py", []),
        ("src/[", []),
        ("[é]*/g.py", ["é/g.py"]),
        ("?/g.py", ["é/g.py"]),
    ],
)
def test_a_glob_selects_what_a_shell_would(project: Path, glob: str, chosen: list[str]) -> None:
    """And everything in a directory that it matches."""
    paths = ["a.py", "src/b.py", "src/x/c.py", "src/x/y/d.py", "src/x/y/e.js", "web/f.js", "é/g.py"]
    write(project, dict.fromkeys(paths, ""))
    watch = (Sourced(f"{project}/{glob}", "--watch"),)
    assert selected(selection(project, watch=watch), project, paths) == chosen


@pytest.mark.parametrize(
    ("glob", "chosen"),
    [
        ("*.py", [""]),
        ("src/*.py", ["", "src"]),
        ("src/*/*.py", ["", "src", "src/x"]),
        ("src/**/y/*.py", ["", "src", "src/x", "src/x/y"]),
        ("*/x", ["", "src", "src/x", "src/x/y", "web", "web/x"]),
        ("w?b/x/*", ["", "web", "web/x"]),
    ],
)
def test_a_glob_enters_only_what_leads_to_a_match(
    project: Path, glob: str, chosen: list[str]
) -> None:
    """`*.py` must not cost a watch for each directory of the tree."""
    folders = ["", "src", "src/x", "src/x/y", "web", "web/x"]
    write(project, {f"{folder}/": "" for folder in folders})
    assert entered(selection(project, glob), project, folders) == chosen


def test_a_glob_that_matches_a_directory_selects_what_is_in_it(project: Path) -> None:
    """Whatever its name there is."""
    write(project, {"src/a.py/": ""})
    found = selection(project, "src/*.py")
    assert selected(found, project, ["src/a.py/x.txt", "src/b/x.py"]) == ["src/a.py/x.txt"]
    assert entered(found, project, ["src/a.py", "src/a.py/deep", "src/b"]) == [
        "src/a.py",
        "src/a.py/deep",
    ]


def test_ignores_hold_for_what_a_glob_matches(project: Path) -> None:
    """Only its plain beginning was named itself."""
    write(project, {".gitignore": "dist/\n", "dist/": "", "src/": ""})
    found = selection(project, "dist/**/*.js", "**/*.py")
    paths = ["dist/a.js", "dist/node_modules/b.js", "dist/c.py", "d.py", "e.js", "venv/f.py"]
    assert selected(found, project, paths) == ["dist/a.js", "d.py"]
    assert found.verdict(f"{project}/dist/a.js").rule == Rule(f"{project}/dist/**/*.js", "--watch")
    assert found.verdict(f"{project}/dist/c.py").rule == Rule("dist/", f"{project}/.gitignore:1")


def test_what_one_watched_path_ignores_another_can_select(project: Path) -> None:
    """Each says what is watched, none what is not."""
    write(project, {"src/vendor/": "", "src/.gitignore": "vendor/\n*.md\n"})
    found = selection(project, "src", "src/vendor/**/*.js")
    paths = ["src/a.py", "src/vendor/a.js", "src/vendor/a.py", "src/vendor/a.md", "src/b.md"]
    assert selected(found, project, paths) == ["src/a.py", "src/vendor/a.js"]
    assert found.verdict(f"{project}/src/vendor/a.py").rule.pattern == "vendor/"


def test_the_verdict_names_the_innermost_watched_path(project: Path) -> None:
    """In whatever order they were given."""
    write(project, {"src/deep/": ""})
    for watch in ([".", "src", "src/deep"], ["src/deep", "src", "."], ["src", "src/deep", "."]):
        rule = selection(project, *watch).verdict(f"{project}/src/deep/a.py").rule
        assert rule == Rule(f"{project}/src/deep", "--watch")


def test_outside_of_all_that_is_watched_the_verdict_names_it(project: Path) -> None:
    """So that the person sees what would have to be added to."""
    write(project, {"src/": ""})
    found = selection(project, "src", "*.py")
    rule = Rule(f"{project}/src, {project}/*.py", "watch")
    assert found.verdict(f"{project}/web/app.js").rule == rule
    assert found.verdict(f"{project}/README.md").rule == rule
    assert found.verdict(f"{project}/web", is_directory=True).rule == rule
    assert selected(found, project, ["web/app.js", "README.md", "../x.py"]) == []


@posix_only
def test_what_exists_by_this_very_name_is_no_glob(project: Path) -> None:
    """Routes of web frameworks are files and directories named `[id]`."""
    names = ["[id]/page.tsx", "[id]/x.tsx", "i/page.tsx", "a{b,c}.py", "ab.py"]
    write(project, dict.fromkeys(names, ""))
    assert selected(selection(project, "[id]"), project, names) == names[:2]
    assert selected(selection(project, "[id]/page.tsx"), project, names) == names[:1]
    assert selected(selection(project, "[id]/p*"), project, names) == names[:1]
    assert selected(selection(project, "a{b,c}.py"), project, names) == ["a{b,c}.py"]


@posix_only
def test_a_bracket_that_is_not_closed_is_a_bracket(project: Path) -> None:
    """In a shell it is; only to git such a pattern matches nothing."""
    found = selection(project, "*[")
    assert selected(found, project, ["a[", "a", "[/x"]) == ["a[", "[/x"]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("/a", ["/a"]),
        ("/{a,b}/{c,d}", ["/a/c", "/a/d", "/b/c", "/b/d"]),
        ("/{a,{b,c}d}", ["/a", "/bd", "/cd"]),
        ("/a{,.b}", ["/a", "/a.b"]),
        ("/{a}", ["/{a}"]),
        ("/{a", ["/{a"]),
        ("/\\{a,b}", ["/\\{a,b}"]),
        ("/{a,a}", ["/a"]),
        ("/{a\\,b}{c,d}", ["/a\\{c,d}", "/bc", "/bd"]),
        ("{0,1,2,3,4,5,6,7,8,9}" * 4, ["{0,1,2,3,4,5,6,7,8,9}" * 4]),
    ],
)
def test_braces_are_expanded_as_in_a_shell(text: str, expanded: list[str]) -> None:
    """Up to a number that nobody means."""
    assert sorted(expand_braces(text)) == sorted(expanded)


# Roots


@pytest.mark.parametrize(
    ("watch", "roots"),
    [
        (["."], [""]),
        (["src", "web"], ["src", "web"]),
        ([".", "src"], [""]),
        (["src", "."], [""]),
        (["src", "src-old"], ["src", "src-old"]),
        (["src", "src/*.py"], ["src"]),
        (["src/*.py", "src/**/*.js"], ["src"]),
        (["src/a.py"], ["src/a.py file"]),
        (["src", "src/a.py"], ["src"]),
        (["src/a.py", "web"], ["src/a.py file", "web"]),
        (["src/**/*.py"], ["src"]),
        (["*/x/*.py"], [""]),
        (["none/none/*.py"], [""]),
        (["{src,web}/*.py"], ["src", "web"]),
        ([".", "node_modules/mine"], [""]),
        (["web", "web/link"], ["web", "web/link"]),
        (["web", "web/link/deep"], ["web", "web/link/deep"]),
        (["web", "web/link/deep/a.py"], ["web", "web/link/deep/a.py file"]),
    ],
)
def test_roots_are_the_outermost_places_to_begin_at(
    project: Path, watch: list[str], roots: list[str]
) -> None:
    """A walk from a root follows no link, so what lies behind one is a root of its own."""
    write(project, {"src/a.py": "", "src-old/": "", "web/": "", "far/deep/a.py": ""})
    write(project, {"node_modules/mine/": ""})
    (project / "web/link").symlink_to(project / "far")
    found = selection(project, *watch).roots
    expected = [(str(project / text.partition(" ")[0]), text.endswith(" file")) for text in roots]
    assert [(root.path, root.is_file) for root in found] == expected
    assert {root.origin for root in found} == {"--watch"}


def test_a_slash_at_the_end_of_a_watched_directory_means_nothing(project: Path) -> None:
    """Completion in a shell puts it there."""
    write(project, {"src/": ""})
    found = selection(project, watch=(Sourced(f"{project}/src/", "--watch"),))
    assert selected(found, project, ["src/a.py", "a.py"]) == ["src/a.py"]
    assert found.roots == (Root(f"{project}/src", is_file=False, origin="--watch"),)


def test_an_env_file_is_a_root_where_no_other_leads_to_it(project: Path) -> None:
    """One in a directory that does not exist is waited for in the nearest one that does."""
    write(project, {"src/": "", "conf/": ""})
    env_files = tuple(str(project / name) for name in ("src/.env", "conf/.env", "none/.env"))
    found = selection(project / "src", env_files=env_files[:2]).roots
    assert found == (
        Root(f"{project}/src", is_file=False, origin="--watch"),
        Root(f"{project}/conf/.env", is_file=True, origin="env file"),
    )
    found = selection(project / "src", env_files=env_files[2:]).roots
    assert found == (Root(str(project), is_file=False, origin="env file"),)


def test_the_root_of_the_file_system_can_be_watched() -> None:
    """Cutting names off a path ends there."""
    found = selection(Path("/"), ignore=["/proc/"])
    assert found.roots == (Root("/", is_file=False, origin="--watch"),)
    assert selected(found, Path("/"), ["app.py", "none/app.py", "proc/1", "x.log"]) == [
        "app.py",
        "none/app.py",
    ]
    assert entered(found, Path("/"), ["", "none", "proc"]) == ["", "none"]


def test_a_glob_can_begin_at_the_root_of_the_file_system() -> None:
    """There is no name before it."""
    found = selection(Path("/"), "a*.py")
    assert found.roots == (Root("/", is_file=False, origin="--watch"),)
    assert selected(found, Path("/"), ["a.py", "none/a.py", "a.md", "b.py"]) == ["a.py"]


# Names of any kind


ODD_NAMES = [
    "a b",
    "a\nb",
    "[a",
    "a]",
    "\\",
    "{a,b}",
    "*",
    "?",
    "é",
    "\udcff",
    "\U0001f600",
    " ",
    "$(",
]


@posix_only
def test_names_of_any_kind_are_judged(project: Path) -> None:
    """As directories, as files, as what is watched, and in a .gitignore."""
    paths = [f"{name}/{name}" for name in ODD_NAMES]
    write(project, dict.fromkeys(paths, ""))
    found = selection(project)
    assert selected(found, project, paths) == paths
    assert entered(found, project, ODD_NAMES) == ODD_NAMES
    for name, path in zip(ODD_NAMES, paths, strict=True):
        assert selected(selection(project, name), project, paths) == [path]
        assert selected(selection(project, path), project, paths) == [path]
        assert (
            selected(selection(project, ignore=[f"*{name}x", "nothing"]), project, paths) == paths
        )


@posix_only
def test_rules_are_shown_as_they_are_written(project: Path) -> None:
    """In whatever encoding; only a line's end and the spaces before it are no part of them."""
    write(project, {".gitignore": "é*  \r\n\udcff*\na\\ \n"})
    found = selection(project)
    names = {"é1": "é*", "\udcff1": "\udcff*", "a ": "a\\ "}
    assert {name: found.verdict(f"{project}/{name}").rule.pattern for name in names} == names


def test_a_pattern_that_no_file_system_can_have_matches_nothing(project: Path) -> None:
    """Half of a surrogate pair comes from a configuration in JSON at most."""
    assert selected(selection(project, ignore=["\ud800*"]), project, ["a.py"]) == ["a.py"]


def test_a_path_of_thousands_of_directories_is_judged(project: Path) -> None:
    """PATH_MAX allows twice as many as Python's stack."""
    deep = "/".join("a" * 2000)
    found = selection(project, ignore=["*.tmp"])
    assert selected(found, project, [f"{deep}/x.py", f"{deep}/x.tmp"]) == [f"{deep}/x.py"]


def test_two_threads_get_the_same_answers(project: Path) -> None:
    """The source asks in its own thread, while the loop asks too."""
    folders = [f"{a}/{b}/{c}" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh"]
    write(project, {f"{a}/.gitignore": f"b{a}.py\n" for a in "abcdefgh"})
    paths = [
        f"{project}/{folder}/b{folder[0 if n % 2 else 2]}.py" for n, folder in enumerate(folders)
    ]
    expected = [path[-4] != path[len(str(project)) + 1] for path in paths]
    found = selection(project)
    answers: list[list[bool]] = []
    threads = [
        threading.Thread(target=lambda: answers.append([found.is_selected(p) for p in paths]))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected, expected]


# What git says


class Repository:
    """A work tree, and git's own verdicts on what is in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(root / "nobody"),
            "XDG_CONFIG_HOME": str(root / "nobody"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        self._git("init", "--quiet")

    def _git(self, *arguments: str, data: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=self._environ,
            input=data,
            capture_output=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return done.stdout

    def paths(self) -> list[str]:
        """Everything in the work tree."""
        found = [path for path in self.root.rglob("*") if ".git" not in path.parts]
        return sorted(str(path.relative_to(self.root)) for path in found)

    def verdicts(self, paths: Sequence[str]) -> dict[str, Rule | None]:
        """The last line that matches each path, `!` lines included."""
        data = b"".join(b"./%b\0" % os.fsencode(path) for path in paths)
        output = self._git(
            "check-ignore", "--verbose", "--non-matching", "-z", "--stdin", "--no-index", data=data
        )
        fields = iter([os.fsdecode(field) for field in output.split(b"\0")[:-1]])
        answers = [
            Rule(pattern, f"{self.root}/{source}:{line}") if source else None
            for source, line, pattern, _ in zip(fields, fields, fields, fields, strict=True)
        ]
        return dict(zip(paths, answers, strict=True))


def our_verdicts(root: Path, paths: Iterable[str]) -> dict[str, Rule | None]:
    """Our answers in git's terms; all ways to ask agree."""
    found = selection(root, default_ignore=False)
    verdicts: dict[str, Rule | None] = {}
    for path in paths:
        is_directory = (root / path).is_dir()
        verdict = found.verdict(str(root / path), is_directory=is_directory)
        ask = found.enters if is_directory else found.is_selected
        is_watched = verdict.rule.origin == "--watch"
        verdicts[path] = None if is_watched else verdict.rule
        expected = is_watched or verdict.rule.pattern.startswith("!")
        assert ask(str(root / path)) == verdict.selected == expected, path
    return verdicts


# One line each, asked about the same names: what matches, how a line is read, and git's corners.
# fmt: off
NAMES = [
    "a", "ab", "abc", "b", "a/b", "a/c/b", "a/b/c", "c/a", "c/a/b", "foobar", "foo/bar",
    "foox/y/bar", "a.py", "x.py", "a.pyc", "é.py", "éa", "[a]", "a]", "a-b", "a\\b", "!n", "#h",
    "^a", "-", "]", "\\", "*", "?", "a*", "A", "1", "~", "_", "{a}", ".a", ".a.swp", "x/.a", "(a)",
    "a+", "$", "|", "a b", "x/y/z/a", "x/y/z/a.py", "x/a b/c", "a ", " a", "a\tb", "a\t", "a\n",
    "a\nb/c", "\n", "a\r", "\f", "\v",
]
LINES = [
    "a", "/a", "a/", "/a/", "a/b", "/a/b", "a/*", "a/**", "a/**/b", "**/b", "**/a/b", "**", "*",
    "/*", "*/", "/*/", "**/", "/**", "**/*", "**/*/", "*/b", "*/*/b", "*/**", "a*", "*a", "*.py",
    ".*", "a.*", "?", "??", "?.py", "??.py", "*.py?", "a?b", "a?c/b", "/?", "x/*/z", "a*c/b",
    "*/y/*/a", "*.pyc", "a**", "a**b", "**a", "foo**/bar", "foo**", "x/y**", "x/**z/a", "a/***/b",
    "***", "***/b", ".a*", "*o**/bar", "*b*", "x/*z*", "*o*b*", "x/*/*y*", "x/?**\\/a", "x/?**",
    "a\\/**/b", "a/**\\/b", "**\\/b", "x/**/**/a", "x/**/z/**", "foo**/**/bar", "[ab]", "[!ab]",
    "[^ab]", "[a-c]*", "[]]", "[]-a]", "[!]a]", "[a-]", "[--0]", "[z-a]", "[!z-a]", "[\\]]",
    "[\\\\]", "[a\\-c]", "[!a]*", "a[/]b", "a[!b]b", "x/[!a]", "[[]a]", "[é]a", "[a-\\c]*",
    "[[:alpha:]]", "[[:digit:]]", "[[:upper:][:digit:]]", "[![:alnum:]]", "[[:punct:]]*",
    "[[:space:]]", "[[:cntrl:]]", "[[:blank:]]*", "[[:graph:]]", "[[:print:]]", "[[:xdigit:]]",
    "[[:lower:]]", "a[[:space:]]b", "[[:nope:]]", "[[::]]", "[[:]", "[[:a]", "[:alpha:]",
    "[a-[:alpha:]]", "[[:alpha:]-z]", "[a", "[", "[!", "[a-", "[\\", "a[", "*[", "[[:", "\\a",
    "\\*", "\\?", "\\[a]", "\\!n", "!n", "\\#h", "#h", "\\", "a\\", "\\\\", "a\\\\b", "a\\/b",
    "a ", "a  ", "a\\ ", "a\\  ", " a", "a b", "a\t", "a\\\\ ", " ", "\\ ", "a/ ", "a\tb", "\f",
    "x/a b/", "a\r", "a\r\r", "a \r", "a\r ", "\r", "a\0b", "\0", "\ufeffa", "/", "//", "//a",
    "a//", "a*//", "*//", "**//", "a//b", "!", "!a", "!/", "{a}", "{a,b}", "(a)", "a+", "$", "|",
    "^a", "x/y/z", "x/y/z/", "y/z", "/y", "~", "-", "_",
]
# fmt: on


@needs_git
@posix_only
def test_each_line_means_what_git_says(project: Path) -> None:
    """Every line in a directory of its own, beside files and directories of all these names."""
    folders = {f"{number:03}": line for number, line in enumerate(LINES)}
    for folder, line in folders.items():
        write(project / folder, {".gitignore": line} | _without_conflicts(NAMES))
    repository = Repository(project)
    paths = [path for path in repository.paths() if "/" in path]
    theirs, ours = repository.verdicts(paths), our_verdicts(project, paths)
    answers = [(folders[path[:3]], path, theirs[path], ours[path]) for path in paths]
    assert [answer for answer in answers if answer[2] != answer[3]] == []


def _without_conflicts(names: Iterable[str]) -> dict[str, str]:
    """Files of these paths; one that is a directory for another is only that."""
    parents = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    return dict.fromkeys((name for name in names if name not in parents), "")


@needs_git
@posix_only
def test_a_file_as_people_write_them_means_what_git_says(project: Path) -> None:
    """Several files, with exceptions, anchors and what tools on other systems leave in them."""
    write(
        project,
        {
            ".gitignore": "\ufeff# top\r\n*.log\r\n!keep.log\n/build\n__pycache__/\n\n"
            "docs/_build/\n*.py[co]\n",
            "src/.gitignore": "build/\n!*.log\n/*.tmp\ngen/**\n!gen/keep\n",
            "src/deep/.gitignore": "*\n!.gitignore\n!*.py\n",
            "build/x/y.py": "",
            "src/build/x.py": "",
            "src/a.log": "",
            "a.log": "",
            "keep.log": "",
            "x/keep.log": "",
            "src/a.tmp": "",
            "src/x/a.tmp": "",
            "src/gen/a": "",
            "src/gen/keep": "",
            "src/gen/x/keep": "",
            "src/deep/a.py": "",
            "src/deep/a.md": "",
            "src/deep/x/a.py": "",
            "docs/_build/x": "",
            "x/docs/_build/x": "",
            "a.pyc": "",
            "__pycache__/a.pyc": "",
        },
    )
    repository = Repository(project)
    paths = repository.paths()
    assert our_verdicts(project, paths) == repository.verdicts(paths)


WORDS = ["a", "b", "ab", "c.py", "x y", "é", "[a]", "a\\b", "z ", "x\n", ".h", "-"]
# fmt: off
TOKENS = [
    "a", "b", "c", "*", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[a-c]", "[[:alpha:]]", "[]]",
    "[\\]]", "[--0]", "[", "]", "\\", "\\*", "\\ ", "\\/", " ", "#", "!", ".py", "é", "-", "^",
    "\t",
]
# fmt: on
names = st.sampled_from(WORDS)
trees = st.lists(st.lists(names, min_size=1, max_size=4).map("/".join), min_size=1, max_size=8)
wild = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=5).map("".join)
plain = st.lists(names, min_size=1, max_size=3).map("/".join)
lines = st.tuples(
    st.sampled_from(["", "", "!", "/", "!/", "**/", "#"]),
    st.one_of(wild, plain),
    st.sampled_from(["", "", "/", "*", "/*", "/**", " ", "\r", "\\ "]),
).map("".join)
rules = st.lists(lines, max_size=6).map("\n".join)


@needs_git
@posix_only
@settings(max_examples=100, derandomize=True, deadline=None)
@given(tree=trees, top=rules, others=st.lists(rules, max_size=3))
@example(tree=["a/b", "c.py"], top="*\n!*/\n!*.py", others=["b"])
def test_any_tree_means_what_git_says(tree: list[str], top: str, others: list[str]) -> None:
    """The same answer by the same line, for every path."""
    with TemporaryDirectory() as temporary:
        root = Path(temporary).resolve()
        files = _without_conflicts(tree)
        write(root, {**files, ".gitignore": top})
        folders = sorted({path.rpartition("/")[0] for path in files} - {""})
        nested = zip(folders, others, strict=False)
        write(root, {f"{folder}/.gitignore": text for folder, text in nested})
        repository = Repository(root)
        paths = repository.paths()
        assert our_verdicts(root, paths) == repository.verdicts(paths)


@given(text=st.text(max_size=30), name=st.text(min_size=1, max_size=10))
def test_no_pattern_and_no_name_is_an_error(text: str, name: str) -> None:
    """Both come from other people's files."""
    found = selection(Path("/nonexistent"), ignore=[text])
    path = f"/nonexistent/{name}"
    assert found.is_selected(path) == found.verdict(path).selected
