from pathlib import Path

import pytest

from cluster.fingerprint import fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("one")
    return tmp_path


def of(folder: Path, *extra: str) -> str:
    return fingerprint([folder / "app"], root=folder, extra=extra)


def test_it_follows_contents_names_and_executable_bits(folder: Path) -> None:
    seen = {of(folder)}
    (folder / "app" / "main.py").write_text("two")
    seen.add(of(folder))
    (folder / "app" / "main.py").chmod(0o755)
    seen.add(of(folder))
    (folder / "app" / "main.py").rename(folder / "app" / "other.py")
    seen.add(of(folder))
    seen.add(of(folder, "v1.2.3"))
    assert len(seen) == 5


@pytest.mark.parametrize(
    "leftover", ["__pycache__/main.cpython-311.pyc", "node_modules/react/index.js", "dist/page.js"]
)
def test_it_ignores_what_tools_leave_behind(folder: Path, leftover: str) -> None:
    before = of(folder)
    (folder / "app" / leftover).parent.mkdir(parents=True)
    (folder / "app" / leftover).write_text("noise")
    assert of(folder) == before


def test_it_does_not_depend_on_the_order_of_paths(folder: Path) -> None:
    (folder / "b").write_text("b")
    assert fingerprint([folder / "app", folder / "b"], root=folder) == fingerprint(
        [folder / "b", folder / "app"], root=folder
    )
