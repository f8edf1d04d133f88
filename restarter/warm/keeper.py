"""Having a host and a spare at hand: build them, hear them, replace them when they are stale."""

import time
from typing import Any, NamedTuple

from restarter.errors import SpawnError
from restarter.processes.command import Command
from restarter.supervising.supervision import Timer, Timers
from restarter.warm.building import HopelessError, Plan, plan
from restarter.warm.channel import Heard
from restarter.warm.client import Host, Spare
from restarter.warm.learning import Lessons
from restarter.warm.surroundings import Surroundings
from restarter.warm.telling import Teller
from restarter.warm.trial import Trial
from restarter.warm.uv import files_of, is_uv_run

QUIET_SECONDS = 0.4
"""A run that has imported nothing for so long is up; only then is something done beside it."""

RENEWAL_SECONDS = 1.0
"""What is installed is there when nothing was written for so long; with each host that is replaced
beside the same run it is twice as long, so that whoever writes there all the time costs nothing."""

ANSWER_SECONDS = 60.0
"""A host that needs longer hangs."""

LIVES = 3
"""So many hosts and spares may be lost before one was of use."""


class Taken(NamedTuple):
    """A spare that became a run.

    Args:
        pid: its process id.
        speaker: the number under which it speaks.
    """

    pid: int
    speaker: int


class Keeper:
    """Keeps a host and a spare, as soon as it knows what they are for.

    Args:
        lessons: what is to be imported ahead.
        timers: where the next look is set.
        around: whom to tell and to ask.
    """

    def __init__(self, lessons: Lessons, timers: Timers, around: Surroundings) -> None:
        self.misled: tuple[str, str] | None = None
        """A module that the present run should have imported itself, and the variable for which
        it asks."""
        self._lessons = lessons
        self._timers = timers
        self._put = around.put
        self._helpers = around.helpers
        self._outside = around.outside
        self._tell = Teller(around.show, lessons.named)
        self._trial = Trial(around.put)
        self._host: Host | None = None
        self._spare: Spare | None = None
        self._pids: dict[int, tuple[int, ...]] = {}
        self._asked: set[str] = set()
        self._modules = 0
        self._lost = 0
        self._renewals = 0
        self._is_outdated = False

    # For a run

    def take(self, command: Command) -> Taken | None:
        """Let the spare become a run.

        Args:
            command: what is to be started.

        Returns:
            None: there is none that would do.
        """
        host, spare = self._host, self._spare
        if host is None:
            return None
        if not self._is_right(host, command) or _hangs(host):
            self._drop_host()
            return None
        if spare is None or not spare.pids:
            return None
        self._spare, self._lost = None, 0
        self._helpers.difference_update(self._pids.pop(spare.channel.number, ()))
        pid = spare.start(host.command.directory, host.environment_for(command))
        return None if pid is None else Taken(pid, spare.channel.number)

    def begun(self) -> None:
        """A run has begun: make the next spare beside it."""
        self._renewals = 0
        self.misled = None
        if self._host is not None and self._host.asked_at is None and self._spare is None:
            self._spare = self._host.fork()
        self._timers.set(Timer.IMPROVE, QUIET_SECONDS)

    # To be ready for the next one

    def improve(self, asked_for: Command, found: Command | None) -> None:
        """Do the next thing that makes the next start faster.

        Args:
            asked_for: what is to be started.
            found: what uv has made of it; None: that is not known.

        Raises:
            HopelessError: no start will be warm.
        """
        if self._trial.goes_on:
            return
        if self._host is not None:
            if self._host.asked_at is None:
                self._teach(self._host)
            return
        wanted = plan(asked_for, found)
        try:
            if wanted is not None:
                self._build(wanted)
        except SpawnError as error:
            if not self._renewals:  # else it may be about to be installed
                raise HopelessError(error.message) from None

    def renew(self, command: Command) -> bool:
        """Give up a host that is of no use to the next run, if another one can be made now.

        Args:
            command: what would be started now.

        Returns:
            Whether it was given up.
        """
        host = self._host
        if host is None or self._is_right(host, command):
            return False
        if is_uv_run(command) and not host.is_found_by(command):
            return False  # only a start through uv installs what is wanted
        self._renewals += 1
        self._tell.ready_again()
        self._drop_host()
        return True

    def look_later(self) -> None:
        """See before long whether the host is still what the next run needs."""
        self._timers.set(Timer.RENEW, RENEWAL_SECONDS * 2**self._renewals)

    def outdate(self) -> None:
        """What is imported ahead is not what was learned meanwhile."""
        self._is_outdated = True
        self.look_later()

    def look_again(self) -> None:
        """See later whether there is something to look at."""
        self._renewals += 1
        self.look_later()

    def has_installed(self, root: str) -> bool:
        """Whether a package that is no part of Python is imported ahead."""
        return self._host is not None and self._host.has_installed(root)

    def is_hidden_by(self, directory: str) -> bool:
        """Whether a module in a directory hides one that is imported ahead."""
        return self._host is not None and self._host.is_hidden_by(directory)

    def _is_right(self, host: Host, command: Command) -> bool:
        return not self._is_outdated and host.is_current(command, self._lessons.directories)

    def _build(self, wanted: Plan) -> None:
        if self._trial.is_needed(wanted):
            self._remember(self._trial.begin(wanted))
            return
        self._asked.clear()
        self._is_outdated = False
        asked_for, command, program = wanted
        also = files_of(asked_for) if is_uv_run(asked_for) else ()
        self._host = Host(command, program, self._put, asked_for=asked_for, also=also)
        self._remember(self._host)

    def _teach(self, host: Host) -> None:
        names = [name for name in self._lessons.wanted() if name not in self._asked]
        if names:
            self._asked.update(names)
            host.prepare(names, self._lessons)
        elif self._spare is None:
            self._spare = host.fork()

    def _remember(self, one: Host | Spare) -> None:
        self._pids[one.channel.number] = one.pids
        self._helpers.update(one.pids)

    # What is heard

    def hear(self, event: Heard) -> None:
        """Take note of what a host or a spare said.

        Raises:
            HopelessError: no start will be warm.
        """
        if self._trial.is_of(event):
            self._hear_trial(event)
        elif self._host is not None and event.speaker == self._host.channel.number:
            self._hear_host(self._host, event.message)
        elif self._spare is not None and event.speaker == self._spare.channel.number:
            self._hear_spare(self._spare, event.message)

    def forget(self, speaker: int) -> None:
        """Somebody is gone: nobody else's process is to be taken for that one."""
        self._helpers.difference_update(self._pids.pop(speaker, ()))

    def _hear_trial(self, event: Heard) -> None:
        if self._trial.hear(event):
            self._timers.set(Timer.IMPROVE, 0)
        elif self._renewals:  # it may be about to be installed
            self._lose()
        else:
            raise HopelessError(
                "this Python is older than 3.9 or imports no `sitecustomize` at its start"
            )

    def _hear_host(self, host: Host, message: dict[str, Any] | None) -> None:
        if message is None:
            self._drop_host(is_gone=True)
            self._lose()
        elif "hello" in message:
            host.note_environment()
            host.note_files(())
            host.attend(self._outside)
            self._timers.set(Timer.IMPROVE, 0)
        elif "touched" in message:
            self.look_later()
        elif "skipped" in message:
            self._lessons.skip(message["skipped"][0])
            self._tell.left_out(*message["skipped"])
        elif "absent" in message:
            self._tell.left_out(*message["absent"])
        elif "reader" in message:
            self._hear_of_reader(*message["reader"])
        elif "ready" in message:
            self._take_note(host, *message["ready"])
        elif "adopted" in message:
            self._helpers.difference_update(message["adopted"])
        elif "unsafe" in message:
            raise HopelessError(message["unsafe"][0])

    def _take_note(self, host: Host, modules: int, roots: str, *files: str) -> None:
        self._modules = modules
        host.note_roots(roots.split())
        host.note_files(files)
        self._drop_spare()
        self._timers.set(Timer.IMPROVE, 0)
        if host.is_doubtful:
            self.look_later()

    def _hear_of_reader(self, module: str, name: str) -> None:
        """A module asks for a variable that the program sets before it imports the module."""
        self._tell.left_out(module, f"it asks for {name}, which the program sets before")
        if self._lessons.variables.has_misled(module, name):
            self.misled = module, name

    def _hear_spare(self, spare: Spare, message: dict[str, Any] | None) -> None:
        if message is None:
            self._drop_spare(is_gone=True)
            self._lose()
        elif "spare" in message:
            spare.introduce(message["spare"])
            self._remember(spare)
            self._tell.ready(self._modules)

    def _lose(self) -> None:
        self._lost += 1
        if self._lost >= LIVES:
            raise HopelessError(f"the warm host or its spare was lost {LIVES} times in a row")
        self._timers.set(Timer.IMPROVE, QUIET_SECONDS)

    # To end

    def close(self) -> None:
        """End the host and the spare."""
        self._trial.end()
        self._drop_host()

    def _drop_host(self, *, is_gone: bool = False) -> None:
        self._drop_spare()
        if self._host is not None:
            self._host.close(is_gone=is_gone)
            self._host = None

    def _drop_spare(self, *, is_gone: bool = False) -> None:
        if self._spare is not None:
            self._spare.close(is_gone=is_gone)
            self._spare = None


def _hangs(host: Host) -> bool:
    return host.asked_at is not None and time.monotonic() - host.asked_at > ANSWER_SECONDS
