"""What is waited for just now, and for how long already; pure, it is told the time."""

from collections.abc import Collection

from restarter.notices import Arming, HeldBatch, StillStopping

DRAW_SECONDS = 0.3
"""After so long a wait is worth a look ..."""

DRAW_AGAIN_SECONDS = 0.1
"""... and so often, because the time in it runs."""

Wait = StillStopping | HeldBatch | Arming
"""The notices that tell of the begin of a wait."""


class Waits:
    """Waits that go on at the same time; the last to begin is the one to show."""

    def __init__(self) -> None:
        self._since: dict[Wait, float] = {}

    def __bool__(self) -> bool:
        """Whether anything is waited for."""
        return bool(self._since)

    def begin(self, wait: Wait, now: float) -> float:
        """Take note of a wait, which may have lasted a while by now.

        Returns:
            When it is worth a look.
        """
        self._since[wait] = now - (wait.seconds if isinstance(wait, StillStopping) else 0.0)
        return self._since[wait] + DRAW_SECONDS

    def keep(self, kinds: Collection[type]) -> None:
        """Forget all but those of some kinds: they are over."""
        self._since = {wait: at for wait, at in self._since.items() if type(wait) in kinds}

    def current(self, now: float) -> tuple[Wait, float] | None:
        """Return the wait to show with its seconds; None while there is none, or it is short."""
        for wait, since in reversed(self._since.items()):
            if now - since >= DRAW_SECONDS:
                return wait, now - since
        return None
