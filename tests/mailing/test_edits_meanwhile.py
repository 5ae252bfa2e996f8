"""The coach changes a sequence in the very moment in which the planner moves somebody on in it (PostgreSQL)."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from coursesite.lib import together
from mailing import delivery, drip, edits, pauses
from mailing.models import Letter, Run, Sequence, Step
from tests.mailing import hands, scene

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
DAY = dt.timedelta(days=1)


@pytest.fixture
def due(now: dt.datetime) -> dt.datetime:
    """When Ann's second letter is due; she has the first."""
    scene.sequence(0, 1, 2, 3, now=now)
    scene.run(who=scene.contact(now=now), now=now)
    drip.plan(now=now)
    delivery.deliver(now=now)
    at = Run.objects.get().next_due_at
    assert at is not None
    return at


def planned_meanwhile(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch, theirs: Callable[[], object]
) -> None:
    """The planner has read everything and asks the guard; now `theirs` begins, and ends when it can."""
    asked, go, faults = threading.Event(), threading.Event(), list[BaseException]()
    answers = scene.guard_all

    def slow(questions: Any) -> Any:
        asked.set()
        go.wait(5)
        return answers(questions)

    def work(what: Callable[[], object]) -> None:
        try:
            what()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    monkeypatch.setattr(scene, "guard_all", slow)
    planner = threading.Thread(target=work, args=[lambda: drip.plan(now=now)])
    planner.start()
    assert asked.wait(5)
    monkeypatch.setattr(scene, "guard_all", answers)
    coach = threading.Thread(target=work, args=[theirs])
    coach.start()
    coach.join(1)
    go.set()
    planner.join()
    coach.join()
    assert faults == []


def test_who_comes_before_a_letter_that_moves_gets_it_on_its_new_day(
    due: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = Step.objects.select_related("sequence").get(key="a3")
    to = edits.Place(10, third.position)
    planned_meanwhile(due, monkeypatch, lambda: edits.apply(step=third, to=to, now=due))
    run = Run.objects.select_related("next_step").get()
    assert run.next_step is not None
    assert run.next_due_at is not None
    assert run.next_step.key == "a4" or run.next_due_at > due + 8 * DAY


def test_a_letter_saved_at_the_desk_and_the_planner_that_comes_to_it_do_not_wait_for_each_other(
    due: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = Step.objects.select_related("sequence").get(key="a3")
    to = edits.Place(10, third.position)

    @transaction.atomic
    def saved() -> None:
        together.lock(Step, str(third.pk))  # as the form does, before the runs
        edits.apply(step=third, to=to, now=due)

    planned_meanwhile(due, monkeypatch, saved)


def test_who_comes_before_a_letter_that_is_put_in_gets_it(
    due: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Sequence.objects.get()
    planned_meanwhile(due, monkeypatch, lambda: scene.step(course, 9, day=2, now=due, position="2.5"))
    run = Run.objects.select_related("next_step").get()
    assert run.next_step is not None
    assert run.next_step.key == "a9"


def test_a_schedule_that_is_moved_is_moved_from_where_the_planner_left_it(
    due: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_meanwhile(due, monkeypatch, lambda: pauses.shift(source=scene.SOURCE, days=7, now=due))
    run = Run.objects.select_related("next_step").get()
    assert run.next_step is not None
    assert run.next_due_at is not None
    assert (run.next_step.key, run.next_due_at > due + 7 * DAY) == ("a3", True)


def test_a_letter_that_went_is_marked_though_a_long_edit_holds_its_run(due: dt.datetime) -> None:
    drip.plan(now=due)

    def deliver() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 300")  # milliseconds; ten seconds on the site
        delivery.deliver(now=due)

    with transaction.atomic():
        assert len(Run.objects.select_for_update()) == 1
        hands.at_once(1, deliver)
    assert list(Letter.objects.values_list("state", flat=True)) == ["sent", "sent"]
