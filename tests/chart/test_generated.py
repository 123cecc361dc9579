"""What the chart holds in generated form is what its sources say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_definitions_readme_and_schema_are_up_to_date() -> None:
    result = subprocess.run(
        [sys.executable, "scripts/chart.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
