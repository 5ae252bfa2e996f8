"""An order's story, written as it happens: who asked, what was said, what followed, who clicked."""

import datetime as dt

from accounts.models import User
from payments.models import Entry, Order

ASKED, TOLD, DERIVED, CLICKED = Entry.Kind.ASKED, Entry.Kind.TOLD, Entry.Kind.DERIVED, Entry.Kind.CLICKED


def add(*, order: Order, kind: Entry.Kind, says: str, now: dt.datetime, actor: User | None = None) -> Entry:
    """One more line. A second call writes a second line: call it with the change it tells of, in one transaction."""
    return Entry.objects.create(order=order, kind=kind, says=says[:300], actor=actor, at=now)
