"""What the person is told: frozen values; the status room renders them."""

from typing import NamedTuple

from restarter.events import Change


class Started(NamedTuple):
    """The first run was started.

    Args:
        run: its number, from 1.
        command: the words of the command.
        pid: the process id of its leader.
    """

    run: int
    command: tuple[str, ...]
    pid: int


class Watching(NamedTuple):
    """Every change is seen from here on.

    Args:
        source: how: "inotify", "polling" ...
        files: how many files are selected.
        directories: how many directories are watched.
    """

    source: str
    files: int
    directories: int


class Waiting(NamedTuple):
    """Nothing was started yet; the first change will."""


class Restarted(NamedTuple):
    """A run was started after an earlier one.

    Args:
        run: the number of the new run.
        pid: the process id of its leader.
        changes: what differs from what the last run was started with; may be empty.
        reason: why, where no changed file is the cause: "it ended", "restarter.toml" ...
        operation: what version control did to the files, "git checkout main" for one; may be
            empty.
        stop_seconds: how long the last run took to stop; None where it had ended before.
        start_seconds: how long it took from then until the new run was started.
        is_warm: its libraries were imported ahead.
    """

    run: int
    pid: int
    changes: tuple[Change, ...]
    reason: str
    operation: str
    stop_seconds: float | None
    start_seconds: float
    is_warm: bool = False


class Recovered(NamedTuple):
    """A run after a crash is well; shown with `--verbose`.

    Args:
        run: the number of the run.
        crashes: how many runs before it crashed in a row.
    """

    run: int
    crashes: int


class Listening(NamedTuple):
    """A run listens on ports; shown with `--verbose`, if it was not known.

    Args:
        run: the number of the run.
        ports: the TCP ports, in ascending order.
    """

    run: int
    ports: tuple[int, ...]


class PortTaken(NamedTuple):
    """The command crashed early, and somebody else holds a port that it wants.

    Args:
        run: the number of the run.
        port: the TCP port.
        pid: the process id of the holder; None where the system does not tell.
        command: its command line; may be empty.
    """

    run: int
    port: int
    pid: int | None
    command: str


class Exited(NamedTuple):
    """The command ended by itself.

    Args:
        run: the number of the run.
        code: its exit code, or minus the number of the signal that ended it.
        seconds: how long it ran.
        remaining: processes of the run that go on, as "pid name".
        following: what happens next, in words; empty where restarter ends.
    """

    run: int
    code: int
    seconds: float
    remaining: tuple[str, ...]
    following: str


class SpawnFailed(NamedTuple):
    """The command could not be started.

    Args:
        message: what is wrong, and the remedy.
        following: what happens next, in words.
    """

    message: str
    following: str


class StillStopping(NamedTuple):
    """The run takes its time to stop.

    Args:
        members: the processes that are left, as "pid name".
        seconds: how long they have had so far.
        deadline_seconds: when they will be killed, from now.
        final: restarter ends afterwards.
    """

    members: tuple[str, ...]
    seconds: float
    deadline_seconds: float
    final: bool


class Escalated(NamedTuple):
    """Processes that did not stop were killed.

    Args:
        members: the processes, as "pid name".
        seconds: how long they were given; None when the person did not want to wait.
    """

    members: tuple[str, ...]
    seconds: float | None


class Stuck(NamedTuple):
    """Killed processes are still there; restarter goes on without waiting for them."""

    members: tuple[str, ...]


class Spared(NamedTuple):
    """Processes that are meant to outlive the run were left alone (`stop.keep`)."""

    members: tuple[str, ...]


class Rested(NamedTuple):
    """The run was stopped, and the next change starts another.

    Args:
        seconds: how long the stop took.
    """

    seconds: float


class Stopped(NamedTuple):
    """The last run is over and restarter ends.

    Args:
        cause: "Ctrl-C", "SIGTERM" ...
        seconds: how long the stop took; None where nothing ran.
    """

    cause: str
    seconds: float | None


class Summary(NamedTuple):
    """What a session of more than one run came to.

    Args:
        runs: how many there were.
        crashes: how many of them ended by themselves with another code than 0.
        median_seconds: of the restarts, from the stop signal to the new process.
        slowest_seconds: of the restarts.
        recent_seconds: the last restarts, at most 30.
    """

    runs: int
    crashes: int
    median_seconds: float
    slowest_seconds: float
    recent_seconds: tuple[float, ...]


class Signalled(NamedTuple):
    """A change was answered with a signal instead of a restart."""

    signal: str
    changes: tuple[Change, ...]


class Queued(NamedTuple):
    """A change waits until the run has ended by itself (`on_change = "queue"`)."""

    changes: tuple[Change, ...]


class Passed(NamedTuple):
    """A change is not acted on while the command runs (`on_change = "ignore"`)."""

    changes: tuple[Change, ...]


class Ignored(NamedTuple):
    """A dirty path was not selected; shown with `--verbose`.

    Args:
        path: the path.
        rule: the pattern that decided.
        origin: where the pattern stands.
    """

    path: str
    rule: str
    origin: str


class Unchanged(NamedTuple):
    """Files were written but none differs; shown with `--verbose`."""

    paths: tuple[str, ...]


class SameCode(NamedTuple):
    """Python sources were changed but do what they did; shown with `--verbose`."""

    paths: tuple[str, ...]


class SourcesKnown(NamedTuple):
    """A change that leaves the code the same is recognised from here on; shown with `--verbose`."""


class Refused(NamedTuple):
    """A changed source does not compile, so the program goes on.

    Args:
        path: the file.
        message: what the compiler says.
        line: where, from 1; 0 if it does not tell.
        column: the first character that is wrong, from 1; 0 if it does not tell.
        end: the character after the last that is wrong; 0 if it does not tell.
        text: that line; may be empty.
    """

    path: str
    message: str
    line: int
    column: int
    end: int
    text: str


class Mended(NamedTuple):
    """Every source compiles again, and none does anything else than what runs."""


class Checking(NamedTuple):
    """A check takes its time; the program goes on meanwhile.

    Args:
        check: the command, as the person wrote it.
    """

    check: str


class CheckPassed(NamedTuple):
    """A check was successful; shown with `--verbose`.

    Args:
        check: the command, as the person wrote it.
        seconds: how long it took.
    """

    check: str
    seconds: float


class CheckFailed(NamedTuple):
    """A check failed, so the program goes on.

    Args:
        check: the command, as the person wrote it.
        code: its exit code, or minus the number of the signal that ended it.
        seconds: how long it took.
        output: the last lines of what it wrote.
        omitted: how many lines there were before them.
    """

    check: str
    code: int
    seconds: float
    output: tuple[str, ...]
    omitted: int


class CheckUnable(NamedTuple):
    """A check could not be started, so the program goes on.

    Args:
        check: the command, as the person wrote it.
        message: what is wrong, and the remedy.
    """

    check: str
    message: str


class ContentsKnown(NamedTuple):
    """A save without a change is recognised from here on; shown with `--verbose`.

    Args:
        files: how many files are known by their content.
    """

    files: int


class OwnWrite(NamedTuple):
    """A file that the program itself writes is not obeyed.

    Args:
        path: the file.
    """

    path: str


class HeldBatch(NamedTuple):
    """Changes wait until an operation of version control is over.

    Args:
        limit_seconds: for how long at the most.
    """

    limit_seconds: float


class Arming(NamedTuple):
    """The tree is looked through and watched; what changes meanwhile is found at the end."""


class LearnedDoubleSaves(NamedTuple):
    """Files are saved twice in short order, and from now on both are waited for.

    Args:
        seconds: how long is waited for the second save.
    """

    seconds: float


class Reconfigured(NamedTuple):
    """New settings are in effect.

    Args:
        keys: the settings that differ.
    """

    keys: tuple[str, ...]


class ConfigRejected(NamedTuple):
    """The configuration is broken; the old settings stay."""

    message: str


class Trouble(NamedTuple):
    """Something does not work; restarter goes on without it."""

    message: str


class HandedOver(NamedTuple):
    """The run reads the terminal and has it until it gives it back."""

    run: int


class WantsTerminal(NamedTuple):
    """The run reads the terminal, which the person has taken from it."""

    run: int


class Paused(NamedTuple):
    """Changes are not acted on until the person says so."""


class Resumed(NamedTuple):
    """Changes are acted on again."""


class Help(NamedTuple):
    """What can be asked for.

    Args:
        keys: each key with what it does.
    """

    keys: tuple[tuple[str, str], ...]


class Decision(NamedTuple):
    """One of the last decisions.

    Args:
        at: its time, in seconds since the epoch.
        notice: what was decided, one of the other notices.
    """

    at: float
    notice: object


class History(NamedTuple):
    """What was decided lately.

    Args:
        decisions: from the oldest to the newest.
    """

    decisions: tuple[Decision, ...]


class CrashLoop(NamedTuple):
    """The command crashes right after each start.

    Args:
        crashes: how often in a row.
    """

    crashes: int


class Held(NamedTuple):
    """A change waits until the run gives the terminal back."""

    changes: tuple[Change, ...]


class WarmReady(NamedTuple):
    """The next restart is a warm one.

    Args:
        modules: how many modules are imported ahead.
    """

    modules: int


class WarmSkipped(NamedTuple):
    """A module is not imported ahead, but by each run; shown with `--verbose`.

    Args:
        module: its name.
        reason: why, in words.
    """

    module: str
    reason: str


class WarmOff(NamedTuple):
    """All starts are cold from here on.

    Args:
        reason: why, in words.
    """

    reason: str
