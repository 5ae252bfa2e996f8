"""One hand at a time on an order while the network is asked, without a database transaction kept open for it."""

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q, QuerySet

from payments.models import Order

LASTS = dt.timedelta(seconds=60)  # longer than the slowest call with its repeats
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 0.05


class BusyError(Exception):
    """Somebody else has the order in hand; try again in a moment."""


@contextmanager
def held(
    order_pk: int, *, now: dt.datetime, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[uuid.UUID]:
    """Hold the order; yields the token that `locked` asks for. Raises BusyError after waiting.

    A lease whose holder died is taken over after `LASTS`; its old token is worth nothing from then on.
    """
    token = uuid.uuid4()
    give_up = time.monotonic() + patience_seconds
    while not _free(order_pk, now).update(lock_token=token, lock_until=now + LASTS):
        if time.monotonic() >= give_up:
            raise BusyError
        time.sleep(PAUSE_SECONDS)
    try:
        yield token
    finally:
        Order.objects.filter(pk=order_pk, lock_token=token).update(lock_token=None, lock_until=None)


def _free(order_pk: int, now: dt.datetime) -> QuerySet[Order]:
    return Order.objects.filter(Q(lock_token=None) | Q(lock_until__lte=now), pk=order_pk)


def locked(order_pk: int, token: uuid.UUID) -> Order:
    """The order, its row locked, if `token` still holds it.

    Needs a transaction. Raises BusyError if it was taken over.
    """
    order = Order.objects.select_for_update().filter(pk=order_pk, lock_token=token).first()
    if order is None:
        raise BusyError
    return order
