"""Chromium on the product, as a viewer's browser."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.viewer import ADDRESS, PASSWORD

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
]
VIDEO = "document.querySelector('video')"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or the one that $CHROMIUM names."""
    assert subprocess.run([CHROMIUM, "--version"], capture_output=True).returncode == 0, (
        f"no Chromium at {CHROMIUM}: install it (Debian: apt-get install chromium) or set CHROMIUM"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page with nothing stored; fails where a script of the product threw."""
    context = browser.new_context(base_url=ADDRESS, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems, f"the page threw: {problems}"


def sign_in(page: Page, email: str) -> None:
    """Through the form, as a person does."""
    page.goto("/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("channel-list")).to_be_visible(timeout=20_000)


def position(page: Page) -> float:
    """The video element's current time in seconds."""
    return float(page.evaluate(f"{VIDEO}?.currentTime ?? 0"))
