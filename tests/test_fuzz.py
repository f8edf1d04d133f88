"""Random sequences of operations on real files: the ledger tells what a walk of the disk finds.

`make fuzz` does many more of them (see tests/fuzz.py).
"""

import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz import OPERATIONS, Fuzz, Pause, replay

PATIENCE = 10.0

# A miss takes PATIENCE to be one: a shorter example would have to be waited for each time.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)

steps = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.sampled_from(Pause)), min_size=1, max_size=12
)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=50, phases=PHASES, print_blob=True)
@given(steps=steps, seed=seeds)
def test_whatever_is_done_inotify_misses_nothing(steps: list[tuple[str, Pause]], seed: int) -> None:
    replay("inotify", steps, seed, PATIENCE)


@settings(max_examples=10, phases=PHASES, print_blob=True)
@given(steps=steps, seed=seeds)
def test_whatever_is_done_polling_misses_nothing(steps: list[tuple[str, Pause]], seed: int) -> None:
    replay("polling", steps, seed, PATIENCE)


@pytest.mark.parametrize("source", ["inotify", "polling"])
def test_whatever_several_processes_do_at_once_nothing_is_missed(source: str) -> None:
    seed = random.getrandbits(32)

    fuzz = Fuzz(source, operations=300, seed=seed, patience=PATIENCE).run()

    report = "\n".join(map(str, fuzz.misses))
    assert not report, f"seed {seed}"
