"""Errors that end restarter or refuse a setting; each one names the place and the remedy."""


class RestarterError(Exception):
    """A failure that a person can mend.

    Args:
        message: one line: what is wrong, where, and what to do about it.
        exit_code: what the command returns when this error ends it.
    """

    exit_code = 1

    def __init__(self, message: str, *, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(RestarterError):
    """Bad arguments or a bad configuration; the exit code is 2."""

    exit_code = 2


class SpawnError(RestarterError):
    """The command cannot be started.

    The exit code is 127 when there is no such command and 126 when it is there but
    cannot be executed (POSIX.1-2024, Shell Command Language 2.8.2).
    """

    exit_code = 127
