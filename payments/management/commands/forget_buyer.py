"""Somebody wrote: remove what you have about me. What that does to their orders, and doing it."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from coursesite.lib import clock
from payments import farewell, gateway, leases
from payments.models import Order

ELSEWHERE = (
    "Not touched: the account and its progress, the letters sent to this address, and what the payment company keeps; "
    "remove the customer in its dashboard."
)


class Command(BaseCommand):
    help = "Say what forgetting the buyer with this address would do to their orders; with --yes, do it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(self, *args: Any, address: str, yes: bool, **options: Any) -> None:
        """Run again, it finds nothing. Raises CommandError when the payment company does not answer."""
        orders = list(farewell.orders_at(address))
        if not orders:
            self.stdout.write("There is no order with this address.")
            return
        for order in orders:
            self.stdout.write("\n  - ".join(farewell.foretell(order)))
        self.stdout.write(ELSEWHERE)
        if not yes:
            self.stdout.write("Nothing was changed. Say it again with --yes to do it.")
            return
        for order in orders:
            self._forget(order)

    def _forget(self, order: Order) -> None:
        try:
            farewell.forget(order=order, now=clock.now())
        except (gateway.DownError, gateway.RefusedError, leases.BusyError) as trouble:
            raise CommandError(
                f"Order {order.number} still has its buyer's data: the payment company did not do its part "
                f"({trouble or type(trouble).__name__}). Orders named before it are done. Run this again."
            ) from trouble
        self.stdout.write(f"Order {order.number}: done.")
