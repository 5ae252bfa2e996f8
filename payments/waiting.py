"""A guest's paid order waits: its Claim, the secret in the letter, and how to find the one by the other."""

import datetime as dt
import hashlib
import secrets

from payments import paperwork
from payments.models import Claim, Order

TOKEN_BYTES = 32
MOST_FREE_LETTERS = 3  # a day and address


def open_for(*, order: Order, now: dt.datetime) -> Claim:
    """The order's claim, opened with a letter if there is none. The second call returns the first claim."""
    found = Claim.objects.filter(order=order).first()
    if found is not None:
        return found
    token = secrets.token_urlsafe(TOKEN_BYTES)
    claim = Claim.objects.create(order=order, token_hash=hashed(token), opened_at=now)
    if order.amount_minor or _letters_lately(order, now=now) < MOST_FREE_LETTERS:
        paperwork.open_your_course(claim=claim, token=token, now=now)
    return claim


def _letters_lately(order: Order, *, now: dt.datetime) -> int:
    """How often somebody had us write to this address within a day, for nothing: it may be a prank."""
    free = Claim.objects.filter(order__email_key=order.email_key, order__amount_minor=0)
    return free.filter(opened_at__gt=now - dt.timedelta(days=1)).exclude(order=order).count()


def renew(*, claim: Claim, now: dt.datetime) -> None:
    """A new letter with a new link; the old link dies. Each call writes another letter."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    claim.token_hash = hashed(token)
    claim.save(update_fields=["token_hash"])
    paperwork.open_your_course(claim=claim, token=token, now=now)


def revoke(*, order: Order) -> None:
    """Nobody may claim the order any more. The second call changes nothing."""
    Claim.objects.filter(order=order, state=Claim.State.UNCLAIMED).update(state=Claim.State.REVOKED)


def reopen(*, order: Order) -> None:
    """The money came back to us after all: the order waits again, by the same link. The second call changes nothing."""
    Claim.objects.filter(order=order, state=Claim.State.REVOKED).update(state=Claim.State.UNCLAIMED)


def by_token(token: str) -> Claim | None:
    return Claim.objects.select_related("order").filter(token_hash=hashed(token)).first()


def hashed(token: str) -> str:
    """32 random bytes need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
