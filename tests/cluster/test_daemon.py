from pathlib import Path

from cluster.daemon import OwnDaemon, containerd_configuration, dockerd_configuration, state_folder

LONGEST_UNIX_SOCKET = 107


def test_everything_the_daemon_writes_is_inside_its_folder() -> None:
    folder = Path("/root/.cache/telstar/docker")
    configuration = dockerd_configuration(folder, bounded=False)
    for key in ("data-root", "exec-root", "pidfile", "containerd"):
        assert str(configuration[key]).startswith(f"{folder}/")
    assert configuration["hosts"] == [OwnDaemon(folder).host]
    assert f'address = "{configuration["containerd"]}"' in containerd_configuration(folder)


def test_a_long_cache_path_still_gives_sockets_that_fit() -> None:
    folder = Path("/home") / ("x" * 150) / "telstar/docker"
    state = state_folder(folder)
    assert len(f"{state}/exec/libnetwork/0123456789ab.sock") <= LONGEST_UNIX_SOCKET
    assert state != state_folder(folder.parent / "other")


def test_the_runtime_is_replaced_only_where_a_capability_is_missing() -> None:
    folder = Path("/c")
    assert "default-runtime" not in dockerd_configuration(folder, bounded=False)
    bounded = dockerd_configuration(folder, bounded=True)
    assert bounded["runtimes"] == {bounded["default-runtime"]: {"path": "/c/runc-bounded"}}


def test_a_daemon_that_was_never_started_does_not_run(tmp_path: Path) -> None:
    assert not OwnDaemon(tmp_path).is_running()
    assert not OwnDaemon(tmp_path).stop()


def test_another_process_under_the_noted_id_is_not_taken_for_the_daemon(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/dockerd.started").write_text("1")
    assert not OwnDaemon(tmp_path).is_running()
