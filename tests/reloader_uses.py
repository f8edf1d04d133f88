"""Uses of the reloader's public names; `make typecheck` says what they mean to a type checker."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import assert_type

import restarter
from restarter import StatReloader, debug, restart_with_reloader, run_with_reloader


@debug
def plain(port: int, *, host: str = "localhost") -> str:
    return f"{host}:{port}"


@debug()
def called(port: int) -> str:
    return str(port)


@debug(
    track=["/etc/hosts", Path("/etc/services")],
    ignore_patterns=("*_pb2.py",),
    ignore_dirs={"generated"},
    interval=2,
)
def configured() -> None:
    """Return nothing."""


@debug
async def later() -> int:
    return 1


def use_functions() -> None:
    assert_type(plain(1, host="x"), str)
    assert_type(called(1), str)
    assert_type(run_with_reloader(len, "abc", track=[], interval=0.5), int)
    assert_type(restart_with_reloader(), int)
    plain("1")  # type: ignore[arg-type]
    run_with_reloader(print, interval="1")  # type: ignore[arg-type]
    function: Callable[[int], str] = called
    assert_type(debug(function, ["/x"], None, None, 1.0), Callable[[int], str])


def use_stat_reloader(paths: list[os.PathLike[str]]) -> None:
    with StatReloader(track=paths, interval=1) as reloader:
        assert_type(reloader, StatReloader)
        assert_type(reloader.interval, float)
        reloader.step_through()
    StatReloader(intervall=1)  # type: ignore[call-arg]
    restarter.StatReloader().run()
