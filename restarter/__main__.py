"""`python -m restarter`."""

import sys

from restarter.cli import main

if __name__ == "__main__":
    sys.exit(main())
