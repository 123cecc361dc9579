"""Makes the package at the repository's root importable; `tests/` has a folder of the same name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
