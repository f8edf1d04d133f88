"""Completion in bash, zsh and fish: the scripts are loaded into the real shells."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from restarter.cli.command_line import SUBCOMMANDS
from restarter.configuration.settings import KEYS
from tests.test_cli import environment, finished

SHELLS = ("bash", "zsh", "fish")

# What is typed, what is offered, and what is not.
CASES = [
    ("restarter --wa", ["--watch"], ["--ext"]),
    ("restarter --no-", ["--no-gitignore", "--no-keys"], ["--watch"]),
    ("restarter -w src --sto", ["--stop-timeout"], []),
    ("restarter --on-exit ", ["wait", "restart", "exit"], ["init", "--watch"]),
    ("restarter --on-change q", ["queue"], ["restart"]),
    ("restarter -s SIGU", ["SIGUSR1", "SIGUSR2"], ["SIGTERM"]),
    ("restarter -C ", ["folder"], ["file.txt"]),
    ("restarter --env-file fi", ["file.txt"], []),
    ("restarter ini", ["init"], ["config"]),
    ("restarter -c compl", ["completion"], []),
    ("restarter completion ", ["bash", "zsh", "fish"], ["file.txt"]),
    ("restarter help do", ["doctor"], []),
    ("restarter why --", ["--json"], ["--watch"]),
    ("restarter why fi", ["file.txt"], []),
    ("restarter doctor --e", ["--end-leftovers"], ["--ext"]),
    ("restarter --poll=t", ["true"], ["false"]),
    ("restarter -w src demo-comm", ["demo-command"], []),
    ("restarter -- demo-comm", ["demo-command"], []),
    ("restarter -w src demo-command --demo-o", ["--demo-option"], []),
    ("restarter -- demo-command --demo-o", ["--demo-option"], []),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file, a folder and a command, and the scripts beside it."""
    folder = tmp_path_factory.mktemp("completion") / "project"
    (folder / "folder").mkdir(parents=True)
    (folder / "file.txt").touch()
    commands = folder.parent / "bin"
    commands.mkdir()
    (commands / "demo-command").write_text("#!/bin/sh\n")
    (commands / "demo-command").chmod(0o755)
    for shell in SHELLS:
        result = finished("completion", shell, cwd=folder)
        assert (result.returncode, result.stderr) == (0, "")
        (folder.parent / f"script.{shell}").write_text(result.stdout)
    return folder


def script(folder: Path, shell: str) -> str:
    return (folder.parent / f"script.{shell}").read_text()


def surroundings(folder: Path) -> dict[str, str]:
    path = os.pathsep.join([str(folder.parent / "bin"), os.environ["PATH"]])
    return environment(PATH=path, HOME=str(folder.parent), TERM="dumb")


def run(folder: Path, *words: str) -> str:
    result = subprocess.run(
        words,
        cwd=folder,
        env=surroundings(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.stderr == ""
    return result.stdout


# Each shell is started once, and asked for everything.


def ask_bash(folder: Path) -> Iterator[str]:
    """What the function for `restarter` leaves in COMPREPLY."""
    commands = [
        f"source {folder.parent}/script.bash",
        "_command_offset() {  # as bash-completion has it, for one command",
        '    COMP_WORDS=("${COMP_WORDS[@]:$1}"); COMP_CWORD=$((COMP_CWORD - $1))',
        "    [[ ${COMP_WORDS[0]} != demo-command ]] ||",
        '        COMPREPLY=($(compgen -W --demo-option -- "${COMP_WORDS[COMP_CWORD]}"))',
        "}",
    ]
    for line, _, _ in CASES:
        words = [part for word in line.split(" ") for part in parts(word)]
        commands += [
            f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}",
            "_restarter 2>/dev/null",  # compopt complains outside of a completion
            'printf "%s " "${COMPREPLY[@]}"; echo',
        ]
    told = run(folder, "bash", "--norc", "--noprofile", "-c", "\n".join(commands))
    yield from told.splitlines()


def parts(word: str) -> list[str]:
    """The words that bash makes of one: it breaks them at `=`."""
    option, equals, value = word.partition("=")
    return [option, equals, value] if equals else [word]


def ask_fish(folder: Path) -> Iterator[str]:
    commands = [
        f"source {folder.parent}/script.fish",
        "complete -c demo-command -l demo-option",
    ]
    commands += [f"complete -C {line!r} | string join0; echo" for line, _, _ in CASES]
    for told in run(folder, "fish", "--no-config", "-c", "\n".join(commands)).splitlines():
        words = (each.partition("\t")[0] for each in told.split("\0"))
        yield " ".join(word.rstrip("/").removeprefix("--poll=") for word in words)


def ask_zsh(folder: Path) -> Iterator[str]:
    """What an interactive zsh shows: it completes only where somebody types."""
    process = pexpect.spawn(
        "zsh",
        ["-f", "-i"],
        cwd=str(folder),
        env=surroundings(folder),
        encoding="utf-8",
        timeout=30,
        dimensions=(100, 400),
    )
    setup = (
        f"source {folder.parent}/script.zsh",
        "compdef \"_arguments '--demo-option[x]'\" demo-command",
        "setopt no_beep no_auto_menu; LISTMAX=1000; zle_highlight=(none)",
        "unset zle_bracketed_paste; PS1='rea''dy> '",
    )
    process.sendline("autoload -U compinit; compinit -u -D")
    process.sendline("; ".join(setup))
    process.expect_exact("ready> ")
    for line, _, _ in CASES:
        # Ctrl-D lists what there is; Ctrl-U leaves the line, and the next shows that it is over.
        process.send(f"{line}\t\x04\x15echo fin''ished\n")
        process.expect_exact("finished")
        yield str(process.before).replace("/", " ").partition(line.rpartition(" ")[0])[2]
    process.close(force=True)


ASK = {"bash": ask_bash, "zsh": ask_zsh, "fish": ask_fish}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_typed_is_completed(folder: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    told = list(ASK[shell](folder))
    assert len(told) == len(CASES)
    for (line, offered, kept_back), words in zip(CASES, told, strict=True):
        missing = [each for each in offered if each not in words]
        superfluous = [each for each in kept_back if each in words.split()]
        assert (missing, superfluous) == ([], []), (line, words)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_right_for_its_shell(folder: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert run(folder, shell, "-n", str(folder.parent / f"script.{shell}")) == ""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_has_every_option_and_command(folder: Path, shell: str) -> None:
    text = script(folder, shell)
    for key in KEYS:
        for flag in key.flags:
            kind = "-l" if flag.startswith("--") else "-s"
            assert (f"{kind} {flag.lstrip('-')}" if shell == "fish" else flag) in text
    assert all(name in text for name in SUBCOMMANDS)


def test_a_script_needs_no_configuration(project: Path) -> None:
    (project / "restarter.toml").write_text("broken")
    assert finished("completion", "bash", cwd=project).returncode == 0
