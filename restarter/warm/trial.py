"""Does an interpreter stop where a host is to stop? If not, the program would run a second time."""

from restarter.events import Put
from restarter.warm.building import HopelessError, Plan
from restarter.warm.channel import Heard
from restarter.warm.client import Host, interpreter_files
from restarter.warm.identity import look


class Trial:
    """Tries each interpreter once, with the same options and nothing to run.

    Args:
        put: puts what is heard on the inbox.
    """

    def __init__(self, put: Put) -> None:
        self._put = put
        self._host: Host | None = None
        self._tried: object = None

    @property
    def goes_on(self) -> bool:
        """Whether the answer is still to come."""
        return self._host is not None

    def is_needed(self, wanted: Plan) -> bool:
        """Whether the interpreter, as it is now, was not tried last."""
        return self._tried != _identity(wanted)

    def begin(self, wanted: Plan) -> Host:
        """Begin to try an interpreter; returns what is tried.

        Raises:
            SpawnError: it cannot be started.
        """
        self._tried = _identity(wanted)
        self._host = Host(wanted.trial, wanted.program, self._put)
        return self._host

    def is_of(self, event: Heard) -> bool:
        """Whether something was said by what is tried."""
        return self._host is not None and event.speaker == self._host.channel.number

    def hear(self, event: Heard) -> bool:
        """Take the answer.

        Returns:
            Whether it stops; if not, it will be tried again.

        Raises:
            HopelessError: it never will.
        """
        self.end(is_gone=event.message is None)
        if event.message is None:
            self._tried = None
        elif "unsafe" in event.message:
            raise HopelessError(event.message["unsafe"][0])
        return event.message is not None

    def end(self, *, is_gone: bool = False) -> None:
        """Wait for no answer, and end what is tried unless it is gone."""
        if self._host is not None:
            self._host.close(is_gone=is_gone)
            self._host = None


def _identity(wanted: Plan) -> object:
    program = wanted.program
    return program.interpreter, [look(each) for each in interpreter_files(program)]
