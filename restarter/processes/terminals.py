"""The terminal of this system; apart from the rest, as no first start needs it."""

import sys

if sys.platform == "win32":
    from restarter.processes.windows import Terminal
else:
    from restarter.processes.terminal import Terminal

__all__ = ["Terminal"]
