"""All checks, in the order in which a person reads them."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from restarter.configuration.config import Loaded
from restarter.diagnosing.findings import Finding, Level, ok, wrong
from restarter.diagnosing.running import (
    Ports,
    check_command,
    check_leftovers,
    check_ports,
    ports_of,
)
from restarter.diagnosing.surroundings import (
    check_terminal,
    check_variables,
    check_versions,
    own_streams,
)
from restarter.diagnosing.watching import check_events, check_file_systems, check_limits
from restarter.errors import UsageError
from restarter.port_memory import remembered
from restarter.processes.found import Found, find_leftovers, find_listeners
from restarter.processes.ports import first_dynamic_port
from restarter.selection import Selection
from restarter.sources.limits import read_limits, read_use
from restarter.sources.mounts import read_mounts
from restarter.why.surveying import survey


class Examination(NamedTuple):
    """What came out.

    Args:
        findings: of all checks but the next.
        leftovers: processes of earlier runs.
    """

    findings: tuple[Finding, ...]
    leftovers: tuple[Found, ...]

    @property
    def told(self) -> tuple[Finding, ...]:
        """All findings."""
        return (*self.findings, *check_leftovers(self.leftovers))

    @property
    def remarkable(self) -> tuple[Finding, ...]:
        """What is not as it should be."""
        return tuple(each for each in self.told if each.level is not Level.OK)

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong besides what is left over."""
        return any(each.level is Level.WRONG for each in self.findings)


def examine(load: Callable[[], Loaded]) -> Examination:
    """Check everything; without a configuration that can be read, what needs none.

    Args:
        load: reads the configuration; raises UsageError.
    """
    findings = [
        *check_versions(sys.executable, None),
        *check_terminal(own_streams(), os.environ),
        *check_variables(os.environ),
    ]
    try:
        loaded = load()
    except UsageError as error:
        findings.append(wrong("settings", error.message))
        return Examination(tuple(findings), tuple(find_leftovers(frozenset())))
    findings += [_about_files(loaded.origins), *_about_project(loaded)]
    return Examination(tuple(findings), tuple(find_leftovers(frozenset(loaded.settings.stop_keep))))


def _about_files(origins: Mapping[str, str]) -> Finding:
    parts = (part for origin in origins.values() for part in origin.split(", "))
    files = dict.fromkeys(part.partition(":")[0] for part in parts if ".toml" in part)
    return ok("settings", f"from {' and '.join(files)}" if files else "from no file")


def _about_project(loaded: Loaded) -> Iterator[Finding]:
    settings = loaded.settings
    yield from check_command(settings)
    last = remembered(settings.base, os.environ)
    ports = Ports(ports_of(settings), last, first_dynamic_port())
    yield from check_ports(ports, find_listeners(ports.named | ports.last))
    selection = Selection(settings, environ=os.environ)
    # The ignored folders are not of interest here.
    roots = survey(*loaded, selection, count_seconds=0).roots
    yield from check_file_systems(roots, read_mounts(), settings)
    needed = sum(root.directories for root in roots if not root.is_polled)
    if needed:
        yield from check_limits(needed, read_use(), read_limits())
    yield from check_events(settings, selection)
