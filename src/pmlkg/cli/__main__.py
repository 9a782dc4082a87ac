"""``python -m pmlkg.cli``."""

import sys

from pmlkg.cli.command import main

if __name__ == "__main__":
    sys.exit(main())
