"""A headless Chromium: pages as they are once their scripts have run, what was wrong in them, and what axe finds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: chromium)")
# What axe calls grave.
GRAVE = ("serious", "critical")
STILL = "Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => true)"


@dataclass(frozen=True)
class Visit:
    """A page that is open.

    Attributes:
        troubles: What went wrong in it: exceptions, errors and warnings in its console, policies that it broke.
        requests: What it asked for.
    """

    page: Page
    troubles: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Finding:
    """What axe says of a page.

    Attributes:
        rule: The name of the rule that is broken, as in `color-contrast`.
        impact: `serious` or `critical`.
        words: What the rule asks for.
        places: The elements that break it.
    """

    rule: str
    impact: str
    words: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What a browser made of a page."""

    dom: str
    complaints: list[str]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it; a thread can have one at a time.

    Raises:
        FileNotFoundError: There is none on this machine.
    """
    if CHROMIUM is None:
        raise FileNotFoundError("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visit(browser: Browser, address: str, width: int = 1200, height: int = 850, *, dark: bool = False) -> Visit:
    """Open a page in a window of its own, and wait until it has loaded; opening the next one leaves it open."""
    window = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    opened = Visit(window.new_page())
    opened.page.on("pageerror", lambda error: opened.troubles.append(str(error)))
    opened.page.on("console", lambda message: _heard(opened, message))
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.goto(address)
    return opened


def axe(page: Page) -> list[Finding]:
    """Return what axe finds in a page as it is now: only what it calls serious or critical."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    page.evaluate(STILL)
    # It would load our stylesheets again, which browsers refuse to pages from disk.
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'], preload: false })")
    return [
        Finding(one["id"], one["impact"], one["help"], tuple(node["html"][:300] for node in one["nodes"]))
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


def seen(address: str, width: int = 1200, height: int = 1000) -> Seen:
    """Open a page in a browser of its own, and return it once its scripts have run."""
    with chromium() as browser:
        opened = visit(browser, address, width, height)
        return Seen(opened.page.content(), opened.troubles)


def _heard(opened: Visit, message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        opened.troubles.append(message.text)
