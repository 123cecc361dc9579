from cluster import versions
from cluster.binaries import linker_flags, version_values
from cluster.node_image import PULLED, NodeImage, choose, component_images, own_image_name


def test_an_image_made_here_comes_before_a_pulled_one() -> None:
    own = own_image_name()
    assert choose({own, PULLED}, own) == NodeImage(own, own=True)
    assert choose({PULLED}, own) == NodeImage(PULLED, own=False)
    assert choose(set(), own) is None


def test_the_tag_tells_version_and_contents() -> None:
    repository, tag = own_image_name().split(":")
    assert repository == "telstar/node"
    assert tag.startswith(f"{versions.KUBERNETES}-")


def test_kubeadm_finds_all_the_images_it_asks_for() -> None:
    names = {name.rsplit(":", 1)[0] for images in component_images().values() for name in images}
    assert names == {
        f"registry.k8s.io/{name}"
        for name in (
            "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "pause",
            "coredns/coredns",
        )
    }  # fmt: skip


def test_the_binaries_know_their_version() -> None:
    flags = linker_flags(version_values("v1.34.4"))
    assert "-X k8s.io/component-base/version.gitVersion=v1.34.4" in flags
    assert "version.gitMinor=34" in flags
