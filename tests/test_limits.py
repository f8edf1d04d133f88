"""Which limit of inotify(7) counts, and which sysctl lifts it."""

from pathlib import Path

import pytest

from restarter.sources import limits
from restarter.sources.limits import INSTANCES, WATCHES, Limits, read_limit, read_limits, sysctl

INITIAL = "         0          0 4294967295\n"
CONTAINER = "         0       1000          1\n"


def kernel(
    monkeypatch: pytest.MonkeyPatch, directory: Path, uid_map: str, **values: int | None
) -> None:
    """Let the kernel tell these limits, with `__` between the parts of a name."""
    for name, value in values.items():
        path = directory.joinpath("sys", *name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        if value is not None:
            path.write_text(f"{value}\n")
    (directory / "uid_map").write_text(uid_map)
    monkeypatch.setattr(limits, "_SYSCTLS", str(directory / "sys"))
    monkeypatch.setattr(limits, "_UID_MAP", str(directory / "uid_map"))


@pytest.mark.parametrize(
    ("uid_map", "of_system", "of_namespace", "remedy"),
    [
        (INITIAL, 1000, 1000, "sudo sysctl fs.inotify.max_user_watches=2048"),
        (CONTAINER, 1000, 100, "sudo sysctl user.max_inotify_watches=512"),
        (CONTAINER, 1000, 0, "sudo sysctl user.max_inotify_watches=512"),
        (
            CONTAINER,
            1000,
            2147483647,
            "sudo sysctl fs.inotify.max_user_watches=2048, outside of this user namespace",
        ),
        (CONTAINER, None, 100, "sudo sysctl user.max_inotify_watches=512"),
        (INITIAL, 1000, None, "sudo sysctl fs.inotify.max_user_watches=2048"),
        (INITIAL, None, None, "sudo sysctl fs.inotify.max_user_watches=512"),
    ],
)
def test_the_sysctl_of_the_lower_limit_is_named(  # noqa: PLR0913, PLR0917  columns of a table
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    uid_map: str,
    of_system: int | None,
    of_namespace: int | None,
    remedy: str,
) -> None:
    kernel(
        monkeypatch,
        tmp_path,
        uid_map,
        fs__inotify__max_user_watches=of_system,
        user__max_inotify_watches=of_namespace,
    )
    assert sysctl(WATCHES, 300) == remedy


def test_each_limit_is_the_lower_of_two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kernel(
        monkeypatch,
        tmp_path,
        CONTAINER,
        fs__inotify__max_user_watches=1000,
        user__max_inotify_watches=0,
        fs__inotify__max_user_instances=128,
        user__max_inotify_instances=2147483647,
    )
    assert (read_limit(WATCHES), read_limit(INSTANCES)) == (0, 128)
    assert read_limits() == Limits(0, 128)
