"""Why did it crash at once? Perhaps because somebody else holds the port that it wants.

The program's own message is its own business and not read. What is known is where the runs of
this session listened, what port the command line names, and what port some servers take when
nothing is said.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from restarter.events import PortsSeen, PortsTaken, Put
from restarter.notices import Exited, Listening, PortTaken, Restarted, Started
from restarter.processes.ports import holders, listened_to_below

EARLY_SECONDS = 10.0
"""A program that cannot have its port ends about when it would have begun to serve."""

FIRST_LOOK_SECONDS = 1.0
LAST_LOOK_SECONDS = 60.0
"""When a run is looked at: after 1, 3, 9 and 27 s, until it listens."""

_HIGHEST = 65535
_LOWEST_BARE = 1024  # a smaller number that stands alone is hardly a port

_IN_WORD: Final = re.compile(
    r"(?:-{1,2}[\w-]*port=|^-p|(?:^|\blocalhost|\.\w+|\]):)(\d{2,5})(?=$|/)",
    re.IGNORECASE | re.ASCII,
)
_OPTION: Final = re.compile(r"-p|-{1,2}[\w-]*port", re.IGNORECASE)

# What their documentation says they listen on when nothing else is said.
_USUAL: Final = {
    "fastapi": 8000,
    "flask": 5000,
    "gunicorn": 8000,
    "http.server": 8000,
    "hypercorn": 8000,
    "next": 3000,
    "runserver": 8000,
    "uvicorn": 8000,
    "vite": 5173,
}


_VARIABLES: Final = ("PORT", "FLASK_RUN_PORT", "UVICORN_PORT", "HTTP_PORT", "SERVER_PORT")
"""What a REDIS_PORT says is where somebody else listens, and rightly so."""


class PortWatch:
    """Learns where the runs listen, beside them, and finds out who is there after a crash.

    Args:
        put: puts what was found on the inbox, from a thread of its own.
        environment: of the runs.
        remember: keeps where a run listens, called in that thread too.
    """

    def __init__(
        self,
        put: Put,
        environment: Mapping[str, str],
        remember: Callable[[frozenset[int]], None],
    ) -> None:
        self._put = put
        self._remember = remember
        self._from_environment = ports_in_environment(environment)
        self._named: frozenset[int] = frozenset()
        self._known: frozenset[int] = frozenset()
        self._run = 0
        self._pid = 0
        self._pause = 0.0
        self._look_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """When to look next, in seconds of the monotonic clock."""
        return self._look_at

    def see(self, notice: object, now: float) -> None:
        """Take note of a notice.

        Args:
            notice: what happened.
            now: in seconds of the monotonic clock.
        """
        match notice:
            case Started() | Restarted():
                if isinstance(notice, Started):
                    self._named = named_ports(notice.command) or self._from_environment
                self._run, self._pid = notice.run, notice.pid
                self._pause = FIRST_LOOK_SECONDS
                self._look_at = now + self._pause
            case Exited():
                self._look_at = None
                self._find_out(notice)

    def look(self, now: float) -> None:
        """Look at the run, if it is time to."""
        if self._look_at is None or now < self._look_at:
            return
        self._pause *= 3
        self._look_at = now + self._pause if self._pause < LAST_LOOK_SECONDS else None
        run, pid, known = self._run, self._pid, self._known

        def find() -> None:
            ports = listened_to_below(pid)
            if ports and ports != known:
                self._remember(ports)
            self._put(PortsSeen(run, ports))

        _beside(find)

    def seen(self, event: PortsSeen) -> Listening | None:
        """Take note of where a run listens; returns what is new of it."""
        if not event.ports or event.run != self._run:
            return None
        is_new = event.ports != self._known
        self._known, self._look_at = event.ports, None
        return Listening(event.run, tuple(sorted(event.ports))) if is_new else None

    def _find_out(self, notice: Exited) -> None:
        ports = self._known or self._named
        if notice.code > 0 and notice.seconds < EARLY_SECONDS and ports:
            _beside(lambda: self._put(PortsTaken(taken(notice.run, ports))))


def taken(run: int, ports: frozenset[int]) -> tuple[PortTaken, ...]:
    """Return who else listens on the ports that a run wanted."""
    return tuple(PortTaken(run, *holder) for holder in holders(ports))


def named_ports(words: Iterable[str]) -> frozenset[int]:
    """Return the ports that a command line names, or that its server usually takes.

    >>> sorted(named_ports(["flask", "run", "--port", "8000"]))
    [8000]
    >>> sorted(named_ports(["gunicorn", "-b", "127.0.0.1:9000", "app"]))
    [9000]
    >>> sorted(named_ports(["python", "-m", "http.server"]))
    [8000]
    >>> sorted(named_ports(["sleep", "60"]))
    []
    """
    flat = [word for part in words for word in part.split()]  # with a shell, it is one word
    found = {int(port) for word in flat for port in _IN_WORD.findall(word)}
    for before, word in zip(["", *flat], flat, strict=False):
        is_option = _OPTION.fullmatch(before) is not None
        if word.isdecimal() and (is_option or int(word) >= _LOWEST_BARE):
            found.add(int(word))
    usual = {_USUAL[word] for word in map(_program, flat) if word in _USUAL}
    return frozenset(port for port in found or usual if 0 < port <= _HIGHEST)


def _program(word: str) -> str:
    return word.rpartition("/")[2]


def ports_in_environment(environment: Mapping[str, str]) -> frozenset[int]:
    """Return the ports that the variables of an environment name.

    Args:
        environment: that of a run.
    """
    return named_ports(f"--port={environment[name]}" for name in _VARIABLES if name in environment)


def _beside(work: Callable[[], None]) -> None:
    """Let a thread do it: a look at sockets may take longer than a save may wait."""
    threading.Thread(target=work, name="ports", daemon=True).start()
