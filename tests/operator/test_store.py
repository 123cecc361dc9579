"""What is known never gets older, whatever order news arrives in."""

from typing import Any

from telstar_operator.handlers.watching import keep, notice
from telstar_operator.plan.facts import KeySecret
from telstar_operator.store import Store, owner


def thing(name: str = "simlive-news", at: int = 10, channel: str | None = "news") -> dict[str, Any]:
    labels = {"telstar.dev/channel": channel} if channel else {}
    return {"metadata": {"name": name, "resourceVersion": str(at), "labels": labels}}


def test_older_news_of_an_object_is_ignored() -> None:
    store = Store()
    store.see("Deployment", thing(at=10))
    store.see("Deployment", thing(at=9))
    assert store.get("Deployment", "simlive-news") == thing(at=10)


def test_a_write_answered_after_the_deletion_was_seen_does_not_bring_it_back() -> None:
    store = Store()
    store.see("Deployment", thing(at=10))
    store.miss("Deployment", "simlive-news", 12)
    store.see("Deployment", thing(at=11))
    assert store.get("Deployment", "simlive-news") is None
    store.see("Deployment", thing(at=13))
    assert store.get("Deployment", "simlive-news") == thing(at=13)


def test_the_deletion_of_a_former_object_does_not_hide_a_new_one() -> None:
    store = Store()
    store.see("Deployment", thing(at=15))
    store.miss("Deployment", "simlive-news", 12)
    assert store.get("Deployment", "simlive-news") == thing(at=15)


def test_pods_are_found_by_channel() -> None:
    store = Store()
    store.see("Pod", thing("a", 1))
    store.see("Pod", thing("b", 2, "sports"))
    assert [pod["metadata"]["name"] for pod in store.pods("news")] == ["a"]
    store.miss("Pod", "a", 3)
    assert store.pods("news") == ()


def test_a_listing_finds_what_watches_missed() -> None:
    store = Store()
    store.see("Deployment", thing("gone", 10), watched=True)
    store.see("Deployment", thing("same", 11, "sports"), watched=True)
    store.see("Deployment", thing("written", 12, "film"))
    listed = [thing("same", 11, "sports"), thing("written", 12, "film"), thing("new", 13, "music")]
    touched, missed = store.relist("Deployment", listed, 20)
    assert touched == {"news", "music"}
    assert missed == 3  # the lost one, the new one, and ours, which no watch has shown yet
    assert set(store.names("Deployment")) == {"same", "written", "new"}


def test_a_listing_does_not_remove_what_came_after_it() -> None:
    store = Store()
    store.see("Deployment", thing("later", 21), watched=True)
    assert store.relist("Deployment", [], 20) == (set(), 0)
    assert store.get("Deployment", "later")


def test_a_listing_in_step_with_the_watch_misses_nothing() -> None:
    store = Store()
    store.see("Deployment", thing(at=10), watched=True)
    assert store.relist("Deployment", [thing(at=10)], 20) == (set(), 0)


def test_an_objects_channel_is_told_by_its_label_and_a_channels_by_its_name() -> None:
    assert owner("Pod", thing()) == "news"
    assert owner("Pod", thing(channel=None)) is None
    assert owner("Channel", thing("sports", channel=None)) == "sports"


class Wakes(list[str]):
    def wake(self, channel: str) -> None:
        self.append(channel)


def test_every_event_wakes_its_channel() -> None:
    store, wakes = Store(), Wakes()
    for kind in (None, "ADDED", "MODIFIED"):
        notice("Deployment", {"type": kind, "object": thing()}, store, wakes)  # type: ignore[arg-type]
    assert store.get("Deployment", "simlive-news")
    notice("Deployment", {"type": "DELETED", "object": thing(at=11)}, store, wakes)  # type: ignore[arg-type]
    assert store.get("Deployment", "simlive-news") is None
    assert wakes == ["news"] * 4


def test_of_a_secret_no_key_is_kept() -> None:
    secret = thing("simlive-news-key")
    secret["data"] = {"kid": "YQ==", "key": "Yg=="}
    secret["metadata"]["managedFields"] = [{"fieldsV1": {}}]
    kept = keep("Secret", secret)
    assert kept.keys() == {"metadata", "fingerprint"}
    assert "managedFields" not in kept["metadata"]
    assert isinstance(kept["fingerprint"], KeySecret)
    assert "Yg==" not in repr(kept)
