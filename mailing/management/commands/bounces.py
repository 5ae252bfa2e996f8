"""Read the mailbox that bounces come to, now and with words."""

import imaplib
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from coursesite.lib import clock
from mailing import bouncebox, bounces


class Command(BaseCommand):
    help = "Read BOUNCE_MAILBOX as the worker does every five minutes. Deletes no mail; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_MAILBOX:
            raise CommandError(
                "BOUNCE_MAILBOX is not set: maildir:///path or imaps://user:password@host/INBOX."
            )
        try:
            counts = bouncebox.work_off(settings.BOUNCE_MAILBOX, now=clock.now())
        except (bouncebox.NoMailbox, OSError, imaplib.IMAP4.error) as error:
            raise CommandError(f"The mailbox could not be read: {error}") from error
        words = [f"{counts[found]} {found.value}" for found in bounces.Found if counts[found]]
        self.stdout.write("Bounces: " + ("; ".join(words) or "nothing new"))
