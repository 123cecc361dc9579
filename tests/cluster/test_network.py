import json

from cluster.network import Place, conflist, routes

PLACES = {
    "a": Place("172.18.0.2", "10.244.0.0/24"),
    "b": Place("172.18.0.3", "10.244.1.0/24"),
    "c": Place("172.18.0.4", "10.244.2.0/24"),
}


def test_each_node_has_a_way_to_the_others_pods_and_none_to_its_own() -> None:
    assert routes("a", PLACES) == [("10.244.1.0/24", "172.18.0.3"), ("10.244.2.0/24", "172.18.0.4")]
    assert routes("c", PLACES) == [("10.244.0.0/24", "172.18.0.2"), ("10.244.1.0/24", "172.18.0.3")]


def test_a_nodes_pods_get_addresses_of_its_own_range() -> None:
    bridge = json.loads(conflist("10.244.1.0/24"))["plugins"][0]
    assert bridge["ipam"]["ranges"] == [[{"subnet": "10.244.1.0/24"}]]
