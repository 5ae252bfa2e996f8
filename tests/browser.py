"""Pages of a real browser that remember every complaint, and axe to find what they do not say."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESKTOP = (390, 844), (1280, 800)
expect.set_options(timeout=10_000)
ALL_LOOKS = [(DESKTOP, "light"), (PHONE, "dark"), (DESKTOP, "dark"), (PHONE, "light")]


class Pages:
    def __init__(self, browser: Any, url: str) -> None:
        self.browser, self.url = browser, url
        self.contexts: list[Any] = []
        self.noise: list[str] = []  # console errors, CSP violations, failed requests, page errors

    def __call__(
        self,
        *,
        size: tuple[int, int] = DESKTOP,
        user: Any = None,
        javascript: bool = True,
        dark: bool = False,
    ) -> Any:
        phone = size[0] < 600
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=2 if phone else 1,
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale="en-US",
            timezone_id="America/New_York",
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        if user is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": self.url}]
            )
        page = context.new_page()
        page.on("console", lambda message: self.hear(message.type, message.text))
        page.on("pageerror", lambda error: self.noise.append(f"page error: {error}"))
        return page

    def hear(self, kind: str, text: str) -> None:
        # A page that answers 403 or 404 on purpose makes Chromium log the status of its own document.
        if kind in {"error", "warning"} and "the server responded with a status of 4" not in text:
            self.noise.append(f"{kind}: {text}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def session_of(user: Any) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def two_looks(turn: int) -> list[tuple[tuple[int, int], str]]:
    """Large and small, light and dark; from page to page they change partners.

    Enough for a page made of components: each of those is seen in all four on the page of components.
    """
    return ALL_LOOKS[2:] if turn % 2 else ALL_LOOKS[:2]


def faults(page: Any, looks: list[tuple[tuple[int, int], str]]) -> list[str]:
    """What is wrong with the page as it stands: what axe says of each look, and a sideways scroll also at 320 px."""
    found = []
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no color is caught half way
        found += [f"{width} {scheme} {fault}" for fault in axe(page)]
        found += [f"{width} {scheme} scrolls sideways"] if overflows(page) else []
    page.set_viewport_size({"width": 320, "height": 640})
    return [*found, *(["320 scrolls sideways"] if overflows(page) else [])]


def axe(page: Any) -> list[str]:
    """Every violation on the page as "rule: selector"; a strict CSP forbids a script tag, so it is evaluated."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", RULES)
    return [
        f"{v['id']}: {node['target']} {node.get('failureSummary', '')}"
        for v in found["violations"]
        for node in v["nodes"]
    ]


def overflows(page: Any) -> bool:
    """Does the page scroll sideways?"""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
