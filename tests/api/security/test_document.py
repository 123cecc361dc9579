"""The pages name the tests that hold what they say: each must be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"`(tests/[\w./-]+)`")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_every_test_a_page_names_is_there(page: Path) -> None:
    missing = [name for name in NAMED.findall(page.read_text()) if not (ROOT / name).exists()]
    assert not missing


def test_the_threat_model_names_tests() -> None:
    assert len(set(NAMED.findall((ROOT / "docs/security.md").read_text()))) > 20
