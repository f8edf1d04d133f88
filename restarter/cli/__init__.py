"""The command `restarter`."""

import gc
import sys

from restarter.errors import RestarterError

INTERRUPTED = 128 + 2
"""What shells report of a program that Ctrl-C has ended."""


def main() -> int:
    """Do what the arguments of this process say.

    This is the one place that prints an error, as one line.

    Returns:
        The exit code: that of the run where restarter ends with it, 2 for bad use or a bad
        configuration, 130 after Ctrl-C.
    """
    # All that is loaded before the command is started stays: looking for garbage among it is
    # a tenth of the time that this takes. Launching switches it on again.
    gc.disable()
    try:
        # Here, because importing click is most of the start, and Ctrl-C counts from the first
        # moment.
        from restarter.cli.command_line import run

        return run(sys.argv[1:])
    except RestarterError as error:
        if sys.stderr is not None:
            sys.stderr.write(f"restarter: {' '.join(error.message.splitlines())}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
