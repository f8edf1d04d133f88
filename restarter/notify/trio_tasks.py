"""Waiting for changes in a task of trio; loaded only by who has loaded trio already."""

import contextlib

import trio

from restarter.notify.collecting import Collected, Outcome, Wish


def is_running() -> bool:
    """Whether the caller is a task of trio."""
    try:
        trio.lowlevel.current_trio_token()
    except RuntimeError:
        return False
    return True


async def wait_in_trio(collected: Collected, wish: Wish) -> Outcome:
    """Wait, and let other tasks run meanwhile; a stop event is looked at as `wish` says.

    Args:
        collected: where changes come in.
        wish: what for.

    Raises:
        RuntimeError: the watcher is closed.
        NotifyInternalError: it cannot go on as it should.
    """
    token, news = trio.lowlevel.current_trio_token(), trio.Event()

    def wake() -> None:
        with contextlib.suppress(trio.RunFinishedError):
            token.run_sync_soon(lambda: news.set())  # noqa: PLW0108  the event of that moment

    with collected.telling(wake):
        while True:
            await trio.lowlevel.checkpoint()  # a busy directory is no reason not to be cancelled
            news = trio.Event()
            if wish.is_stopped():
                return "stop"
            found = collected.look(wish.waiting)
            if not isinstance(found, float):
                return found
            with trio.move_on_after(min(found, wish.look_after)):
                await news.wait()
