"""The supervisor: launches the program that is run again, and then loads what supervises it."""

import os
import sys

from restarter.errors import RestarterError
from restarter.launching import start
from restarter.processes.attending import hear_of_end
from restarter.reloader.engine import settings_for
from restarter.reloader.orders import Order, read_order
from restarter.reloader.program import MARK, Mark


def main() -> None:
    """Run and watch the program that the arguments describe, and exit with the code for it."""
    try:
        sys.exit(_supervise(_order(sys.argv[1]), sys.argv[2]))
    except RestarterError as error:
        if sys.stderr is not None:
            sys.stderr.write(f"restarter: {' '.join(error.message.splitlines())}\n")
        sys.exit(error.exit_code)


def _order(path: str) -> Order:
    with open(path, encoding="ascii") as file:
        text = file.read()
    os.remove(path)
    return read_order(text)


def _supervise(order: Order, parent: str) -> int:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)  # noqa: FBT003  positional only
    mark = Mark(order.identity, writer, os.fstat(writer).st_ino)
    settings = settings_for(order.words, order.directory)
    settings = settings._replace(env=((MARK, mark.text()),))
    launched = start(settings)

    # Beside the running program.
    from restarter.reloader.sessions import ParentGone, open_session, read_reports

    session = open_session(order, settings, launched)
    hear_of_end(parent, lambda: session.put(ParentGone()))
    read_reports(reader, session.put)
    return session.run()
