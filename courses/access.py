"""Who is in a course. Access is any active Grant; the Enrolment keeps progress through suspension and end."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from courses import journeys
from courses.models import Course, Enrolment, Grant
from courses.models.learning import BY_HAND
from courses.queries import Visitor


@transaction.atomic
def grant(
    *, user: User, course: Course, source: str, now: dt.datetime, actor: User | None = None, reason: str = ""
) -> Grant:
    """Let somebody in for the reason `source` ("order-line:17", "free", "manual:3"); letters start with it.

    A second call with the same source returns the same grant: an active one as it is, a suspended one active
    again, an ended one ended (a new reason needs a new source). Locks the enrolment.
    """
    Enrolment.objects.get_or_create(
        user=user, course=course, defaults={"joined_at": now, "time_zone": user.time_zone}
    )
    enrolment = Enrolment.objects.select_for_update().get(user=user, course=course)
    had_access = enrolment.grants.active().exists()
    found, _ = Grant.objects.get_or_create(
        enrolment=enrolment,
        source=source,
        defaults={"started_at": now, "actor": actor, "reason": reason},
    )
    if found.state == Grant.State.SUSPENDED:
        found.state = Grant.State.ACTIVE
        found.save(update_fields=["state"])
    if found.state == Grant.State.ACTIVE and not had_access:
        enrolment.course = course
        journeys.joined(enrolment, user, now=now)
    return found


@transaction.atomic
def restore(*, grant: Grant, now: dt.datetime) -> None:
    """Give back what a payment's trouble held or took: the money stands after all. Letters go on where they stopped.

    The second call changes nothing. An access that somebody ended by hand (it has an actor) stays ended. Locks the
    enrolment.
    """
    enrolment = (
        Enrolment.objects.select_for_update().select_related("user", "course").get(pk=grant.enrolment_id)
    )
    had_access = enrolment.grants.active().exists()
    gone = Grant.objects.filter(pk=grant.pk).exclude(state=Grant.State.ACTIVE)
    back = gone.exclude(state=Grant.State.ENDED, actor__isnull=False)
    if back.update(state=Grant.State.ACTIVE, ended_at=None, reason="") and not had_access:
        journeys.joined(enrolment, enrolment.user, now=now)
    grant.refresh_from_db()


def grant_by_hand(
    *, user: User, course: Course, reason: str, now: dt.datetime, actor: User | None = None
) -> Grant:
    """Let somebody in at the desk. While such a grant is active the second call returns it; after its end a new
    one is made."""
    mine = Grant.objects.filter(enrolment__user=user, enrolment__course=course, source__startswith=BY_HAND)
    number = mine.filter(state=Grant.State.ENDED).count() + 1
    return grant(user=user, course=course, source=f"{BY_HAND}{number}", now=now, actor=actor, reason=reason)


@transaction.atomic
def end(*, grant: Grant, reason: str, now: dt.datetime, actor: User | None = None) -> None:
    """Take one reason away; when it was the last one, the letters stop. The second call changes nothing."""
    Enrolment.objects.select_for_update().get(pk=grant.enrolment_id)
    values = {"state": Grant.State.ENDED, "ended_at": now, "reason": reason[:200]}
    if actor is not None:
        values["actor"] = actor
    if Grant.objects.filter(pk=grant.pk).exclude(state=Grant.State.ENDED).update(**values):
        stop_letters(grant, reason=reason, now=now)
    grant.refresh_from_db()


@transaction.atomic
def end_all(*, enrolment: Enrolment, reason: str, now: dt.datetime, actor: User | None = None) -> int:
    """Take every reason away that is left; how many. The second call finds none."""
    left = list(enrolment.grants.exclude(state=Grant.State.ENDED))
    for one in left:
        end(grant=one, reason=reason, now=now, actor=actor)
    return len(left)


@transaction.atomic
def suspend(*, grant: Grant, reason: str, now: dt.datetime) -> None:
    """Hold one reason for a while (a dispute, a failed instalment); `grant()` with its source lifts it.

    The second call changes nothing; an ended grant stays ended.
    """
    Enrolment.objects.select_for_update().get(pk=grant.enrolment_id)
    active = Grant.objects.filter(pk=grant.pk, state=Grant.State.ACTIVE)
    if active.update(state=Grant.State.SUSPENDED, reason=reason[:200]):
        stop_letters(grant, reason=reason, now=now)
    grant.refresh_from_db()


def stop_letters(grant: Grant, *, reason: str, now: dt.datetime) -> None:
    if not grant.enrolment.grants.active().exists():
        journeys.left(grant.enrolment, reason=reason, now=now)


def seat(user: Visitor, course: Course) -> tuple[Enrolment | None, bool]:
    """The enrolment, also one whose access has ended, and whether any grant is active."""
    if not isinstance(user, User):
        return None, False
    active = Grant.objects.active().filter(enrolment=OuterRef("pk"))
    mine = Enrolment.objects.filter(user=user, course=course)
    found = mine.annotate(is_in=Exists(active)).first()
    if found:
        found.user, found.course = user, course
    return found, bool(getattr(found, "is_in", False))


def of(user: Visitor, course: Course) -> Enrolment | None:
    """The enrolment, only if any grant is active."""
    found, is_in = seat(user, course)
    return found if is_in else None
