"""Settings: what one restarter is to do, validated and frozen; no I/O.

`Settings` is what the rest of restarter reads. `KEYS` is the one table of what a person may write:
validation, environment variables, options and their help all come from it.

NamedTuples and not dataclasses: these values are made before the first exec, and a frozen
dataclass costs several times as much to define.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

from restarter.configuration import choices, parsers
from restarter.configuration.choices import Clear, Notify, OnEnd, Output
from restarter.configuration.parsers import PollMode


class Sourced(NamedTuple):
    """A value with the place where it was written.

    Args:
        text: an absolute path or glob (`watch`), or a gitignore pattern (`ignore`).
        origin: `restarter.toml:7`, `--ignore`, `RESTARTER_WATCH`, `default` ...
    """

    text: str
    origin: str


class Settings(NamedTuple):
    """Everything that one restarter does, after all layers of configuration.

    Args:
        command: the words to execute; with `shell` one word, the shell's script; empty only
            where nothing is to be run.
        shell: run the script with the user's shell.
        base: absolute directory that ignore patterns are anchored at and paths are shown from.
        watch: files, directories and globs, absolute; duplicates removed.
        ext: extensions without a dot, lower case; empty for all files.
        ignore: gitignore patterns, in the order in which they apply (the last match wins).
        gitignore: whether `.gitignore` files are obeyed.
        default_ignore: whether the built-in ignores apply.
        follow_symlinks: whether directories behind symbolic links are entered.
        settle: seconds to wait for more changes; None is `auto`.
        poll: "auto" polls where kernel events do not arrive.
        poll_interval: seconds between two looks at the same directory.
        cwd: absolute directory in which the command runs.
        env: additional environment of the run, after the env files.
        env_files: absolute paths, read again at each start; later ones win.
        on_change: what a change does while the command runs; a signal name such as "SIGHUP"
            is sent instead of a restart.
        on_exit: what follows when the command ends with code 0.
        on_crash: what follows when it ends otherwise.
        stop_signal: number of the signal that asks the run to stop.
        stop_timeout: seconds after which whatever is left is killed.
        stop_keep: names of processes that outlive the run.
        clear: what is cleared before each run: nothing, the screen, or what was scrolled off too.
        postpone: wait for a change before the first run.
        hold: a change waits while the run reads the terminal.
        keys: single keys are read while restarter has the terminal.
        output: how events are written; "auto" is for people.
        output_file: absolute path of the file that they are written to; empty for none.
        notify: how the person is called when the program crashes, and when it is well again.
        check: commands that have to succeed before a change stops the run, as the person wrote
            them; with `shell` they are scripts.
        preflight: Python sources are compiled before a change of them stops the run.
        verbosity: -1 quiet, 0 normal, 1 verbose.
        warm: fork a Python program from a process that has its libraries imported.
        warm_modules: modules that are imported ahead in any case.
        warm_skip: modules that are never imported ahead.
        config_files: absolute paths that were read, or would be if they existed.
        links: symbolic links among what is watched, each with where it leads.
    """

    command: tuple[str, ...]
    shell: bool
    base: str
    watch: tuple[Sourced, ...]
    ext: tuple[str, ...]
    ignore: tuple[Sourced, ...]
    gitignore: bool
    default_ignore: bool
    follow_symlinks: bool
    settle: float | None
    poll: PollMode
    poll_interval: float
    cwd: str
    env: tuple[tuple[str, str], ...]
    env_files: tuple[str, ...]
    on_change: str
    on_exit: OnEnd
    on_crash: OnEnd
    stop_signal: int
    stop_timeout: float
    stop_keep: tuple[str, ...]
    clear: Clear
    postpone: bool
    hold: bool
    keys: bool
    output: Output
    output_file: str
    notify: Notify
    check: tuple[str, ...]
    preflight: bool
    verbosity: int
    warm: bool
    warm_modules: tuple[str, ...]
    warm_skip: tuple[str, ...]
    config_files: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()


class Kind(NamedTuple):
    """What values a key takes.

    Args:
        name: for generators, such as that of a schema.
        parse: from a value as TOML has it to what Settings holds; raises UsageError.
        separator: what splits the text of an environment variable into a list; the option of
            such a key may be repeated.
    """

    name: str
    parse: Callable[[object], Any]
    separator: str | None = None


SWITCH = ".enabled"
"""A table with such a key may be written as a boolean, `warm = true`; to write it says true."""


class Key(NamedTuple):
    """One thing that can be configured, in each of its forms.

    Args:
        name: as in TOML; a dot stands between table and key.
        kind: what values it takes.
        group: the heading of `--help` that it stands under.
        help: one line.
        flags: the option, its long form last; one that begins with `--no-` means false.
        metavar: what the option's value is called; `[=...]` for one that may be left out.
        default: as written in TOML; None where there is none.
        is_joined: a higher layer adds to it instead of replacing it.
    """

    name: str
    kind: Kind
    group: str
    help: str
    flags: tuple[str, ...] = ()
    metavar: str = ""
    default: Any = None
    is_joined: bool = False

    @property
    def identifier(self) -> str:
        """The name as one word: `stop_signal`; `warm` for `warm.enabled`."""
        return self.name.removesuffix(SWITCH).replace(".", "_")

    @property
    def variable(self) -> str:
        """The environment variable: `RESTARTER_STOP_SIGNAL`."""
        return f"RESTARTER_{self.identifier.upper()}"


BOOLEAN = Kind("boolean", parsers.parse_boolean)
CHECKS = Kind("checks", parsers.parse_checks, separator="\n")
CLEAR = Kind("clear", choices.parse_clear)
COMMAND = Kind("command", parsers.parse_command)
DURATION = Kind("duration", parsers.parse_duration)
ENVIRONMENT = Kind("environment", parsers.parse_environment, separator="\n")
EXTENSIONS = Kind("extensions", parsers.parse_extensions, separator=",")
NAMES = Kind("names", parsers.parse_texts, separator=",")
NOTIFY = Kind("notify", choices.parse_notify)
ON_CHANGE = Kind("on_change", parsers.parse_on_change)
ON_END = Kind("on_end", choices.parse_on_end)
OUTPUT = Kind("output", choices.parse_output)
PATH = Kind("path", parsers.parse_text)
PATHS = Kind("paths", parsers.parse_texts, separator=os.pathsep)
PATTERNS = Kind("patterns", parsers.parse_texts, separator="\n")
POLL = Kind("poll", parsers.parse_poll)
SETTLE = Kind("settle", parsers.parse_settle)
SIGNAL = Kind("signal", parsers.parse_signal)

# They serve later builds too. What java or dotnet runs is known by its class or file.
KEPT_DAEMONS = (
    "adb",
    "bazel",
    "buck2d",
    "dirmngr",
    "dmypy",
    "git",  # detached: garbage collection, file system monitor
    "git-credential-cache--daemon",
    "gpg-agent",
    "keyboxd",
    "MSBuild",
    "org.gradle.launcher.daemon.bootstrap.GradleDaemon",
    "org.jetbrains.kotlin.daemon.KotlinCompileDaemon",
    "org.mvndaemon.mvnd.common.MavenDaemon",
    "pantsd",
    "scdaemon",
    "sccache",
    "ssh-agent",
    "turbo",
    "VBCSCompiler",
    "watchman",
)

WATCH, RUN, RESTART, STATUS = "Watch", "Run", "Restart", "Status"

# In the order of `--help`: what is used most comes first.
# fmt: off
KEYS = (
    Key("watch", PATHS, WATCH, "files, directories or globs",
        ("-w", "--watch"), "PATH", default=["."]),
    Key("ext", EXTENSIONS, WATCH, "only files with these extensions",
        ("-e", "--ext"), "py,html", default=[]),
    Key("ignore", PATTERNS, WATCH, "more patterns to leave out, as in .gitignore",
        ("-i", "--ignore"), "PATTERN", default=[], is_joined=True),
    Key("gitignore", BOOLEAN, WATCH, "obey .gitignore files",
        ("--no-gitignore",), default=True),
    Key("default_ignore", BOOLEAN, WATCH, "leave out caches, dependencies and so on",
        ("--no-default-ignore",), default=True),
    Key("follow_symlinks", BOOLEAN, WATCH, "enter directories behind symbolic links",
        ("--follow-symlinks",), default=False),
    Key("settle", SETTLE, WATCH, "time to wait for further changes, such as 50ms",
        ("--settle",), "TIME", default="auto"),
    Key("poll", POLL, WATCH, "poll for changes: true, false or how often",
        ("--poll",), "[=TIME]", default="auto"),
    Key("command", COMMAND, RUN, "a string, or a list of words"),
    Key("postpone", BOOLEAN, RUN, "wait for a change before the first run",
        ("-p", "--postpone"), default=False),
    Key("hold", BOOLEAN, RUN, "hold changes while the command reads the terminal",
        ("--no-hold",), default=True),
    Key("keys", BOOLEAN, RUN, "obey single keys, such as r, q and h for help",
        ("--no-keys",), default=True),
    Key("shell", BOOLEAN, RUN, "let your shell run the command",
        ("--shell",), default=False),
    Key("cwd", PATH, RUN, "the directory to run in",
        ("-C", "--cwd"), "DIR", default="."),
    Key("env", ENVIRONMENT, RUN, "environment variables",
        ("-E", "--env"), "NAME=VALUE", default={}, is_joined=True),
    Key("env_file", PATHS, RUN, "files of variables, read at each start",
        ("--env-file",), "FILE", default=[]),
    Key("check", CHECKS, RESTART, "a command that has to succeed before a restart",
        ("--check",), "COMMAND", default=[]),
    Key("preflight", BOOLEAN, RESTART, "look at Python sources before a restart",
        ("--no-preflight",), default=True),
    Key("warm.enabled", BOOLEAN, RESTART, "import a Python program's libraries ahead",
        ("--warm",), default=False),
    Key("warm.modules", NAMES, RESTART, "modules to import ahead besides those that it imports",
        default=[]),
    Key("warm.skip", NAMES, RESTART, "modules that are not to be imported ahead",
        default=[]),
    Key("on_change", ON_CHANGE, RESTART, "restart, queue, ignore, or a signal to send",
        ("--on-change",), "ACTION", default="restart"),
    Key("on_exit", ON_END, RESTART, "after success: wait, restart or exit",
        ("--on-exit",), "ACTION", default="wait"),
    Key("on_crash", ON_END, RESTART, "after a failure: wait, restart or exit",
        ("--on-crash",), "ACTION", default="wait"),
    Key("stop.signal", SIGNAL, RESTART, "the signal that asks a run to stop",
        ("-s", "--signal"), "SIGNAL", default="SIGTERM"),
    Key("stop.timeout", DURATION, RESTART, "time until what is left is killed",
        ("--stop-timeout",), "TIME", default="5s"),
    Key("stop.keep", NAMES, RESTART, "names of processes that outlive a run",
        default=list(KEPT_DAEMONS)),
    Key("clear", CLEAR, STATUS, "clear the screen before each run; all: scroll-back too",
        ("-c", "--clear"), "[=all]", default=False),
    Key("notify", NOTIFY, STATUS, "call on a crash and on recovery: bell or desktop",
        ("--notify",), "[=HOW]", default=False),
    Key("output", OUTPUT, STATUS, "auto, plain or json: how events are written",
        ("--output",), "FORM", default="auto"),
    Key("output_file", PATH, STATUS, "write the events to this file as well",
        ("--output-file",), "FILE"),
)
# fmt: on


def signal_number(name: str) -> int:
    """Return the number of a signal that `on_change` names.

    Raises:
        UsageError: this system has no such signal.
    """
    return parsers.parse_signal(name)


def name_of_field(field: str) -> str:
    """Return how a person writes a field of Settings: `stop.timeout` for `stop_timeout`."""
    names = {key.identifier: key.name.removesuffix(SWITCH) for key in KEYS}
    names["env_files"] = "env_file"
    return names.get(field, field)
