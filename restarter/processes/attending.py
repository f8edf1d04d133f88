"""A child that learns of the end of its parent: both modules offer the same names."""

import sys

if sys.platform == "win32":
    from restarter.processes.attended_windows import Attended, attended, hear_of_end
else:
    from restarter.processes.attended_posix import Attended, attended, hear_of_end

__all__ = ["Attended", "attended", "hear_of_end"]
