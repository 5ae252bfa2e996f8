"""`manage.py payments_doctor`: what is wrong with the payments, and how to mend it."""

from typing import Any

from django.core.management import BaseCommand

from coursesite.lib import clock
from payments import doctor


class Command(BaseCommand):
    help = "Look for money without access, access without money, wrong settings; say how to mend each. Changes nothing."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--offline", action="store_true", help="look at our own rows only, ask nobody outside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 0 when nothing serious is wrong, 1 otherwise."""
        now = clock.now()
        found = list(doctor.at_home(now=now)) if options["offline"] else doctor.examine(now=now)
        for one in found:
            orders = f" Orders: {', '.join(f'{key:06d}' for key in one.orders)}." if one.orders else ""
            self.stdout.write(
                f"{'WRONG' if one.serious else 'note '}  {one.what}{orders}\n       To mend: {one.todo}"
            )
        if not found:
            self.stdout.write("All is well: money, access, webhooks and settings agree.")
        if any(one.serious for one in found):
            raise SystemExit(1)
