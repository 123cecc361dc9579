"""What happens while the page plays: stalls, licence requests, announced keys."""

import base64
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, Request, Response

# Media events do not bubble, but they are captured on their way down.
RECORD_STALLS = """
(() => {
  const stalls = (window.telstarStalls = []);
  let played = false;
  const note = ({ type, target }) => {
    if (type === 'playing') {
      played = true;
      if (stalls.length && stalls.at(-1).seconds === null)
        stalls.at(-1).seconds = (performance.now() - stalls.at(-1).since) / 1000;
    } else if (played && !target.ended && !target.seeking) {
      const { buffered, currentTime: at } = target;
      const spans = [...Array(buffered.length).keys()].map((i) => [buffered.start(i), buffered.end(i)]);
      const ahead = (spans.find(([start, end]) => start <= at && at < end) ?? [at, at])[1] - at;
      stalls.push({ type, at, ahead, since: performance.now(), seconds: null });
    }
  };
  for (const type of ['playing', 'waiting', 'waitingforkey']) document.addEventListener(type, note, true);
})()
"""

ENOUGH = 0.5  # seconds of data ahead


@dataclass(frozen=True)
class LicenceRequest:
    """When which KIDs (hexadecimal) were asked for."""

    at: datetime
    kids: tuple[str, ...]


@dataclass
class Watching:
    """A record of one page. Made before the page goes anywhere."""

    page: Page
    announced: dict[str, datetime] = field(default_factory=dict)
    """KID → when it comes into force, as heartbeats told."""
    statuses: list[str] = field(default_factory=list)
    """Answers of the API other than success."""

    _asked: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(RECORD_STALLS)
        self.page.on("request", self._note)
        self.page.on("response", self._answered)

    def _note(self, request: Request) -> None:
        if request.url.partition("?")[0].endswith("/api/v1/drm/license"):
            self._asked.append(request)

    def _answered(self, response: Response) -> None:
        if "/api/" in response.url and response.status >= 400:
            self.statuses.append(f"{response.status} {response.url}")
        if response.url.endswith("/heartbeat") and response.ok:
            told = response.json()["next_key"]
            if told:
                self.announced[told["kid"]] = datetime.fromisoformat(told["from"].replace("Z", "+00:00"))

    def licences(self) -> list[LicenceRequest]:
        """What was asked for, by the browser's own clock: events come late while a test is busy."""
        return [
            LicenceRequest(
                datetime.fromtimestamp(request.timing["startTime"] / 1000, UTC),
                tuple(_hexadecimal(kid) for kid in json.loads(request.post_data or "{}")["kids"]),
            )
            for request in self._asked
        ]

    def pauses(self) -> list[dict[str, Any]]:
        """Each time the picture stopped by itself since it first played, with the seconds it had ahead."""
        found: list[dict[str, Any]] = self.page.evaluate("window.telstarStalls")
        return found

    def stalls(self) -> list[dict[str, Any]]:
        """The pauses for want of a key or of data; with both at hand, the machine decodes too slowly."""
        return [
            pause for pause in self.pauses() if pause["type"] == "waitingforkey" or pause["ahead"] < ENOUGH
        ]

    def shown(self) -> datetime | None:
        """The wall clock of the picture."""
        text = self.page.get_by_test_id("player").get_attribute("data-wall-clock")
        return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None

    def state(self) -> str | None:
        """What the player says it does."""
        return self.page.get_by_test_id("player").get_attribute("data-state")

    def hurry(self, rate: float, ahead: float = 20) -> None:
        """Play faster, once so many seconds are there to be played: a busy machine is not what is tested."""
        ready = f"(({{buffered: b, currentTime: t}}) => b.length && b.end(b.length - 1) - t > {ahead})"
        video = "document.querySelector('video')"
        self.page.wait_for_function(f"{ready}({video})", timeout=60_000)
        self.page.evaluate(f"{video}.playbackRate = {rate}")

    def watch_until(self, moment: datetime, seconds: float) -> None:
        """Let the picture reach a moment of its wall clock; TimeoutError after so many seconds."""
        deadline = time.monotonic() + seconds
        while (shown := self.shown()) is None or shown < moment:
            if time.monotonic() > deadline or self.state() == "error":
                raise TimeoutError(
                    f"the picture is at {shown}, {self.state()}, and did not reach {moment} in {seconds:g} s;"
                    f" pauses: {self.pauses()}; refusals: {self.statuses}"
                )
            self.page.wait_for_timeout(250)


def _hexadecimal(kid: str) -> str:
    return base64.urlsafe_b64decode(kid + "=" * (-len(kid) % 4)).hex()
