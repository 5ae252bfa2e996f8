"""A year of letters in some minutes: 1,000 students and 150 visitors through the real planner and the real delivery.

People join, learn, fall silent, come back, finish, ask for their money, move to another zone, go on holiday; the
site is down now and then. The clock is passed in, the mail goes into a sink. Writes docs/year-of-letters.md.
`make simulate-year ARGS=100` for fewer students.
"""

import datetime as dt
import os
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.mail.backends.base import BaseEmailBackend  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from courses import access, minicourse, progress  # noqa: E402
from courses.models import Course, Enrolment, Lesson  # noqa: E402
from coursesite.lib import localtime  # noqa: E402
from mailing import contacts, delivery, drip, gate, optin, pauses, schedule  # noqa: E402
from mailing.models import Contact, Letter, Run, Sequence, Step  # noqa: E402
from tests import factories  # noqa: E402
from tests.courses import letters  # noqa: E402

BEGIN = dt.datetime(2026, 11, 1, 0, 0, tzinfo=dt.UTC)
DAYS, HOUR, DAY = 365, dt.timedelta(hours=1), dt.timedelta(days=1)
ZONES = (
    "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Europe/London", "Asia/Kathmandu", "Asia/Tokyo",
    "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns",
)  # fmt: skip
STAND_INS = {
    "nudges": (Sequence.Kind.NUDGE, (3, 7, 14, 30)),
    "completion": (Sequence.Kind.COMPLETION, (0, 7, 30)),
    "minicourse": (Sequence.Kind.MINICOURSE, (0, 2, 4, 6, 8, 11)),
}
REPORT = Path(settings.BASE_DIR) / "docs" / "year-of-letters.md"
GONE = (Letter.State.SENT, Letter.State.SKIPPED, Letter.State.CANCELLED, Letter.State.EXPIRED)


class Sink(BaseEmailBackend):
    """Takes every mail and remembers its Message-ID."""

    seen: Counter[str] = Counter()

    def send_messages(self, email_messages: Any) -> int:
        for mail in email_messages:
            Sink.seen[str(mail.extra_headers["Message-ID"])] += 1
        return len(email_messages)


@dataclass
class Year:
    """What happened, and what went wrong."""

    dice: random.Random
    events: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    got: dict[int, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))
    diary: dict[int, list[tuple[str, Any]]] = field(default_factory=lambda: defaultdict(list))  # by hour
    stand_ins: list[str] = field(default_factory=list)

    def at(self, day: float, word: str, who: Any) -> None:
        if day < DAYS:
            self.diary[int(day * 24)].append((word, who))


def prepare(year: Year) -> Course:
    call_command("import_content", verbosity=0)
    call_command("import_letters", verbosity=0)
    for slug, (kind, days) in STAND_INS.items():
        if not Step.objects.filter(sequence__slug=slug).exists():
            letters.write(slug, kind, *days, now=BEGIN)
            year.stand_ins.append(slug)
    return Course.objects.published().get()


def student(year: Year, number: int) -> None:
    """One person's year, thrown: when they join, how long they go on, what comes between."""
    dice = year.dice
    user = factories.user(f"s{number}@example.org", name=f"S{number}", time_zone=dice.choice(ZONES))
    joins = dice.uniform(0, 330)
    year.at(joins, "join", user)
    goes_on, day = dice.choice([0, 2, 5, 12, 30, 60, 90]), joins + dice.uniform(0, 1)
    while day < joins + goes_on:
        year.at(day, "learn", user)
        day += dice.choice([0.5, 1, 1, 2, 3, 5])
    if dice.random() < 0.25:  # back after a long silence
        year.at(joins + goes_on + dice.uniform(5, 80), "learn", user)
    if dice.random() < 0.06:
        year.at(joins + dice.uniform(0, 29), "refund", user)
        if dice.random() < 0.3:
            year.at(joins + dice.uniform(30, 60), "join", user)
    if dice.random() < 0.15:
        year.at(joins + dice.uniform(0, 40), "move", user)
    if dice.random() < 0.12:
        year.at(joins + dice.uniform(0, 30), "holiday", user)


def visitor(year: Year, number: int) -> None:
    asks = year.dice.uniform(0, 340)
    user = factories.user(f"v{number}@example.org", time_zone=year.dice.choice(ZONES))
    year.at(asks, "ask", user)
    if year.dice.random() < 0.3:
        year.at(asks + year.dice.uniform(0, 12), "join", user)


def happen(year: Year, course: Course, word: str, user: Any, now: dt.datetime) -> None:
    year.events[word] += 1
    user.contact.refresh_from_db()
    seat = Enrolment.objects.with_access().filter(user=user).select_related("user__contact", "course").first()
    match word:
        case "join":
            access.grant(user=user, course=course, source=f"simulated:{now:%j%H}", now=now)
        case "learn" if seat:
            learn(year, seat, now)
        case "refund" if seat:
            access.end_all(enrolment=seat, reason="refunded", now=now)
        case "move":
            contacts.update(contact=user.contact, time_zone=year.dice.choice(ZONES), now=now)
        case "holiday":
            pauses.pause(contact=user.contact, until=now + year.dice.randrange(3, 15) * DAY, now=now)
        case "ask":
            token = optin.token(user.contact, minicourse.PURPOSE, now=now)
            asked = optin.read(token, now=now)
            if asked:
                minicourse.confirm(asked=asked, now=now)


def learn(year: Year, seat: Enrolment, now: dt.datetime) -> None:
    """A few lessons in their order; some people are quick."""
    todo = (
        Lesson.objects.published()
        .filter(course=seat.course)
        .exclude(progress__in=seat.progress.exclude(done_at=None))
    )
    for lesson in todo.select_related("course").order_by("module__position", "position")[
        : year.dice.randrange(1, 6)
    ]:
        progress.complete(enrolment=seat, lesson=lesson, now=now)


def tick(year: Year, now: dt.datetime) -> None:
    if not drip.due(now).exists() and not gate.waiting(now).exists():
        return
    while drip.plan(now=now):
        pass
    delivery.deliver(now=now)
    fresh = Letter.objects.filter(state=Letter.State.SENT, sent_at__gte=now, run__isnull=False)
    for letter in fresh.select_related("contact", "run", "revision__step"):
        look(year, letter)


def look(year: Year, letter: Letter) -> None:
    """What nobody may ever see: two on a day of theirs, one at night, one during a holiday."""
    contact, at = letter.contact, letter.sent_at
    assert at is not None and letter.run is not None
    zone = contacts.zone_of(contact)
    before = year.got[contact.pk]
    year.faults["two sequence letters on one local day"] += any(
        localtime.local_day(one, zone) == localtime.local_day(at, zone) for one in before[-3:]
    )
    answers_at_once = letter.revision.step.day == 0 and at - letter.run.anchor_at <= schedule.WELCOME
    year.faults["sent in quiet hours"] += schedule.is_quiet(at, zone) and not answers_at_once
    year.faults["sent during a holiday"] += bool(contact.paused_until and at < contact.paused_until)
    before.append(at)


def outages(year: Year) -> list[range]:
    """Hours in which nothing ticks: some short, one of three days."""
    hours = [year.dice.randrange(2, 14) for _ in range(10)] + [72]
    starts = [year.dice.randrange(24 * (DAYS - 10)) for _ in hours]
    return [range(start, start + length) for start, length in zip(starts, hours, strict=True)]


def lost(end: dt.datetime) -> int:
    """Letters that should have gone by now: stuck, failed, or of a run whose time is over."""
    stuck = Letter.objects.exclude(state__in=GONE).filter(created_at__lt=end - 3 * DAY).count()
    overdue = Run.objects.filter(state=Run.State.ACTIVE, next_due_at__lt=end - DAY).count()
    return stuck + overdue + passed_over()


def passed_over() -> int:
    """Steps before a run's place that left no row behind: each must have been sent, skipped or expired."""
    missing = 0
    for sequence in Sequence.objects.exclude(kind=Sequence.Kind.SERVICE):
        steps = list(sequence.steps.filter(archived_at=None, revision__isnull=False).order_by("position"))
        for run in Run.objects.filter(sequence=sequence, generation=1).select_related("next_step"):
            place = run.next_step.position if run.next_step else None
            due = [one for one in steps if place is None or one.position < place]
            if place or run.state == Run.State.DONE:
                missing += len(due) - run.letters.values("revision__step").distinct().count()
    return missing


def report(year: Year, students: int, spent: float, downtimes: list[range]) -> str:
    kinds = Counter(
        Letter.objects.filter(state=Letter.State.SENT).values_list("run__sequence__slug", flat=True)
    )
    states = Counter(Letter.objects.values_list("state", flat=True))
    lines = [
        "# A year of letters",
        "",
        f"Written by `make simulate-year`: {students} students and {students * 15 // 100} visitors, {DAYS} days.",
        f"From {BEGIN:%Y-%m-%d} with a tick an hour on {connection.vendor}; the real planner and the real delivery.",
        f"Down for {sum(len(one) for one in downtimes)} hours in {len(downtimes)} outages, once for three days.",
        f"The run took {spent:.0f} seconds.",
        "",
        f"Stand-ins for letters that are not written yet: {', '.join(year.stand_ins) or 'none'}.",
        "",
        "| What happened | Times |",
        "|---|---|",
        *(f"| {word} | {number} |" for word, number in sorted(year.events.items())),
        "",
        "| Letters sent, by sequence | |",
        "|---|---|",
        *(f"| {slug} | {number} |" for slug, number in sorted(kinds.items(), key=str)),
        "",
        "| Rows of the ledger, by state | |",
        "|---|---|",
        *(f"| {state} | {number} |" for state, number in sorted(states.items())),
        "",
        "| Must be 0 | |",
        "|---|---|",
        *(f"| {word} | {number} |" for word, number in sorted(year.faults.items())),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    settings.EMAIL_BACKEND, settings.IS_PRODUCTION = "tests.mailing.simulate_year.Sink", True
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    begun = time.monotonic()
    year = Year(random.Random(2026))  # noqa: S311  (the same year each time)
    try:
        course = prepare(year)
        for number in range(students):
            student(year, number)
        for number in range(students * 15 // 100):
            visitor(year, number)
        down = outages(year)
        for hour in range(DAYS * 24):
            now = BEGIN + hour * HOUR
            for word, who in year.diary[hour]:
                happen(year, course, word, who, now)
            if not any(hour in one for one in down):
                tick(year, now)
        for day in range(3):
            tick(year, BEGIN + (DAYS + day) * DAY)
        year.faults["mails taken twice"] = sum(number > 1 for number in Sink.seen.values())
        year.faults["mails and rows differ"] = len(Sink.seen) - Letter.objects.filter(state="sent").count()
        year.faults["lost"] = lost(BEGIN + DAYS * DAY)
        year.faults["failed or unknown"] = Letter.objects.filter(state__in=["failed", "unknown"]).count()
        text = report(year, students, time.monotonic() - begun, down)
        print(text)
        REPORT.write_text(text)
        assert Contact.objects.count() >= students
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    return 1 if any(year.faults.values()) else 0


if __name__ == "__main__":
    from tests.mailing import simulate_year  # the sink must be the one that Django makes by its name

    sys.exit(simulate_year.main())
