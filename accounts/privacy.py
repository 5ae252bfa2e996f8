"""What is kept about a person, and for how long."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db.models import ProtectedError

from accounts.models import User

UNPROVEN_FOR = dt.timedelta(days=7)


def forget_unproven(*, now: dt.datetime) -> int:
    """Delete accounts whose address nobody proved within seven days (security.md EM-5); returns how many.

    An account that something hangs on, such as an order, is kept. The second call finds nothing.
    """
    proven = EmailAddress.objects.filter(verified=True).values("user")
    old = User.objects.filter(date_joined__lt=now - UNPROVEN_FOR, is_staff=False).exclude(pk__in=proven)
    forgotten = 0
    for user in old:
        try:
            user.delete()
        except ProtectedError:
            continue
        forgotten += 1
    return forgotten


def delete_account(*, user: User) -> bool:
    """Sign out everywhere and delete the account with its passkeys and proofs; inside the caller's transaction.

    False the second time. Raises ProtectedError while something of a higher floor still hangs on it.
    """
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()
    deleted, _ = User.objects.filter(pk=user.pk).delete()
    return bool(deleted)
