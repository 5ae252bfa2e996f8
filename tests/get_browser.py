"""`python -m tests.get_browser`: say which Chromium the tests will use, or get one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright


def found() -> str | None:
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    named = os.environ.get("CHROMIUM")
    return (
        named
        or (own if Path(own).exists() else None)
        or shutil.which("chromium")
        or shutil.which("google-chrome")
    )


def get() -> None:
    """Debian's package where we may install it, else Playwright's own build; both say what they do."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("No Chromium here: installing Debian's package chromium ...", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    if not found():
        print("No Chromium here: fetching Playwright's own build ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__":
    if not found():
        get()
    where = found()
    if not where:
        sys.exit(
            "No Chromium for the browser tests: install one (Debian: apt install chromium) or set CHROMIUM."
        )
    print(f"Browser tests use {where}")
