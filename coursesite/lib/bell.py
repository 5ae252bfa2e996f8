"""Ring for a task that works off rows. The rows stand whatever becomes of the bell: the next tick finds them.

A broker that refuses or freezes costs a request a fraction of a second, never an error (security.md R4, R5).
"""

import functools
import logging
import threading

from celery import Task
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.2
_rope = threading.Lock()  # one hand at a time: behind a ring that hangs nobody queues up


def ring(task: "Task[[], object]") -> None:
    """Ask for `task` after commit. Never raises; in embedded mode the one worker looks by itself all the time."""
    if not settings.EMBEDDED:
        transaction.on_commit(functools.partial(_pull, task))


def _pull(task: "Task[[], object]") -> None:
    """Ring from a thread of its own and wait a moment for it; one that takes longer goes on alone."""
    if not _rope.acquire(timeout=PATIENCE_SECONDS):
        log.warning("The bell did not ring: it still hangs from the last time")
        return
    hand = threading.Thread(target=_ring, args=(task,), daemon=True)
    hand.start()
    hand.join(PATIENCE_SECONDS)


def _ring(task: "Task[[], object]") -> None:
    try:
        task.delay()
    except Exception as error:  # whatever the broker says, the rows stand
        log.warning("The bell did not ring: %s", type(error).__name__)
    finally:
        _rope.release()
