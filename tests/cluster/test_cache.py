from pathlib import Path

import pytest

from cluster.cache import cache_from, link, produce, remove


def test_the_cache_follows_xdg_and_falls_back_to_the_home_folder() -> None:
    assert cache_from({"XDG_CACHE_HOME": "/big", "HOME": "/root"}).root == Path("/big/telstar")
    assert cache_from({"HOME": "/home/ada"}).root == Path("/home/ada/.cache/telstar")


def test_what_is_there_is_not_produced_again(tmp_path: Path) -> None:
    target = tmp_path / "bin" / "tool"
    assert produce(target, Path.mkdir)
    assert not produce(target, lambda _: pytest.fail("built twice"))


def test_an_interrupted_build_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(path: Path) -> None:
        path.mkdir()
        (path / "half").write_text("…")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        produce(tmp_path / "tool", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_read_only_folders_can_be_removed(tmp_path: Path) -> None:
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "file").write_text("")
    folder.chmod(0o500)
    remove(folder)
    assert not folder.exists()


def test_a_link_is_replaced(tmp_path: Path) -> None:
    link(tmp_path / "kind", Path("/old"))
    link(tmp_path / "kind", Path("/new"))
    assert (tmp_path / "kind").readlink() == Path("/new")
    assert len(list(tmp_path.iterdir())) == 1
