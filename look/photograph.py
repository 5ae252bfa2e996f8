"""Photograph the drawings that must be pictures: icons for devices, the card of a shared link, the letter's rope.

`python -m look.photograph` needs the development requirements and a Chromium; its PNG bytes depend on that
browser, so they are kept in the repository and no test pins them.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from look.draw_rope import IMAGES, SVG, big, letter, mark

ICON = (
    f'{SVG} viewBox="0 0 32 32" width="100%"><path fill="#1f2f57" d="M0 0h32v32H0z"/>{mark("#f0d9a8")}</svg>'
)
FOLDER = Path(__file__).parent


def photograph(page: Page, body: str, width: int, height: int, clear: bool = False) -> bytes:
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(f"<!doctype html><style>body{{margin:0}}</style>{body}")
    return page.screenshot(omit_background=clear)


def ico(png: bytes, side: int) -> bytes:
    """One PNG in an ICO envelope."""
    head = struct.pack("<HHHBBBBHHII", 0, 1, 1, side, side, 0, 0, 1, 32, len(png), 22)
    return head + png


def card() -> str:
    figures = (IMAGES / "figures.svg").read_text(encoding="utf-8")
    symbols = figures.split(">", 1)[1].rsplit("</svg>", 1)[0] + big()
    return (FOLDER / "card.html").read_text(encoding="utf-8").replace("<!-- symbols -->", symbols)


def main(folder: Path = IMAGES) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        (folder / "favicon.ico").write_bytes(ico(photograph(page, ICON, 32, 32), 32))
        (folder / "apple-touch-icon.png").write_bytes(photograph(page, ICON, 180, 180))
        (folder / "og.png").write_bytes(photograph(page, card(), 1200, 630))
        sharp = browser.new_page(device_scale_factor=2)
        strip = f'{SVG} viewBox="48 0 552 92" width="552" height="92" display="block">{letter()}</svg>'
        (folder / "letter-rope.png").write_bytes(photograph(sharp, strip, 552, 92, clear=True))
        browser.close()


if __name__ == "__main__":
    main()
