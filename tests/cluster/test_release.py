import pytest

from cluster.images import Image
from cluster.release import is_interrupted, needs_upgrade, tag_arguments


@pytest.mark.parametrize(
    ("status", "installed", "needed"),
    [
        (None, None, True),
        (None, "abc", True),  # uninstalled by hand, the namespace kept
        ("failed", "abc", True),
        ("pending-install", "abc", True),
        ("deployed", "old", True),
        ("deployed", "abc", False),
    ],
)
def test_helm_runs_unless_just_this_was_deployed_well(
    status: str | None, installed: str | None, needed: bool
) -> None:
    assert needs_upgrade(status, installed, "abc") is needed


def test_each_image_is_named_by_its_contents() -> None:
    assert tag_arguments([Image("api", "1e0000000000")]) == ["--set-string", "image.tags.api=1e0000000000"]


@pytest.mark.parametrize(
    ("status", "interrupted"), [(None, False), ("failed", False), ("pending-upgrade", True)]
)
def test_an_interrupted_helm_is_told_from_a_failed_one(status: str | None, interrupted: bool) -> None:
    assert is_interrupted(status) is interrupted
