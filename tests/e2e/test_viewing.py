"""What viewers see in Chromium, through the ingress."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browser import VIDEO, position, sign_in
from support.clock_reading import read_clock
from support.database import sql
from support.kube import Kube
from support.viewer import Viewer
from support.waiting import wait_until


def frames(page: Page) -> int:
    """Video frames decoded and shown so far."""
    return int(page.evaluate(f"{VIDEO}?.getVideoPlaybackQuality().totalVideoFrames ?? 0"))


def expect_playing(page: Page, seconds: float = 4) -> None:
    """Time advances and frames decode for a while."""
    wait_until("the first frames", lambda: frames(page) > 5 and position(page) > 0, 30)
    first_frames, first_position = frames(page), position(page)
    page.wait_for_timeout(seconds * 1000)
    assert position(page) - first_position > seconds * 0.6, "time does not advance"
    assert frames(page) - first_frames > seconds * 25 * 0.4, "frames do not decode"


def shown_clock(page: Page, folder: Path) -> datetime:
    """The clock burned into the picture, read from a screenshot of the video."""
    picture = folder / "video.png"
    page.locator("video").screenshot(path=str(picture))
    return read_clock(picture)


def programme_time(page: Page) -> datetime:
    """Wall-clock time of what is shown, as the player tells it (PROGRAM-DATE-TIME)."""
    text = page.get_by_test_id("player").get_attribute("data-wall-clock")
    assert text, "the player tells no wall-clock time"
    return datetime.fromisoformat(text)


def test_the_live_channel_plays_encrypted_and_its_clock_is_right(page: Page, tmp_path: Path) -> None:
    sign_in(page, "premium@example.com")
    page.goto("/watch/testcard?mode=live")
    expect_playing(page)
    page.evaluate(f"{VIDEO}.pause()")
    page.wait_for_timeout(300)
    clock, now = shown_clock(page, tmp_path), datetime.now(UTC)
    assert abs(clock - programme_time(page)) <= timedelta(seconds=1.1)
    assert timedelta(0) <= now - clock <= timedelta(seconds=30)
    assert page.evaluate(f"{VIDEO}.mediaKeys !== null"), "played without a key"


@pytest.fixture(scope="module")
def interrupted(make_module_channel: Callable[..., str], kube: Kube) -> tuple[str, datetime, datetime]:
    """A channel whose SimLive pod was killed: (name, well before the kill, after it streams again)."""
    channel = make_module_channel(segmentDuration="2s")
    viewer = Viewer("premium@example.com").sign_in()
    began = datetime.now(UTC)

    def stored() -> list[str]:
        session = viewer.play(channel).json()
        return [segment.uri for segment in viewer.segments(viewer.tracks(session["manifest_url"])["180p"])]

    wait_until("six segments", lambda: len(stored()) >= 6, 60, every=1)
    inits = {uri.rsplit("-", 2)[-2] for uri in stored()}
    kube.run("delete", "pod", kube.pod(f"telstar.dev/channel={channel}"), "--grace-period=0", "--force")

    def runs_again() -> bool:
        uris = [uri for uri in stored() if uri.rsplit("-", 2)[-2] not in inits]
        return len(uris) >= 6

    wait_until("six segments of the next run", runs_again, 90, every=1)
    return channel, began, datetime.now(UTC)


def play_across(page: Page, seconds_of_programme: float) -> None:
    """From the beginning, jump to just before the interruption and let it play over it."""
    expect_playing(page, seconds=2)
    assert position(page) < 20, "playback did not begin at the programme's start"
    page.evaluate(f"{VIDEO}.playbackRate = 2")
    start = position(page)
    wait_until(
        "playback to pass the interruption",
        lambda: position(page) - start > seconds_of_programme * 0.8,
        60,
    )
    assert page.get_by_test_id("player").get_attribute("data-state") != "error"


def test_catch_up_plays_over_an_interruption_to_its_end(
    page: Page, interrupted: tuple[str, datetime, datetime], schedule: Callable[..., str]
) -> None:
    channel, began, ended = interrupted
    programme = schedule(channel, began, ended - timedelta(seconds=4))
    sign_in(page, "premium@example.com")
    page.goto(f"/watch/{channel}?mode=catch-up&programme={programme}")
    expect_playing(page, seconds=2)
    duration = float(page.evaluate(f"{VIDEO}.duration"))
    assert 15 < duration < (ended - began).total_seconds() + 3
    page.evaluate(f"{VIDEO}.playbackRate = 2")
    wait_until("the programme's end", lambda: page.evaluate(f"{VIDEO}.ended"), duration + 30)


def test_start_over_plays_from_the_programmes_start_over_an_interruption(
    page: Page, interrupted: tuple[str, datetime, datetime], schedule: Callable[..., str]
) -> None:
    channel, began, _ = interrupted
    programme = schedule(channel, began, datetime.now(UTC) + timedelta(minutes=10))
    sign_in(page, "premium@example.com")
    page.goto(f"/watch/{channel}?mode=start-over&programme={programme}")
    play_across(page, seconds_of_programme=24)


def test_start_over_closes_itself_when_the_programme_ends(
    premium: Viewer, interrupted: tuple[str, datetime, datetime], schedule: Callable[..., str]
) -> None:
    channel, began, _ = interrupted
    programme = schedule(channel, began, datetime.now(UTC) + timedelta(seconds=8))
    session = premium.play(channel, "start-over", programme).json()
    uri = premium.tracks(session["manifest_url"])["180p"]
    growing = premium.text(uri)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in growing
    assert "#EXT-X-ENDLIST" not in growing
    closed = wait_until("ENDLIST", lambda: "#EXT-X-ENDLIST" in (text := premium.text(uri)) and text, 30)
    assert closed.startswith(growing), "an earlier line changed"
    time.sleep(5)
    assert premium.text(uri) == closed


def test_without_a_subscription_the_viewer_gets_the_refusal_and_an_offer_and_no_licence(
    page: Page, free: Viewer, premium: Viewer
) -> None:
    session = premium.play("testcard").json()
    uri = next(iter(premium.tracks(session["manifest_url"]).values()))
    kid = premium.segments(uri)[-1].kid
    assert kid

    refused = free.play("testcard")
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert "not-subscribed" in [reason["code"] for reason in refused.json()["reasons"]]
    prices = [float(offer["price"]["amount"]) for offer in refused.json()["offers"]]
    assert prices and prices == sorted(prices)
    forbidden, unknown = free.license(kid), free.license("00" * 16)
    assert forbidden.status_code == unknown.status_code == 403
    assert forbidden.content == unknown.content

    sign_in(page, "free@example.com")
    page.goto("/watch/testcard?mode=live")
    offer = page.get_by_test_id("offer").first
    expect(offer).to_be_visible()
    expect(offer).to_contain_text(re.compile(r"\d"))
    assert frames(page) == 0


def test_taking_the_offer_starts_playback_without_signing_in_again(page: Page, kube: Kube) -> None:
    account = "(SELECT id FROM users WHERE email = 'free@example.com')"
    try:
        sign_in(page, "free@example.com")
        page.goto("/watch/testcard?mode=live")
        page.get_by_test_id("offer").first.get_by_role("button").click()
        expect_playing(page, seconds=2)
    finally:
        sql(kube, f"DELETE FROM user_subscriptions WHERE user_id = {account}")
