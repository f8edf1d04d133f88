"""Waiting for changes in a task of asyncio."""

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Iterator

from restarter.notify.collecting import Collected, Outcome, Wish


async def wait_in_task(collected: Collected, wish: Wish, stop_event: object) -> Outcome:
    """Wait, and let other tasks run meanwhile.

    Args:
        collected: where changes come in.
        wish: what for.
        stop_event: one whose `wait` is a coroutine ends the wait at once.

    Raises:
        RuntimeError: the watcher is closed.
        NotifyInternalError: it cannot go on as it should.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed
            loop.call_soon_threadsafe(news.set)

    with collected.telling(wake), _awaited(stop_event, news) as is_awaited:
        while True:
            news.clear()
            if wish.is_stopped():
                return "stop"
            found = collected.look(wish.waiting)
            if not isinstance(found, float):
                return found
            seconds = found if is_awaited() else min(found, wish.look_after)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), seconds)


@contextlib.contextmanager
def _awaited(stop_event: object, news: asyncio.Event) -> Iterator[Callable[[], bool]]:
    """Wait for a stop event in a task; yield whether that is still so."""
    wait = getattr(stop_event, "wait", None)
    if not inspect.iscoroutinefunction(wait):
        yield lambda: False
        return

    async def tell() -> None:
        await wait()
        news.set()

    task = asyncio.create_task(tell())
    try:
        yield lambda: not task.done()
    finally:
        task.cancel()
