from pathlib import Path

import pytest

from cluster.errors import ClusterError
from cluster.machine import (
    CAP_SYS_RESOURCE,
    apt_packages,
    available_gib,
    ca_bundle,
    has_capability,
    require_space,
)


@pytest.mark.parametrize(("bounding", "held"), [("000001ffffffffff", True), ("000001fffeffffff", False)])
def test_capabilities_are_read_off_the_bounding_set(bounding: str, held: bool) -> None:
    status = f"Name:\tpython3\nCapEff:\t0\nCapBnd:\t{bounding}\n"
    assert has_capability(CAP_SYS_RESOURCE, status) is held


def test_memory_counts_what_is_available_not_what_is_free() -> None:
    assert available_gib("MemFree:  10 kB\nMemAvailable:   4194304 kB\n") == 4.0


def test_a_named_ca_bundle_comes_before_the_usual_places(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert ca_bundle({"SSL_CERT_FILE": str(tmp_path / "gone"), "PIP_CERT": str(bundle)}) == bundle


def test_packages_this_debian_does_not_know_are_left_out() -> None:
    assert apt_packages(("docker.io", "docker-cli"), {"docker.io", "jq"}) == ["docker.io"]


def test_a_full_disk_is_told_before_anything_is_done(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "there yet", 0)
    with pytest.raises(ClusterError, match="XDG_CACHE_HOME"):
        require_space(tmp_path, 1e9)
