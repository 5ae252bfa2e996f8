"""After a restored backup: whoever's data was removed since the backup was made is in the database again."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from coursesite.lib import clock
from mailing import erased
from payments import erasure


class Command(BaseCommand):
    help = (
        "Remove once more the data of people whose data had been removed, after a restore; with --yes, do it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        """Run again, it finds nobody."""
        found = erased.back()
        self.stdout.write(f"{len(found)} in the database whose data was removed before.")
        if found and not yes:
            self.stdout.write("Nothing was changed. Say it again with --yes to remove it once more.")
            return
        for contact in found:
            erasure.erase(contact=contact, now=clock.now())
        if found:
            self.stdout.write("Done.")
