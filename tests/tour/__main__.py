"""Writes `docs/tour.md` and its pictures anew: `python -m tests.tour`. The spreadsheet's need LibreOffice."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.tour.page import write


def main() -> int:
    """Take the tour and write it down."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(write(Path(folder)))


if __name__ == "__main__":  # the process that draws imports this file, too
    sys.exit(main())
