"""`restarter doctor`: facts of this machine and project become findings; nothing is mended here.

Each check is a function from what it needs to findings, so that it can be tried with any fault.
"""

from restarter.diagnosing.findings import Finding, Level

__all__ = ["Finding", "Level"]
