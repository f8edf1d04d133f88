"""What the tests of warm restarts share."""

import psutil

from restarter.processes.tree import created_at
from tests.helpers import Restarter, eventually, is_alive

NAME = "restarter-warm"


def helpers_of(restarter: Restarter) -> list[psutil.Process]:
    """The warm host and the spare, as far as they live; the host is the older one.

    A spare becomes a child of restarter when restarter knows of it, and can start it.
    """
    try:
        children = psutil.Process(restarter.pid).children()
    except psutil.NoSuchProcess:
        return []
    return sorted(filter(_is_helper, children), key=created_at)


def wait_until_warm(restarter: Restarter) -> list[psutil.Process]:
    """Wait until the next restart will be a warm one; returns the host and the spare."""
    restarter.wait_for_line("the next restart is warm", timeout=30)
    return eventually(
        lambda: found if len(found := helpers_of(restarter)) == 2 else None,
        message="a host and a spare",
    )


def _is_helper(process: psutil.Process) -> bool:
    try:
        return process.name() == NAME and is_alive(process)
    except psutil.Error:
        return False
