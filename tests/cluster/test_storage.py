import yaml

from cluster.release import VALUES
from cluster.storage import FOLDERS, MANIFEST, VOLUMES, absent, releasable

OBJECTS = list(yaml.safe_load_all(MANIFEST.read_text()))


def volume(name: str, phase: str) -> dict[str, dict[str, str]]:
    return {"metadata": {"name": name}, "status": {"phase": phase}}


def test_only_volumes_whose_claim_is_gone_are_freed() -> None:
    volumes = [volume("telstar-segments", "Released"), volume("telstar-postgres", "Bound")]
    assert releasable(volumes) == ["telstar-segments"]
    assert absent(volumes[:1]) == ["telstar-postgres"]


def test_every_volume_is_a_folder_that_up_makes_and_outlives_its_claim() -> None:
    volumes = [item for item in OBJECTS if item["kind"] == "PersistentVolume"]
    assert tuple(item["metadata"]["name"] for item in volumes) == VOLUMES
    assert [item["spec"]["hostPath"]["path"] for item in volumes] == [folder.path for folder in FOLDERS]
    assert all(item["spec"]["persistentVolumeReclaimPolicy"] == "Retain" for item in volumes)


def test_the_chart_is_told_to_claim_them() -> None:
    storage_class = next(item for item in OBJECTS if item["kind"] == "StorageClass")["metadata"]["name"]
    values = yaml.safe_load(VALUES.read_text())
    assert values["segments"]["storageClassName"] == storage_class
    assert values["postgres"]["storageClassName"] == storage_class


def test_the_database_stays_on_the_node_that_has_its_folder() -> None:
    volumes = {item["metadata"]["name"]: item for item in OBJECTS if item["kind"] == "PersistentVolume"}
    assert "nodeAffinity" not in volumes["telstar-segments"]["spec"]
    assert "node-role.kubernetes.io/control-plane" in str(
        volumes["telstar-postgres"]["spec"]["nodeAffinity"]["required"]
    )
