"""The worker process: Celery, and in embedded mode the beat as a thread of it (mail.md, "Embedded default")."""

import sys
from typing import Any

from celery.beat import EmbeddedService
from celery.signals import worker_ready
from django.conf import settings
from django.core.management import BaseCommand
from django.utils.module_loading import import_string

from coursesite.celery import app


class Command(BaseCommand):
    help = "Run the Celery worker. With the in-process broker the beat rings from a thread of this process."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--concurrency", type=int, default=2, help="processes, when there is a real broker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        worker_ready.connect(ring_by_yourself)  # the pool has forked by then: no thread is copied
        # Not by Celery's command line: that loads a shell, 9 MB that nobody uses.
        how: dict[str, Any] = {"concurrency": options["concurrency"]}
        if settings.EMBEDDED:
            # `worker -B` would put the beat into a process of its own, where an in-process broker never hears it.
            beat: Any = EmbeddedService(
                app, thread=True, scheduler_cls="celery.beat:Scheduler", max_interval=1
            )
            beat.start()
            how = {"pool": "solo", "without_heartbeat": True}
        worker = app.Worker(quiet=True, loglevel="WARNING", without_gossip=True, without_mingle=True, **how)
        worker.start()
        sys.exit(worker.exitcode)


def ring_by_yourself(**kwargs: Any) -> None:
    """Should the beat be gone, this worker looks by itself what is due."""
    import_string("mailing.second_bell.start")()
