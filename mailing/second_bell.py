"""A worker's own bell: when no tick has ended for a while, it ticks from a thread, so that no one beat is needed.

Several tickers at once do no harm: what one has locked or leased the others pass over.
"""

import logging
import threading

from django.db import connections

from coursesite.lib import clock
from mailing import heartbeat, tasks

log = logging.getLogger(__name__)
LOOK_EVERY = 30  # seconds


def look() -> bool:
    """Tick if nobody has for 90 seconds. Whether it did. Never raises."""
    try:
        if heartbeat.is_fresh(now=clock.now()):
            return False
        log.warning("No tick for a while: this worker rings by itself.")
        tasks.tick()
        return True
    except Exception as error:  # the database is away: it is asked again
        log.warning("The second bell did not ring: %s", type(error).__name__)
        return False


def start() -> threading.Event:
    """Look every half minute, from a thread that ends with the process, or when the returned event is set."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_EVERY):
            look()
            connections.close_all()

    threading.Thread(target=watch, name="second bell", daemon=True).start()
    return ended
