"""Where events do not arrive, by the table of mounts."""

import os
from pathlib import Path

import pytest

from restarter.sources import mounts
from restarter.sources.mounts import Mount, mount_of, read_mounts, silent_mounts_below
from tests.helpers import Restarter

TABLE = """\
22 27 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw - proc proc rw
24 22 0:22 / /app rw shared:2 master:3 - fuse.grpcfuse grpcfuse rw
25 22 0:23 / /srv/nfs\\040share rw - nfs4 host:/share rw
26 22 0:24 / /home rw - btrfs /dev/sdb rw
27 26 0:25 / /home/me/project/vendor rw - 9p host rw
28 26 0:26 / /home/me/project/cache rw - tmpfs tmpfs rw
29 22 0:27 / /disk rw - fuseblk /dev/sdc1 rw
30 24 0:28 / /app rw - ext4 /dev/sdd rw
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Mount, ...]:
    path = tmp_path / "mountinfo"
    path.write_text(TABLE)
    monkeypatch.setattr(mounts, "_MOUNTS", str(path))
    return read_mounts()


@pytest.mark.parametrize(
    ("path", "kind", "is_silent"),
    [
        ("/etc/file", "ext4", False),
        ("/srv/nfs share/x", "nfs4", True),
        ("/srv/nfs share", "nfs4", True),
        ("/srv/nfs shared", "ext4", False),
        ("/home/me/project/app.py", "btrfs", False),
        ("/home/me/project/vendor/x", "9p", True),
        ("/disk/x", "fuseblk", False),
        # The later mount on the same point hides the earlier.
        ("/app/x", "ext4", False),
    ],
)
def test_the_innermost_mount_counts(
    table: tuple[Mount, ...], path: str, kind: str, is_silent: bool
) -> None:
    mount = mount_of(path, table)

    assert mount is not None
    assert (mount.kind, mount.is_silent) == (kind, is_silent)


def test_silent_mounts_inside_a_directory_are_found(table: tuple[Mount, ...]) -> None:
    assert silent_mounts_below("/home/me/project", table) == [
        Mount("/home/me/project/vendor", "9p")
    ]
    assert silent_mounts_below("/home/me/project/vendor", table) == []


def test_without_a_table_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "_MOUNTS", "/nonexistent")

    assert read_mounts() == ()
    assert mount_of("/x", ()) is None


def test_a_directory_on_a_mount_without_events_is_polled_and_that_is_said(project: Path) -> None:
    """A FUSE file system needs a helper program that is seldom there: 9p and nfs need a server.

    So the table of mounts names another kind for a real mount, inside a namespace of our own.
    """
    inner = project / "inner"
    inner.mkdir()
    (project / "app.sh").write_text('echo "run $RESTARTER_RUN"; exec sleep 1000\n')
    table = project.parent / "mountinfo"
    table.write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {inner} rw - nfs4 host:/x rw\n")
    patch = project.parent / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(
        f"import restarter.sources.mounts as m; m._MOUNTS = {str(table)!r}\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(patch), *filter(None, [os.getcwd()])])}
    with Restarter("--", "sh", "app.sh", cwd=project, env=environment) as restarter:
        index = restarter.wait_for_line("reports no events: polling it")
        assert f"{inner} is on nfs4" in restarter.lines()[index]
        index = restarter.wait_for_line("watching")
        assert "inotify and polling" in restarter.lines()[index]

        (inner / "file.py").write_text("seen by polling")
        restarter.wait_for_line("restarted: inner/file.py added")
        (project / "outer.py").write_text("seen by events")
        restarter.wait_for_line("restarted: outer.py added")


def test_the_table_of_this_machine_can_be_read() -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("this system has no /proc/self/mountinfo")
    assert mount_of("/", read_mounts()) is not None
