"""Who or what needs the coach today: found anew each time, at most seven at once, each with one thing to do about it.

What floor above and below know is asked of them: money by the wire `settings.MONEY_NEEDS`, mail of mailing itself.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils.module_loading import import_string

from accounts.models import User
from courses.models import Enrolment, LessonProgress, Snooze
from courses.models.learning import STUCK_VISITS
from courses.standing import A_WHILE
from mailing import failures, heartbeat, switches
from mailing.models import Letter

MOST = 7
MOST_STUCK = 4  # so that there is room for who went quiet
LONG_GONE = dt.timedelta(
    days=30
)  # whoever is quiet for longer has had the reminders and a chance to be seen here
SNOOZE = dt.timedelta(days=7)
# Who comes first. Money stands between the mail that stands still and the people.
STANDS_STILL, URGENT, MONEY, LETTERS, STUCK, QUIET = range(6)
LETTERS_MAY, MONEY_MAY, PEOPLE_MAY = "mailing.view_letter", "payments.view_order", "courses.view_enrolment"


@dataclass(frozen=True)
class Need:
    """One line of the morning page. `key` is what putting off remembers: another key is another matter."""

    key: str
    rank: int
    since: dt.datetime
    title: str
    why: str
    url: str
    button: str


def today(user: User, *, now: dt.datetime) -> tuple[list[Need], int]:
    """What is shown to this person, the most urgent first; how many they put off."""
    put_off = snoozed(user, now=now)
    found = [one for source in SOURCES if user.has_perm(source[0]) for one in source[1](put_off, now)]
    return sorted((one for one in found if one.key not in put_off), key=order)[:MOST], len(put_off)


def order(need: Need) -> tuple[int, float]:
    """What waits longest first, but of people whoever got into trouble last: there a word still helps."""
    since = need.since.timestamp()
    return need.rank, -since if need.rank in (STUCK, QUIET) else since


# ---- the mail ----
def of_mail(_: Collection[str], now: dt.datetime) -> Iterator[Need]:
    overview = reverse("admin:mailing_letter_overview")
    if not heartbeat.is_fresh(now=now):
        yield Need(
            "mail:asleep", STANDS_STILL, now, "No letter is being sent",
            "The part that sends letters is not at work. Ask whoever runs the site to start the worker.",
            overview, "How the mail stands",
        )  # fmt: skip
    if switches.HOLD in switches.on():
        yield Need(
            "mail:held", STANDS_STILL, now, "All mail is held", "Only sign-in codes go out until you let it go again.",
            reverse("admin:mailing_letter_hold"), "Look at it",
        )  # fmt: skip
    for bucket in failures.stopped():
        yield Need(
            f"mail:stopped:{bucket.group}", STANDS_STILL, now, f"Nothing goes to {bucket.group} any more",
            f"Its mail server refused us: {bucket.stopped_reason.rstrip('.')}.", overview, "How the mail stands",
        )  # fmt: skip
    for series in failures.paused():
        yield Need(
            f"mail:paused:{series.slug}", STANDS_STILL, series.paused_itself_at or now,
            f"“{series.title}” paused itself", series.paused_reason,
            reverse("admin:mailing_sequence_letters", args=[series.pk]), "See these letters",
        )  # fmt: skip
    groups = failures.groups(now=now)
    for state, title, why in (
        (Letter.State.FAILED, "did not go", "Somebody waits for a letter that will not come by itself."),
        (Letter.State.UNKNOWN, "may or may not have arrived", "The line broke at the very end."),
    ):
        number = sum(group.number for group in groups if group.state == state)
        if number:
            letters = "1 letter" if number == 1 else f"{number:,} letters"
            yield Need(
                f"mail:{state}:{number}", LETTERS, now, f"{letters} {title}", why, overview, "See why, and send again"
            )  # fmt: skip


# ---- the money ----
def of_money(_: Collection[str], now: dt.datetime) -> list[Need]:
    """settings.MONEY_NEEDS knows."""
    found: list[Need] = import_string(settings.MONEY_NEEDS)(now=now)
    return found


# ---- the people ----
def of_people(put_off: Collection[str], now: dt.datetime) -> Iterator[Need]:
    yield from _stuck(put_off, now)
    yield from _quiet(put_off, now)


def _stuck(put_off: Collection[str], now: dt.datetime) -> Iterator[Need]:
    """Those who were there last: two queries, which stop at the first few."""
    stuck = Enrolment.objects.stuck(now=now).exclude(pk__in=numbers(put_off, "stuck"))
    found = list(stuck.select_related("user__contact").order_by(F("last_seen_at").desc())[:MOST_STUCK])
    steps = LessonProgress.objects.stuck(now=now).filter(enrolment__in=[one.pk for one in found])
    worst = {step.enrolment_id: step for step in steps.select_related("lesson").order_by("visits")}
    for one in found:
        if not (step := worst.get(one.pk)):
            continue  # done between the two queries
        days = (now - step.first_seen_at).days
        how = f"visited {step.visits} times" if step.visits >= STUCK_VISITS else f"begun {days} days ago"
        yield Need(
            f"stuck:{one.pk}", STUCK, one.last_seen_at or now, f"{one.user.called} is stuck",
            f"“{step.lesson.title}”: {how}, not done.", page_of(one), f"See {one.user.called}",
        )  # fmt: skip


def _quiet(put_off: Collection[str], now: dt.datetime) -> Iterator[Need]:
    quiet = Enrolment.objects.quiet(days=A_WHILE, now=now).filter(last_seen_at__gt=now - LONG_GONE)
    quiet = quiet.exclude(pk__in=numbers(put_off, "quiet")).select_related("user__contact", "last_lesson")
    for one in quiet.order_by(F("last_seen_at").desc())[:MOST]:
        since = one.last_seen_at or now
        at = f"; the last lesson was “{one.last_lesson.title}”" if one.last_lesson else ""
        yield Need(
            f"quiet:{one.pk}", QUIET, since, f"{one.user.called} has gone quiet",
            f"Not in the course for {(now - since).days} days{at}.", page_of(one), f"See {one.user.called}",
        )  # fmt: skip


def page_of(enrolment: Enrolment) -> str:
    return reverse("admin:courses_enrolment_person", args=[enrolment.user.contact_id])


def numbers(put_off: Collection[str], word: str) -> list[int]:
    """The ids in keys like "quiet:42"."""
    begins = f"{word}:"
    return [
        int(key.removeprefix(begins))
        for key in put_off
        if key.startswith(begins) and key.removeprefix(begins).isdecimal()
    ]


SOURCES = [(LETTERS_MAY, of_mail), (MONEY_MAY, of_money), (PEOPLE_MAY, of_people)]


# ---- putting off ----
def snooze(*, user: User, key: str, now: dt.datetime) -> None:
    """Not before a week from now, for this person alone. The second call only moves the week."""
    Snooze.objects.update_or_create(user=user, key=key[:80], defaults={"until": now + SNOOZE})


def wake(*, user: User) -> int:
    """Everything this person put off is shown again; how much. The second call finds nothing."""
    return Snooze.objects.filter(user=user).delete()[0]


def snoozed(user: User, *, now: dt.datetime) -> set[str]:
    return set(Snooze.objects.filter(user=user, until__gt=now).values_list("key", flat=True))
