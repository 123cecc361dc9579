"""The largest picture that an account may have: what its manifests offer, and what they don't."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from support import hls_lint
from support.api_world import NOON
from support.on_air import OnAir
from support.tape import AUDIO, P360, P480, P720, Tape
from telstar_api import models
from telstar_api.tstv.playlist import View, media, multivariant, view
from telstar_api.tstv.stretches import Stretches
from telstar_api.tstv.windows import live_window


def seen(tape: Tape, height: int | None) -> View | None:
    """The live window with pictures of so many lines at most."""
    journal = tape.at(tape.end + 1000)
    return view("news", Stretches(journal), live_window(journal), tape.end + 1000, height)


async def limited(air: OnAir, height: int | None) -> None:
    (await air.world.session.get_one(models.Product, "everything")).max_height = height
    await air.world.session.flush()


async def test_a_manifest_offers_no_picture_above_the_account_s(air: OnAir) -> None:
    whole = await air.manifest()
    await limited(air, 480)
    manifest = await air.manifest()
    assert manifest.endswith("/news/live-480/index.m3u8")
    index = await air.get(manifest)
    assert index.status_code == 200
    assert "RESOLUTION=640x360" in index.text
    assert "720" not in index.text
    assert (await air.get(urljoin(manifest, "720p.m3u8"))).status_code == 404
    for name in ("360p", "audio"):
        playlist = await air.get(urljoin(manifest, f"{name}.m3u8"))
        assert hls_lint.check_media(playlist.text) == []
    assert (await air.get(whole)).status_code == 403, "begun when it was larger"


async def test_all_who_have_the_same_cap_get_the_same_bytes(air: OnAir) -> None:
    await limited(air, 480)
    texts = []
    for _ in range(2):
        manifest = await air.manifest()
        texts.append(((await air.get(manifest)).text, (await air.get(urljoin(manifest, "360p.m3u8"))).text))
        air.viewer = await air.world.viewer("everything")
    assert texts[0] == texts[1]


async def test_a_session_with_a_smaller_picture_than_may_be_had_goes_on(air: OnAir) -> None:
    await limited(air, 480)
    manifest = await air.manifest()
    await limited(air, None)
    assert (await air.get(manifest)).status_code == 200


async def test_nobody_changes_the_cap_in_the_path(air: OnAir) -> None:
    await limited(air, 480)
    manifest = await air.manifest()
    for other in ("live", "live-720", "live-360"):
        assert (await air.get(manifest.replace("live-480", other))).status_code == 403


async def test_a_programme_has_it_too(air: OnAir) -> None:
    await limited(air, 360)
    past = await air.world.programme("news", timedelta(minutes=-40))
    manifest = await air.manifest("catch-up", past)
    assert manifest.endswith(f"/news/catch-up-360/{past.id}/index.m3u8")
    assert (await air.get(manifest)).status_code == 200
    assert past.ends_at < NOON


@pytest.mark.parametrize(
    ("height", "offered"),
    [
        (None, ["720p", "480p", "360p"]),
        (720, ["720p", "480p", "360p"]),
        (719, ["480p", "360p"]),
        (480, ["480p", "360p"]),
        (360, ["360p"]),
        (1, ["360p"]),
    ],
)
def test_where_none_is_small_enough_the_smallest_is_offered(height: int | None, offered: list[str]) -> None:
    shown = seen(Tape().record(100, tracks=(P720, P480, P360, AUDIO)), height)
    assert shown is not None
    index = multivariant(shown)
    assert [name for name in ("720p", "480p", "360p") if f"\n{name}.m3u8\n" in index] == offered
    assert [name for name in ("720p", "480p", "360p") if media(shown, name) is not None] == offered
    assert media(shown, "audio") is not None


def test_no_larger_rendition_stands_in_where_the_ladder_changed() -> None:
    """A lane of a run that lacks it takes the nearest: of those that may be had."""
    tape = Tape().record(10, tracks=(P720, P480, AUDIO)).record(10, tracks=(P720, P360, AUDIO))
    shown = seen(tape, 480)
    assert shown is not None
    text = media(shown, "360p")
    assert text is not None
    assert "/480p/" in text
    assert "/720p/" not in text
