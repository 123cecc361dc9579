import io

import pytest

from cluster.progress import Progress, Step, elapsed, status_line


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (65, "1 min 05 s"), (600, "10 min 00 s")]
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_the_status_line_never_wraps() -> None:
    steps = [Step("Compiling Kubernetes", 0, detail="x" * 300)]
    assert len(status_line(steps, now=5, width=80)) < 80


def test_finished_and_failed_steps_are_told_apart() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.step("Base image"):
        pass
    with pytest.raises(ValueError, match="broken"), progress.step("Node image"):
        raise ValueError("broken")
    assert stream.getvalue().splitlines() == ["  ✓ Base image (0 s)", "  ✗ Node image (0 s)"]
