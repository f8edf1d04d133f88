"""`restarter why`: would a change restart, by which rule, and what is watched."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pexpect
import pytest

from restarter.selection import Root
from restarter.sources.mounts import Mount
from restarter.sources.walk import walk
from restarter.status.explanations import Block, Page, Row, Words
from restarter.why import surveying
from restarter.why.explaining import Explainer
from restarter.why.surveying import Survey, survey
from tests.helpers import Restarter
from tests.loading import loaded
from tests.test_selection import Repository, needs_git, posix_only, write

ENVIRON = {"HOME": "/nonexistent"}


class Told(NamedTuple):
    """What a process of restarter left."""

    code: int
    output: str
    complaints: str


@pytest.fixture
def project(project: Path) -> Path:
    """A repository with something of each kind."""
    write(
        project,
        {
            ".git/": "",
            ".gitignore": "# what is made\nbuild/\n*.gen\n!keep.gen\n",
            "app.py": "",
            "build/deep/x.js": "",
            "build/y.js": "",
            "keep.gen": "",
            "x.gen": "",
            "node_modules/a/index.js": "",
            "node_modules/b/index.js": "",
            "src/lib.py": "",
            "src/style.css": "",
        },
    )
    return project


def environment(**more: str) -> dict[str, str]:
    """The environment without what would make restarter answer differently for some people."""
    personal = ("RESTARTER_", "GIT_", "XDG_", "NO_COLOR", "CLICOLOR", "COLUMNS", "LINES")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(personal)}
    return clean | ENVIRON | more


def why(cwd: Path, *arguments: str, before: tuple[str, ...] = (), **env: str) -> Told:
    """Run `restarter BEFORE why ARGUMENTS`."""
    done = subprocess.run(
        [sys.executable, "-m", "restarter", *before, "why", *arguments],
        cwd=cwd,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


def lines(cwd: Path, *arguments: str, before: tuple[str, ...] = ()) -> list[str]:
    """The answers, one line each."""
    told = why(cwd, *arguments, before=before)
    assert told.complaints == ""
    return told.output.splitlines()


def document(cwd: Path, *arguments: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answer as JSON."""
    told = why(cwd, "--json", *arguments, before=before)
    assert told.complaints == ""
    content: dict[str, Any] = json.loads(told.output)
    return content


# One path


def test_each_path_gets_one_line_with_the_rule_that_decides(project: Path) -> None:
    answers = {
        "app.py": "restarts: watch '.' (default)",
        "./src/../app.py": "restarts: watch '.' (default)",
        str(project / "app.py"): "restarts: watch '.' (default)",
        "x.gen": "no restart: .gitignore:3 '*.gen'",
        "keep.gen": "restarts: .gitignore:4 '!keep.gen'",
        "server.log": "no restart: built-in '*.log'; does not exist",
        "a.tmp": "no restart: --ignore '*.tmp'; does not exist",
        "build": "not entered: .gitignore:2 'build/'",
        "build/": "not entered: .gitignore:2 'build/'",
        "build/y.js": "no restart: .gitignore:2 'build/' ignores build",
        "build/deep": "not entered: .gitignore:2 'build/' ignores build",
        "build/deep/x.js": "no restart: .gitignore:2 'build/' ignores build",
        "src": "entered: watch '.' (default)",
        ".": "entered: watch '.' (default)",
        "src/.": "entered: watch '.' (default)",
        ".git/HEAD": "no restart: built-in '.git' ignores .git; does not exist",
    }
    expected = [f"{path}: {answer}" for path, answer in answers.items()]
    assert lines(project, *answers, before=("-i", "*.tmp")) == expected


def test_what_does_not_exist_is_a_file_unless_it_ends_with_a_slash(project: Path) -> None:
    write(project, {".gitignore": "out/\n"})
    assert lines(project, "out", "out/", "new/dir/", "new/x.py", "app.py/x", "app.py/") == [
        "out: restarts: watch '.' (default); does not exist",
        "out/: not entered: .gitignore:1 'out/'; does not exist",
        "new/dir/: entered: watch '.' (default); does not exist",
        "new/x.py: restarts: watch '.' (default); does not exist",
        "app.py/x: restarts: watch '.' (default); does not exist",
        "app.py/: entered: watch '.' (default); does not exist",
    ]


def test_outside_of_all_roots_the_roots_are_named(project: Path) -> None:
    told = lines(project, "app.py", "/etc/hosts", "..", ".", before=("-w", "src", "-w", "build"))
    watched = "outside of what is watched: 'src' (--watch), 'build' (--watch)"
    assert told == [
        f"app.py: no restart: {watched}",
        f"/etc/hosts: no restart: {watched}",
        f"..: not entered: {watched}",
        f".: not entered: {watched}",
    ]


def test_a_glob_and_an_extension_are_named(project: Path) -> None:
    before = ("-w", "src/**/*.py", "-w", ".", "-e", "py,gen")
    assert lines(project, "src/lib.py", "src/style.css", "x.gen", before=before) == [
        "src/lib.py: restarts: watch 'src/**/*.py' (--watch)",
        "src/style.css: no restart: ext is py, gen (--ext)",
        "x.gen: no restart: .gitignore:3 '*.gen'",
    ]
    told = lines(project, "src/lib.py", "src/style.css", before=before[:2])
    assert told[1] == (
        "src/style.css: no restart: outside of what is watched: 'src/**/*.py' (--watch)"
    )


def test_the_settings_come_from_the_configuration_with_file_and_line(project: Path) -> None:
    text = 'watch = ["src"]\next = ["py"]\nignore = [\n  "*.a",\n  "lib.*",\n]\n'
    write(project, {"restarter.toml": text})
    assert lines(project, "src/lib.py", "src/style.css", "src/x.py", "app.py") == [
        "src/lib.py: no restart: restarter.toml:5 'lib.*'",
        "src/style.css: no restart: ext is py (restarter.toml:2)",
        "src/x.py: restarts: watch 'src' (restarter.toml:1); does not exist",
        "app.py: no restart: outside of what is watched: 'src' (restarter.toml:1)",
    ]


def test_variables_count_as_well(project: Path) -> None:
    told = why(project, "src/lib.py", RESTARTER_IGNORE="*.py")
    assert told == (1, "src/lib.py: no restart: RESTARTER_IGNORE '*.py'\n", "")


def test_from_a_directory_inside_places_are_shown_from_there(project: Path) -> None:
    """So that a terminal can open them."""
    write(project, {"restarter.toml": 'ignore = ["*.tmp"]'})
    assert lines(project / "src", "lib.py", "../build/y.js", "a.tmp", "/etc/hosts") == [
        "lib.py: restarts: watch '..' (default)",
        "../build/y.js: no restart: ../.gitignore:2 'build/' ignores ../build",
        "a.tmp: no restart: ../restarter.toml:1 '*.tmp'; does not exist",
        "/etc/hosts: no restart: outside of what is watched: '..' (default)",
    ]


def test_env_files_say_what_they_are(project: Path) -> None:
    write(project, {"conf/.env": "", "restarter.toml": 'env_file = ["conf/.env", ".env"]'})
    assert lines(project, "conf/.env", ".env", "conf", "src/lib.py", before=("-w", "src")) == [
        "conf/.env: restarts: env file (restarter.toml:1), read again at each start",
        ".env: restarts: env file (restarter.toml:1), read again at each start; does not exist",
        "conf: not entered: outside of what is watched: 'src' (--watch)",
        "src/lib.py: restarts: watch 'src' (--watch)",
    ]
    write(project, {".gitignore": "conf/\n"})
    assert lines(project, "conf", "conf/x") == [
        "conf: entered: leads to the env file 'conf/.env' (restarter.toml:1)",
        "conf/x: no restart: .gitignore:1 'conf/' ignores conf; does not exist",
    ]


def test_configuration_files_say_what_they_are(project: Path) -> None:
    """What restarter reads itself is no reason to restart the program."""
    write(project, {"pyproject.toml": "", ".git/info/exclude": ""})
    own = "settings in it take effect at once"
    restarts = "a restart follows where they change what runs"
    rule = "built-in 'restarter.toml'; does not exist"
    assert lines(project, "restarter.toml", "pyproject.toml") == [
        f"restarter.toml: no restart: {rule}; {own}; {restarts}",
        f"pyproject.toml: restarts: watch '.' (default); {own}",
    ]
    own = "ignore rules in it take effect at once"
    assert lines(project, ".gitignore", "src/.gitignore", ".git/info/exclude") == [
        f".gitignore: no restart: built-in '.gitignore'; {own}",
        f"src/.gitignore: no restart: built-in '.gitignore'; does not exist; {own}",
        ".git/info/exclude: no restart: built-in '.git' ignores .git; ignore rules come from it",
    ]


def test_a_virtual_environment_is_told_by_its_mark(project: Path) -> None:
    write(project, {"py312/pyvenv.cfg": "", "py312/lib/x.py": ""})
    mark = "it makes its directory a virtual environment, which is not watched"
    assert lines(project, "py312", "py312/lib/x.py", "src/pyvenv.cfg") == [
        "py312: not entered: built-in: it has a pyvenv.cfg",
        "py312/lib/x.py: no restart: built-in: py312 has a pyvenv.cfg",
        f"src/pyvenv.cfg: restarts: watch '.' (default); does not exist; {mark}",
    ]


def test_the_ignored_directory_is_named_also_where_something_in_it_is_watched(
    project: Path,
) -> None:
    """It is entered then, but only for that."""
    before = ("-w", ".", "-w", "build/deep")
    assert lines(project, "build", "build/deep/x.js", "build/y.js", before=before) == [
        "build: entered: watch 'build/deep' (--watch)",
        "build/deep/x.js: restarts: watch 'build/deep' (--watch)",
        "build/y.js: no restart: .gitignore:2 'build/' ignores build",
    ]


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("restart", "restarts"),
        ("queue", "restarts once the run has ended"),
        ("ignore", "restarts if the run has ended"),
        ("HUP", "sends SIGHUP"),
    ],
)
def test_the_answer_follows_on_change(project: Path, action: str, answer: str) -> None:
    if answer.startswith("sends") and not hasattr(signal, "SIGHUP"):
        pytest.skip("has no SIGHUP")
    told = lines(project, "app.py", "x.gen", before=("--on-change", action))
    assert [line.split(": ")[1] for line in told] == [answer, "no restart"]


# Symbolic links and special files


@pytest.fixture
def elsewhere(project: Path) -> Path:
    """A directory beside the project; `far` and `near` in the project lead to it and to `src`."""
    directory = project.parent / "elsewhere"
    write(directory, {"x.py": "", "sub/y.py": ""})
    (project / "far").symlink_to(directory)
    (project / "near").symlink_to("src")
    (project / "far.py").symlink_to(directory / "x.py")
    (project / "near.py").symlink_to("app.py")
    (project / "gone.py").symlink_to("nothing.py")
    return directory


@posix_only
def test_behind_a_link_that_is_not_followed_nothing_counts(project: Path, elsewhere: Path) -> None:
    link = "the symbolic link far is not followed (follow_symlinks: default)"
    assert lines(project, "far", "far/", "far/x.py", "far/sub", "far/../x.py") == [
        f"far: not entered: {link}; it is {elsewhere}",
        f"far/: not entered: {link}; it is {elsewhere}",
        f"far/x.py: no restart: {link}; it is {elsewhere}/x.py",
        f"far/sub: not entered: {link}; it is {elsewhere}/sub",
        "far/../x.py: no restart: outside of what is watched: '.' (default); does not exist",
    ]


@posix_only
@pytest.mark.usefixtures("elsewhere")
def test_behind_a_link_into_the_project_the_real_path_counts(project: Path) -> None:
    (project / "made").symlink_to("build")
    assert lines(project, "near", "near/lib.py", "made/y.js") == [
        "near: entered: watch '.' (default); it is src",
        "near/lib.py: restarts: watch '.' (default); it is src/lib.py",
        "made/y.js: no restart: .gitignore:2 'build/' ignores build; it is build/y.js",
    ]


@posix_only
@pytest.mark.usefixtures("elsewhere")
def test_behind_a_link_that_is_followed_the_link_counts(project: Path) -> None:
    told = lines(project, "far", "far/x.py", "far/x.gen", before=("--follow-symlinks",))
    assert told == [
        "far: entered: watch '.' (default)",
        "far/x.py: restarts: watch '.' (default)",
        "far/x.gen: no restart: .gitignore:3 '*.gen'; does not exist",
    ]


@posix_only
def test_behind_a_link_in_an_ignored_directory_the_rule_is_named(
    project: Path, elsewhere: Path
) -> None:
    """To follow the link would not help."""
    (project / "build" / "far").symlink_to(elsewhere)
    rule = ".gitignore:2 'build/' ignores build"
    assert lines(project, "build/far/x.py") == [f"build/far/x.py: no restart: {rule}"]


@posix_only
def test_of_a_link_to_a_file_both_ends_are_told_where_they_differ(
    project: Path, elsewhere: Path
) -> None:
    """The link is what is watched; where it leads, somebody may write unseen."""
    (project / "linked.gen").symlink_to("app.py")
    not_there = f"a change of {elsewhere}/x.py, where the link leads, does not"
    there = "a change of app.py, where the link leads, does"
    assert lines(project, "far.py", "near.py", "gone.py", "linked.gen") == [
        f"far.py: restarts: watch '.' (default); {not_there}",
        "near.py: restarts: watch '.' (default)",
        "gone.py: restarts: watch '.' (default)",
        f"linked.gen: no restart: .gitignore:3 '*.gen'; {there}",
    ]


@posix_only
def test_a_path_through_a_link_above_the_project_is_the_same_path(project: Path) -> None:
    (project.parent / "alias").symlink_to(project)
    path = f"{project.parent}/alias/app.py"
    assert lines(project, path) == [f"{path}: restarts: watch '.' (default); it is app.py"]
    assert lines(project.parent / "alias", "app.py") == ["app.py: restarts: watch '.' (default)"]


@posix_only
def test_what_has_no_content_to_compare_does_not_count(project: Path) -> None:
    os.mkfifo(project / "pipe")
    os.mkfifo(project / "x.gen.pipe")
    assert lines(project, "pipe", "x.gen.pipe", before=("-i", "x.*")) == [
        "pipe: no restart: neither a file nor a directory",
        "x.gen.pipe: no restart: --ignore 'x.*'",
    ]


def test_what_the_system_does_not_show_is_answered_by_its_name(project: Path) -> None:
    name = "a" * 5000
    assert lines(project, name) == [f"{name}: restarts: watch '.' (default); cannot be looked at"]


# Names of any kind


@posix_only
def test_any_name_is_shown_escaped_on_one_line(project: Path) -> None:
    names = ["a\nb.py", "\udcff.py", "\x1b[31m", "é.py", "a b", "-x", "[red]"]
    write(project, dict.fromkeys(names, ""))
    write(project, {".gitignore": "a?b.py\n\udcff*\n\x1b*\n"})
    assert lines(project, "--", *names) == [
        r"a\nb.py: no restart: .gitignore:1 'a?b.py'",
        r"\udcff.py: no restart: .gitignore:2 '\udcff*'",
        r"\x1b[31m: no restart: .gitignore:3 '\x1b*'",
        "é.py: restarts: watch '.' (default)",
        "a b: restarts: watch '.' (default)",
        "-x: restarts: watch '.' (default)",
        "[red]: restarts: watch '.' (default)",
    ]


@posix_only
def test_a_directory_of_any_name_is_shown_on_one_line(project: Path) -> None:
    odd = project / "a\nb"
    write(odd, {"out/x": "", ".gitignore": "out/\n"})
    assert lines(odd, "out/x") == ["out/x: no restart: .gitignore:1 'out/' ignores out"]
    told = lines(project, "a\nb/out/x")
    assert told == [r"a\nb/out/x: no restart: a\nb/.gitignore:1 'out/' ignores a\nb/out"]


def test_a_stream_that_cannot_say_it_gets_it_escaped(project: Path) -> None:
    told = why(project, "é.py", PYTHONIOENCODING="ascii")
    assert told.output == "\\xe9.py: restarts: watch '.' (default); does not exist\n"


# How it ends


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["app.py", "src"], 0),
        (["app.py", "x.gen"], 1),
        (["build"], 1),
        (["/etc/hosts"], 1),
        ([], 0),
    ],
)
def test_the_exit_code_is_that_of_grep(project: Path, paths: list[str], code: int) -> None:
    assert why(project, *paths).code == code
    assert why(project, "--json", *paths).code == code
    assert why(project, *paths, before=("-q",)) == (code, "", "")


@pytest.mark.parametrize(
    ("before", "arguments", "complaint"),
    [
        ([], [""], "a path is empty; leave it out to see what is watched"),
        ([], ["--jsn"], "unknown option '--jsn', did you mean '--json'?"),
        ([], ["-w", "x"], "write -w before `why`: restarter -w ... why"),
        ([], ["x", "--ext=py"], "write --ext before `why`: restarter --ext ... why"),
        (["-w", "nope"], ["x"], "--watch: there is no 'nope'; only a glob may match nothing yet"),
        (["--wacth", "x"], ["x"], "unknown option '--wacth', did you mean '--watch'?"),
        (["--config", "x"], ["x"], "--config: there is no file 'x'; check the path"),
    ],
)
def test_bad_use_is_one_line_and_code_2(
    project: Path, before: list[str], arguments: list[str], complaint: str
) -> None:
    told = why(project, *arguments, before=tuple(before))
    assert told == (2, "", f"restarter: {complaint}\n")


def test_a_broken_configuration_is_one_line_and_code_2(project: Path) -> None:
    write(project, {"restarter.toml": "wacth = 1"})
    told = why(project, "app.py")
    assert (told.code, told.output) == (2, "")
    assert told.complaints == (
        "restarter: restarter.toml:1: unknown key 'wacth', did you mean 'watch'?\n"
    )


@posix_only
def test_a_current_directory_that_was_removed_is_one_line_and_code_2(project: Path) -> None:
    gone = project / "gone"
    gone.mkdir()
    script = f"cd '{gone}' && rmdir '{gone}' && exec '{sys.executable}' -P -m restarter why x"
    path = os.pathsep.join(map(os.path.abspath, sys.path))
    done = subprocess.run(
        ["sh", "-c", script],
        env=environment(PYTHONPATH=path),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        "restarter: the current directory has been removed; go to one that exists\n"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no full device")
def test_an_answer_that_cannot_be_written_is_one_line_and_code_2(project: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "restarter", "why", "app.py"],
            cwd=project,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    complaint = "restarter: cannot write to standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (2, complaint)


@posix_only
@pytest.mark.parametrize("force", ["0", "1"])
def test_a_reader_that_has_read_enough_is_no_mistake(project: Path, force: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "restarter", "why", "x.gen"],
        cwd=project,
        env=environment(CLICOLOR_FORCE=force),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


# The subcommand


def test_after_two_dashes_it_is_a_command(project: Path) -> None:
    script = project / "why"
    script.write_text("#!/bin/sh\necho the command, with $1\n")
    script.chmod(0o755)
    path = f"{project}{os.pathsep}{os.environ['PATH']}"
    arguments = ("--on-exit", "exit", "--", "why", "app.py")
    with Restarter(*arguments, cwd=project, env={"PATH": path}) as restarter:
        restarter.wait_for_line("the command, with app.py", "stdout")
        assert restarter.wait() == 0


def test_no_command_and_no_terminal_is_needed_for_help(project: Path) -> None:
    told = why(project, "--help", COLUMNS="80")
    assert (told.code, told.complaints) == (0, "")
    assert told.output.startswith("Usage: restarter why [OPTIONS] [PATH]...\n")
    assert max(map(len, told.output.splitlines())) <= 80
    assert "show this page" in told.output


def test_the_start_of_a_command_does_not_pay_for_it(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "restarter", "--on-exit", "exit", "--", "true"],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    imported = re.findall(r"\| +(restarter\.\S+)$", done.stderr, re.MULTILINE)
    assert "restarter.cli.command_line" in imported
    assert "restarter.session.session" in imported
    own = {"cli.why", "why.explaining", "why.surveying", "status.explanations", "status.documents"}
    assert not {f"restarter.{name}" for name in own} & set(imported)


# What git says


TREE = {
    ".gitignore": "*.log\n!keep.log\n/dist\n__pycache__/\ndocs/_build/\n*.py[co]\n",
    "src/.gitignore": "build/\n!*.log\n/*.tmp\ngen/**\n!gen/keep\n",
    "src/deep/.gitignore": "*\n!.gitignore\n!*.py\n",
    "dist/x/y.py": "",
    "src/build/x.py": "",
    "src/build/deep/keep.log": "",
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
    "x/__pycache__/a.pyc": "",
    "x/a b/\u00e9.log": "",
}


@needs_git
@posix_only
def test_the_rule_and_the_directory_are_those_of_git(tmp_path: Path) -> None:
    """Where only .gitignore files speak: the same line of the same file for every path."""
    root = tmp_path.resolve()
    write(root, TREE)
    repository = Repository(root)
    paths = repository.paths()
    theirs = repository.verdicts(paths)
    before = ("--no-default-ignore",)
    answers = document(root, *paths, before=before)["paths"]
    told = lines(root, *paths, before=before)
    for path, answer, line in zip(paths, answers, told, strict=True):
        rule = theirs[path]
        is_ignored = rule is not None and not rule.pattern.startswith("!")
        assert answer["selected"] is not is_ignored, path
        assert answer["folder"] == (ignored_above(root, path, theirs) if is_ignored else None)
        if rule is None:
            assert answer["reason"] == "watched", path
        else:
            found = answer["rules"][0]
            assert (found["pattern"], f"{found['file']}:{found['line']}") == rule
            pattern, origin = rule
            assert f": {origin.removeprefix(f'{root}/')} '{pattern}'" in line


def ignored_above(root: Path, path: str, theirs: Mapping[str, Any]) -> str | None:
    """The outermost directory above that git ignores."""
    for above in reversed([str(parent) for parent in Path(path).parents][:-1]):
        rule = theirs[above]
        if rule is not None and not rule.pattern.startswith("!"):
            return str(root / above)
    return None


# What is watched


def test_without_a_path_the_roots_and_what_the_ignores_save_are_told(project: Path) -> None:
    write(project, {"restarter.toml": 'ext = ["py", "gen"]\n'})
    told = why(project)
    assert (told.code, told.complaints) == (0, "")
    expected = [
        "watched",
        "  . (default)  2 directories, 3 files  kernel events",
        "",
        "ignored",
        "  node_modules  3 directories  built-in 'node_modules/'",
        "  build         2 directories  .gitignore:2 'build/'",
        "  .git          1 directory    built-in '.git'",
        "",
        "the ignores save 6 of 8 watches",
        "ext is py, gen (restarter.toml:1)",
        "settings come from restarter.toml",
    ]
    assert [
        line for line in told.output.splitlines() if "the system allows" not in line
    ] == expected


def test_the_numbers_are_those_of_a_running_restarter(project: Path) -> None:
    (root,) = document(project)["roots"]
    with Restarter("-p", "true", cwd=project) as restarter:
        at = restarter.wait_for_line("watching")
        line = restarter.lines()[at]
    assert f"watching {root['files']} files in {root['directories']} directories" in line


def test_globs_files_and_env_files_are_roots_of_their_own(project: Path) -> None:
    before = ("-w", "src/**/*.py", "-w", "app.py", "--env-file", ".env", "--poll=1s")
    told = lines(project, before=before)
    assert told == [
        "watched",
        "  src for 'src/**/*.py' (--watch)  1 directory, 1 file  polling every 1 s (--poll)",
        "  app.py (--watch)                 1 file               polling every 1 s (--poll)",
        "  .env, env file (--env-file)      0 files              polling every 1 s (--poll)",
    ]


def surveyed(
    project: Path, *watch: str, seconds: float = 2.0, poll: object = "auto"
) -> tuple[Survey, list[tuple[str, ...]]]:
    """What is watched, asked in this process, and what is told of it."""
    found = loaded(project, {"command": ("true",), "watch": list(watch) or ["."], "poll": poll})
    explainer = Explainer(*found, environ=ENVIRON, here=str(project))
    about = survey(*found, explainer.selection, count_seconds=seconds)
    blocks = Words(*found, str(project)).survey(about)
    titles = [(block.title,) for block in blocks]
    return about, [*titles, *(row.cells for block in blocks for row in block.rows)]


POLLING = "polling every 0.9 s"
SILENT = "which reports no events"


@pytest.mark.parametrize(
    ("poll", "kinds", "how"),
    [
        ("auto", {}, "kernel events"),
        ("auto", {"": "ext4"}, "kernel events"),
        ("auto", {"": "nfs4"}, f"{POLLING}: nfs4 reports no events"),
        ("auto", {"src": "9p"}, f"kernel events; src is on 9p, {SILENT}: polling it"),
        ("auto", {"build": "9p"}, "kernel events"),
        (False, {"": "nfs4"}, f"kernel events; . is on nfs4, {SILENT}"),
        (True, {"": "nfs4"}, f"{POLLING} (--poll)"),
        ("2s", {}, "polling every 2 s (--poll)"),
    ],
)
def test_how_it_is_watched_is_told_with_the_reason(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    poll: object,
    kinds: Mapping[str, str],
    how: str,
) -> None:
    mounts = [Mount(str(project / name), kind) for name, kind in kinds.items()]
    monkeypatch.setattr(surveying, "read_mounts", lambda: (Mount("/", "ext4"), *mounts))
    _, told = surveyed(project, poll=poll)
    assert how in [cells[-1] for cells in told]


def test_of_many_ignored_folders_the_ten_largest_are_told(project: Path) -> None:
    folders = [f"p{at:02}/node_modules/{'d/' * at}" for at in range(15)]
    write(project, dict.fromkeys(folders, ""))
    about, told = surveyed(project)
    assert about.ignored == 15 + 3
    assert [folder.directories for folder in about.largest] == [*range(15, 5, -1)]
    assert about.saved == sum(range(1, 16)) + 6
    assert ("ignored, the largest 10 of 18 folders",) in told


def test_when_the_time_is_over_it_is_at_least_so_many(project: Path) -> None:
    about, told = surveyed(project, seconds=0)
    assert not about.is_complete
    assert ("build", "at least 1 directory", ".gitignore:2 'build/'") in told
    assert ("the ignores save at least 3 of 5 watches",) in told


def test_a_huge_folder_does_not_take_the_time_of_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gets its turn; the clock goes on by one at each look."""
    write(project, {f"node_modules/d{at}/": "" for at in range(50)})
    clock = iter(range(1000))
    monkeypatch.setattr(surveying, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    about, _ = surveyed(project, seconds=10)
    complete = {Path(each.path).name: each.is_complete for each in about.largest}
    assert complete == {"node_modules": False, "build": True, ".git": True}


# JSON


def test_the_document_has_the_fields_that_are_documented(project: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "why.md").read_text("utf-8")
    documented = set(re.findall(r"`([a-z_]+)`", text.partition("## `--json`")[2]))
    for content in (document(project), document(project, "app.py", "x.gen", "far")):
        assert content["version"] == 1
        assert set(keys(content)) <= documented


def keys(content: object) -> Iterator[str]:
    if isinstance(content, dict):
        yield from content
        content = list(content.values())
    if isinstance(content, list):
        for each in content:
            yield from keys(each)


def test_the_document_on_paths(project: Path) -> None:
    content = document(project, "build/y.js", "app.py", "src/")
    ignored, watched, directory = content["paths"]
    assert content["base"] == str(project)
    assert content["on_change"] == "restart"
    assert content["config_files"] == []
    assert ignored == {
        "given": "build/y.js",
        "found": "file",
        "is_directory": False,
        "path": f"{project}/build/y.js",
        "selected": False,
        "reason": "ignored",
        "rules": [
            {
                "pattern": "build/",
                "origin": f"{project}/.gitignore:2",
                "file": f"{project}/.gitignore",
                "line": 2,
            }
        ],
        "folder": f"{project}/build",
        "role": None,
        "link_target": None,
    }
    assert (watched["reason"], watched["selected"]) == ("watched", True)
    assert watched["rules"] == content["watch"]
    assert (directory["found"], directory["is_directory"]) == ("directory", True)


def test_the_document_on_what_is_watched(project: Path) -> None:
    write(project, {"restarter.toml": 'watch = ["src"]\n'})
    content = document(project, before=("-w", ".", "--poll"))
    assert content["poll"] == {"mode": "always", "origin": "--poll", "interval_seconds": 0.9}
    assert content["config_files"] == [f"{project}/restarter.toml"]
    (root,) = content["roots"]
    assert (root["path"], root["is_file"], root["is_polled"]) == (str(project), False, True)
    assert (root["directories"], root["files"]) == (2, 4)
    ignored = content["ignored"]
    assert (ignored["folders"], ignored["directories"], ignored["is_complete"]) == (3, 6, True)
    assert ignored["largest"][0]["path"] == f"{project}/node_modules"


@posix_only
def test_the_document_keeps_names_of_any_kind(project: Path) -> None:
    names = ["a\nb.py", "\udcff.py", "é.py"]
    content = document(project, *names)
    assert [each["given"] for each in content["paths"]] == names
    assert [each["path"] for each in content["paths"]] == [f"{project}/{name}" for name in names]


# On a terminal


def on_terminal(project: Path, width: int, *arguments: str, **env: str) -> str:
    """What a terminal of this width gets."""
    process = pexpect.spawn(
        sys.executable,
        ["-m", "restarter", "why", *arguments],
        cwd=str(project),
        env=environment(TERM="xterm-256color") | env,
        encoding="utf-8",
        timeout=30,
        dimensions=(30, width),
    )
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus in {0, 1}
    return str(process.before).replace("\r\n", "\n")


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_on_a_wide_terminal_the_answers_are_aligned_and_coloured(project: Path) -> None:
    told = on_terminal(project, 100, "app.py", "build/y.js")
    assert "\x1b[32mrestarts" in told
    assert COLOUR.sub("", told).splitlines() == [
        "↻ app.py      restarts    watch '.' (default)",
        "· build/y.js  no restart  .gitignore:2 'build/' ignores build",
    ]


def test_on_a_narrow_terminal_the_reason_has_a_line_of_its_own(project: Path) -> None:
    told = on_terminal(project, 40, "app.py", "build/y.js")
    assert COLOUR.sub("", told).splitlines() == [
        "↻ app.py  restarts",
        "    watch '.' (default)",
        "· build/y.js  no restart",
        "    .gitignore:2 'build/' ignores build",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 200])
def test_what_is_watched_is_told_at_any_width(project: Path, width: int) -> None:
    told = COLOUR.sub("", on_terminal(project, width))
    words = " ".join(told.split())
    assert "watched . (default) 2 directories, 4 files kernel events" in words
    assert "node_modules 3 directories built-in 'node_modules/'" in words
    assert "the ignores save 6 of 8 watches" in words


def test_a_long_path_is_not_broken(project: Path) -> None:
    """The terminal wraps it, and it can be copied in one piece."""
    path = f"src/{'long' * 20}.py"
    assert path in on_terminal(project, 40, path)


@posix_only
def test_no_color_and_a_dumb_terminal_mean_plain_lines(project: Path) -> None:
    plain = "app.py: restarts: watch '.' (default)\n"
    assert on_terminal(project, 30, "app.py", NO_COLOR="1") == plain
    assert on_terminal(project, 30, "app.py", TERM="dumb") == plain
    assert why(project, "app.py").output == plain
    assert why(project, "app.py", CLICOLOR_FORCE="1").output != plain


def test_wide_characters_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (Row(("漢字.py", "restarts", "x")), Row(("a", "no restart", "y")))
    page = Page(sys.stdout, {})
    assert page.blocks([Block(rows)]) == "漢字.py  restarts    x\na        no restart  y\n"
    assert capsys.readouterr().out == ""


# What a source sees


@posix_only
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"follow_symlinks": True},
        {"watch": ["src", "build/deep", "app.py"]},
        {"watch": ["**/*.js", "."], "ext": ["js", "py"]},
        {"gitignore": False, "default_ignore": False, "watch": ["*/*.js"]},
        {"env_file": ["build/.env"], "ignore": ["src"]},
    ],
)
def test_the_answer_for_each_file_is_what_a_source_sees(
    project: Path, arguments: dict[str, object]
) -> None:
    write(project, {"build/.env": "", "src/.gitignore": "*.css\n", "src/a/b/c.css": ""})
    found = loaded(project, {"command": ("true",), **arguments})
    explainer = Explainer(*found, environ=ENVIRON, here=str(project))
    seen = {path for root in explainer.selection.roots for path in walked(root, explainer)}
    assert seen
    for folder, _, names in os.walk(project, followlinks=found.settings.follow_symlinks):
        for path in (os.path.join(folder, name) for name in names):
            assert explainer.explain(path).answer.selected is (path in seen), path


def walked(root: Root, explainer: Explainer) -> Iterator[str]:
    """The files that a source lists, the single ones as well."""
    start = os.path.dirname(root.path) if root.is_file else root.path
    for listing in walk(start, explainer.selection, baseline=True):
        yield from (os.path.join(listing.directory, name) for name in listing.files)
