"""What time it is, asked once at the edge (view, task, command) and passed on as `now`.

On a practice site the clock can be moved forward, so that one can see tomorrow's letter today: the file
`settings.CLOCK_FILE` holds an offset in whole seconds. Production has no such file and never looks for one.
"""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """The time in UTC, moved by the practice site's offset if there is one."""
    return timezone.now() + dt.timedelta(seconds=offset_seconds())


def offset_seconds() -> int:
    """Seconds by which the practice clock is ahead of the real one; 0 in production."""
    if settings.CLOCK_FILE is None:
        return 0
    try:
        return int(Path(settings.CLOCK_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def move_to(moment: dt.datetime) -> None:
    """Let the practice clock show `moment` (aware). The second call with the same moment changes nothing.

    Raises RuntimeError in production and ValueError when `moment` lies before what the clock shows: rows
    written later than now would make no sense.
    """
    if settings.CLOCK_FILE is None:
        raise RuntimeError("Only a practice site has a clock that can be moved.")
    if moment < now() - dt.timedelta(seconds=1):
        raise ValueError("The practice clock moves forward only.")
    Path(settings.CLOCK_FILE).write_text(str(int((moment - timezone.now()).total_seconds())))
