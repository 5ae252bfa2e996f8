"""The stand-in's own clock, set from outside by settings alone."""

import time
from pathlib import Path

from django.conf import settings


def now() -> int:
    """Seconds since 1970, UTC: `SANDBOX_NOW` if set, else the real time plus the offset in `CLOCK_FILE`."""
    fixed: int | None = getattr(settings, "SANDBOX_NOW", None)
    return fixed if fixed is not None else int(time.time()) + _offset()


def _offset() -> int:
    file = getattr(settings, "CLOCK_FILE", None)
    try:
        return int(Path(file).read_text()) if file else 0
    except (FileNotFoundError, ValueError):
        return 0
