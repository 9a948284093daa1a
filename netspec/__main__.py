"""`python -m netspec` is `netspec`."""

from __future__ import annotations

import sys

from netspec.cli.main import main

if __name__ == "__main__":  # processes of `netspec check` may import this file
    sys.exit(main())
