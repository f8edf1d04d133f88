"""Which of the changes of a Python program are worth its end: those that run, and run otherwise.

Judged by content, never by name: what is known of a content stays true, and after a restart the
program's new sources are known already.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from restarter.changes.contents import content_of, digest_of_bytes
from restarter.events import Change, ChangeKind
from restarter.judging.python_source import Refusal, judge

SUFFIX = ".py"

LEARNED_FILES = 300
"""So many sources, newest first, are compiled ahead, so that their first save can be compared."""

LEARNED_BYTES = 64 * 1024
"""A larger source is not compiled ahead: that would keep the loop for more than 30 ms."""

CHANGED_BYTES = 256 * 1024
"""A larger source is not even compiled when it was changed, and counts as fine."""

BATCH_SECONDS = 0.1
"""For how long the sources of one batch are compiled, in time of the processor: the switch to
another branch is not to wait for hundreds. What was not looked at counts as fine."""

PAUSE_SECONDS = 0.02
"""Between two sources that are compiled ahead."""

_MEMORY = 2_000
"""So many contents are remembered."""

_Judgement = bytes | Refusal | None
"""A fingerprint, a refusal, or nothing known."""


class Known(Protocol):
    """What the ledger knows of contents."""

    def digests(self, path: str) -> tuple[bytes | None, bytes | None]:
        """Return hashes of what the program was started with, and of what was there last."""

    def newest(self, suffix: str, limit: int, count: int) -> list[str]:
        """Return the known files that were changed last, newest first."""


class Broken(NamedTuple):
    """A source that does not compile, while the running program's version of it did.

    Args:
        path: the file.
        digest: the hash of its content.
        refusal: why.
    """

    path: str
    digest: bytes
    refusal: Refusal


class Weighed(NamedTuple):
    """What changes come to.

    Args:
        counting: those that are worth a restart; none while a source is broken.
        same: sources that do what they did before.
        unknown: sources of which nothing is known; they count.
        broken: sources that do not compile.
        doubtful: those of them that only our own Python has refused so far.
    """

    counting: tuple[Change, ...]
    same: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    broken: tuple[Broken, ...] = ()
    doubtful: tuple[Broken, ...] = ()


class Weighing:
    """Knows what the sources come to.

    Args:
        known: what the ledger knows of contents.
    """

    def __init__(self, known: Known) -> None:
        self.believes_itself = True
        """Whether what our own Python refuses is refused by the program's as well."""
        self._known = known
        self._judgements: dict[bytes, _Judgement] = {}
        self._confirmed: set[bytes] = set()
        self._to_learn: list[str] | None = None

    def weigh(self, changes: Sequence[Change]) -> Weighed:
        """Tell which of the changes count.

        Args:
            changes: what differs from what the program was started with.
        """
        until = time.thread_time() + BATCH_SECONDS
        sources = [
            each
            for each in changes
            if each.kind is not ChangeKind.DELETED and each.path.endswith(SUFFIX)
        ]
        judged = [(each, *self._judge_both(each.path, until)) for each in sources]
        broken = tuple(
            Broken(path, self._known.digests(path)[1] or b"", after)
            for (_, path), before, after in judged
            if isinstance(after, Refusal) and not isinstance(before, Refusal)
        )
        same = tuple(
            path
            for (kind, path), before, after in judged
            if kind is ChangeKind.MODIFIED and isinstance(after, bytes) and before == after
        )
        unknown = tuple(path for (_, path), _, after in judged if after is None)
        left_out = frozenset(same)
        counting = () if broken else tuple(each for each in changes if each.path not in left_out)
        return Weighed(counting, same, unknown, broken, self._doubtful(broken))

    def confirm(self, digest: bytes, refusal: Refusal | None) -> None:
        """Take note of what the program's own Python says of a content that ours refused.

        Args:
            digest: the hash of the content.
            refusal: why it refuses it as well; None if it does not.
        """
        self._judgements[digest] = refusal
        self._confirmed.add(digest)

    # Ahead

    def has_to_learn(self) -> bool:
        """Whether there are sources yet to be compiled ahead."""
        return self._to_learn is None or bool(self._to_learn)

    def learn_one(self) -> None:
        """Compile one source ahead."""
        if self._to_learn is None:
            self._to_learn = self._known.newest(SUFFIX, LEARNED_BYTES, LEARNED_FILES)[::-1]
        elif self._to_learn:
            path = self._to_learn.pop()
            before, _ = self._known.digests(path)
            if before is not None:
                self._judge(path, before, time.thread_time() + BATCH_SECONDS)

    def _doubtful(self, broken: Sequence[Broken]) -> tuple[Broken, ...]:
        if self.believes_itself:
            return ()
        return tuple(each for each in broken if each.digest not in self._confirmed)

    def _judge_both(self, path: str, until: float) -> tuple[_Judgement, _Judgement]:
        """Return what the content that the program was started with comes to, and that of now."""
        before, now = self._known.digests(path)
        after = None if now is None else self._judge(path, now, until)
        return (None if before is None else self._judgements.get(before)), after

    def _judge(self, path: str, digest: bytes, until: float) -> _Judgement:
        """Return what is known of a content, which is that of the file as last looked at."""
        if digest not in self._judgements and time.thread_time() < until:
            content = content_of(path, CHANGED_BYTES)
            if content is not None:
                # The file may hold something newer by now: what is learned is of what was read.
                self._remember(digest_of_bytes(content), judge(content, path))
        return self._judgements.get(digest)

    def _remember(self, digest: bytes, judgement: _Judgement) -> None:
        self._judgements[digest] = judgement
        while len(self._judgements) > _MEMORY:
            oldest = next(iter(self._judgements))
            del self._judgements[oldest]
            self._confirmed.discard(oldest)
