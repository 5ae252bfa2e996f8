"""Letters to many: ten minutes to call it back, a fixed audience, nobody twice (mail.md scenarios 5, 6, 49, 50)."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings

from mailing import audiences, broadcasts, consent, outbox, switches, tasks, unions
from mailing.models import Broadcast, Consent, Contact, Letter
from tests.mailing import hands, scene

pytestmark = pytest.mark.django_db
S, L = Broadcast.State, Letter.State
MINUTES = dt.timedelta(minutes=1)
WORDS = {"subject": "A day off", "preheader": "", "body": "Hello {first_name},\n\nno calls on Friday.\n"}


def all_of_them(*, now: dt.datetime) -> list[audiences.Audience]:
    """Stands where courses stands: everybody is a student who is not called Gone, and some want news."""
    everybody = Contact.objects.exclude(name="Gone")
    site = f"{settings.SITE_URL}/"
    return [
        audiences.Audience("students", "All students", Consent.Purpose.LESSONS, everybody, site),
        audiences.Audience("news", "Who wants news", Consent.Purpose.NEWS, everybody, site),
    ]


@pytest.fixture(autouse=True)
def wire(settings: Any) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"


def people(number: int, *, now: dt.datetime, since: int = 0) -> list[Contact]:
    return [scene.contact(f"p{one:03}@example.org", now=now) for one in range(since, since + number)]


def written(now: dt.datetime, audience: str = "students") -> Broadcast:
    return broadcasts.create(title="Day off", audience=audience, now=now, **WORDS)


def going(now: dt.datetime, number: int) -> Broadcast:
    """Sent to so many people; the ten minutes are over, nothing is written yet."""
    people(number, now=now)
    broadcast = written(now)
    assert broadcasts.send(broadcast=broadcast, by="ines", now=now) == number
    return broadcast


def stopped_halfway(now: dt.datetime, number: int) -> Broadcast:
    """Eleven minutes later: one portion went out, another was written and stopped."""
    broadcast, later = going(now, number), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    broadcasts.write_portion(broadcast.pk, later)
    outbox.deliver(now=later)
    broadcasts.write_portion(broadcast.pk, later)
    assert broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    return broadcast


def mailed() -> list[str]:
    return sorted(mail["To"] for mail in scene.mails())


def addresses(*numbers: int) -> list[str]:
    return [f"p{number:03}@example.org" for number in numbers]


def run_out(now: dt.datetime) -> None:
    """Ticks until nothing is left to do."""
    for _ in range(20):
        broadcasts.advance(now=now)
        outbox.deliver(now=now)


def test_05_a_restart_in_the_middle_goes_on_with_the_unsent(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch, line: type[scene.Line]
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 3)
    broadcast, later = going(now, 10), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    assert broadcasts.write_portion(broadcast.pk, later) == 3
    line.fault = scene.Killed()  # before the server took it
    with pytest.raises(scene.Killed):
        outbox.deliver(now=later)
    line.fault = None
    for _ in range(3):  # each start finds what the last one left
        run_out(later)
    Letter.objects.filter(state__in=[L.LEASED, L.HANDED]).update(lease_until=later)
    for hours in (1, 2):
        run_out(later + hours * 60 * MINUTES)
    broadcast.refresh_from_db()
    states = broadcasts.tally(broadcast)
    assert states.pop("unwritten") == 0
    assert sum(states.values()) == broadcast.counted == 10
    assert len(mailed()) == len(set(mailed()))  # nobody twice
    assert len(mailed()) + states.get(L.UNKNOWN, 0) == 10  # whom nobody knows about is shown, not lost


def test_05_two_ticks_at_once_write_each_row_once(now: dt.datetime) -> None:
    broadcast, later = going(now, 4), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    broadcasts.write_portion(broadcast.pk, later)
    Broadcast.objects.update(written=0)  # as if the mark were lost
    broadcasts.write_portion(broadcast.pk, later)
    assert Letter.objects.count() == 4


def test_06_stopped_and_sent_to_the_missing_counts_add_up(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 4)
    broadcast, later = stopped_halfway(now, 10), now + 11 * MINUTES
    broadcast.refresh_from_db()
    assert broadcasts.tally(broadcast) == {L.SENT: 4, L.CANCELLED: 4, "unwritten": 2}
    assert mailed() == addresses(0, 1, 2, 3)
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 6
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 0
    run_out(later + 9 * MINUTES)
    assert mailed() == addresses(0, 1, 2, 3)
    run_out(later + 10 * MINUTES)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.counted) == (S.DONE, 10)
    assert broadcasts.tally(broadcast) == {L.SENT: 10, "unwritten": 0}
    assert mailed() == addresses(*range(10))


def test_49_ten_minutes_to_call_it_back(now: dt.datetime) -> None:
    broadcast = going(now, 3)
    run_out(now + 9 * MINUTES)
    assert (mailed(), Letter.objects.count()) == ([], 0)
    assert broadcasts.undo(broadcast=broadcast, now=now + 9 * MINUTES)
    assert not broadcasts.undo(broadcast=broadcast, now=now + 9 * MINUTES)
    run_out(now + 60 * MINUTES)
    assert (mailed(), Letter.objects.count()) == ([], 0)
    broadcasts.send(broadcast=broadcast, by="ines", now=now + 60 * MINUTES)  # and it can be sent after all
    run_out(now + 71 * MINUTES)
    assert mailed() == addresses(0, 1, 2)
    assert not broadcasts.undo(broadcast=broadcast, now=now + 71 * MINUTES)


def test_49_what_goes_to_the_missing_is_called_back_too(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 2)
    broadcast, later = going(now, 3), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    broadcasts.write_portion(broadcast.pk, later)
    broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 3
    assert broadcasts.undo(broadcast=broadcast, now=later + MINUTES)
    run_out(later + 60 * MINUTES)
    broadcast.refresh_from_db()
    assert (mailed(), broadcast.state, broadcast.again) == ([], S.STOPPED, [])
    assert broadcasts.tally(broadcast) == {L.CANCELLED: 2, "unwritten": 1}
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 3  # and sent after all


def test_a_few_get_it_first_and_the_others_when_the_coach_says_so(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 2)
    people(8, now=now)
    broadcast = written(now)
    assert broadcasts.send(broadcast=broadcast, by="ines", now=now, first=3) == 8
    later = now + 10 * MINUTES
    run_out(later)
    broadcast.refresh_from_db()
    assert (broadcast.state, len(mailed())) == (S.TRIED, 3)
    assert broadcasts.tally(broadcast) == {L.SENT: 3, "unwritten": 5}
    assert broadcasts.go_on(broadcast=broadcast, by="ines", now=later) == 5
    assert broadcasts.go_on(broadcast=broadcast, by="ines", now=later) == 0
    assert broadcasts.undo(broadcast=broadcast, now=later + MINUTES)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcasts.tally(broadcast)) == (S.TRIED, {L.SENT: 3, "unwritten": 5})
    assert broadcasts.go_on(broadcast=broadcast, by="ines", now=later) == 5
    run_out(later + 10 * MINUTES)
    broadcast.refresh_from_db()
    assert (broadcast.state, mailed()) == (S.DONE, addresses(*range(8)))


def test_those_who_get_it_first_are_picked_by_chance(now: dt.datetime) -> None:
    people(200, now=now)
    broadcast = written(now)
    broadcasts.send(broadcast=broadcast, by="ines", now=now, first=50)
    chosen = Broadcast.objects.get().chosen
    everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    assert sorted(chosen) == everybody
    assert set(chosen[:50]) != set(everybody[:50])


def test_a_first_letter_that_waits_for_the_morning_goes_while_the_others_are_held(now: dt.datetime) -> None:
    night = now.replace(hour=5)  # midnight in New York
    people(3, now=now)
    broadcast = written(now)
    broadcasts.send(broadcast=broadcast, by="ines", now=night, first=1)
    run_out(night + 10 * MINUTES)
    morning = night.replace(hour=14, minute=1)
    broadcasts.go_on(broadcast=broadcast, by="ines", now=morning)
    run_out(morning)
    assert len(mailed()) == 1
    run_out(morning + 10 * MINUTES)
    assert mailed() == addresses(0, 1, 2)


def test_the_first_are_as_many_as_there_are(now: dt.datetime) -> None:
    people(2, now=now)
    broadcast = written(now)
    broadcasts.send(broadcast=broadcast, by="ines", now=now, first=50)
    run_out(now + 10 * MINUTES)
    broadcast.refresh_from_db()
    assert (broadcast.state, mailed()) == (S.DONE, addresses(0, 1))


def test_stopped_after_the_first_the_others_are_who_missed_it(now: dt.datetime) -> None:
    people(4, now=now)
    broadcast = written(now)
    broadcasts.send(broadcast=broadcast, by="ines", now=now, first=1)
    later = now + 10 * MINUTES
    run_out(later)
    assert broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    assert not broadcasts.go_on(broadcast=broadcast, by="ines", now=later)
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 3
    run_out(later + 10 * MINUTES)
    broadcast.refresh_from_db()
    assert (broadcast.state, mailed()) == (S.DONE, addresses(0, 1, 2, 3))


def test_to_the_missing_goes_to_nobody_who_is_none_of_the_audience_any_more(
    now: dt.datetime,
) -> None:
    """Chosen at first and never reached: whoever left the audience before it went on is not among the missing."""
    everybody = people(4, now=now)
    broadcast = written(now)
    broadcasts.send(broadcast=broadcast, by="ines", now=now, first=1)
    later = now + 10 * MINUTES
    run_out(later)
    assert broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    [first] = mailed()
    left, *stay = [one for one in everybody if one.email != first]
    Contact.objects.filter(pk=left.pk).update(name="Gone")
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 2
    run_out(later + 10 * MINUTES)
    assert mailed() == sorted([first, *(one.email for one in stay)])
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcasts.tally(broadcast)) == (S.DONE, {"sent": 3, "unwritten": 0})


def test_52_who_becomes_one_in_the_ten_minutes_gets_what_they_missed_once(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 2)
    broadcast, later = stopped_halfway(now, 4), now + 11 * MINUTES
    assert mailed() == addresses(0, 1)
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 2
    who = list(Contact.objects.order_by("pk"))
    unions.merge(one=who[2], other=who[3], now=later)
    run_out(later + 10 * MINUTES)
    assert mailed() == addresses(0, 1, 2)


def test_49_stop_leaves_an_exact_list_of_who_got_it(now: dt.datetime, line: type[scene.Line]) -> None:
    broadcast, later = going(now, 5), now + 11 * MINUTES
    broadcasts.advance(now=later)
    line.meanwhile = lambda: broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    outbox.deliver(now=later)
    got = sorted(Letter.objects.filter(state=L.SENT).values_list("address", flat=True))
    assert got == mailed() and len(got) == 1
    assert not broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    outbox.deliver(now=later + 30 * MINUTES)
    assert mailed() == got


@pytest.mark.parametrize(
    ("one", "other", "written", "expected"),
    [
        (0, 1, 0, [0, 2, 3]),  # before anything was written
        (0, 3, 1, [0, 1, 2]),  # the one that stays has its letter, the other not yet
        (1, 0, 1, [0, 2, 3]),
        (0, 1, 2, [0, 2, 3]),  # both have one that waits
    ],
)
def test_52_two_who_become_one_get_it_once(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch, one: int, other: int, written: int, expected: list[int]
) -> None:
    monkeypatch.setattr(broadcasts, "PORTION", 1)
    broadcast, later = going(now, 4), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    for _ in range(written):
        broadcasts.write_portion(broadcast.pk, later)
    both = [Contact.objects.get(email=f"p{number:03}@example.org") for number in (one, other)]
    unions.merge(one=both[0], other=both[1], now=later)
    run_out(later)
    assert mailed() == addresses(*expected)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcasts.tally(broadcast)["unwritten"]) == (S.DONE, 0)


def test_52_two_who_become_one_after_it_was_stopped_get_it_once(now: dt.datetime) -> None:
    broadcast, later = going(now, 3), now + 11 * MINUTES
    Broadcast.objects.update(state=S.SENDING)
    broadcasts.write_portion(broadcast.pk, later)
    broadcasts.stop(broadcast=broadcast, by="ines", now=later)
    one, other, _ = Contact.objects.order_by("pk")
    unions.merge(one=one, other=other, now=later)
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 2
    run_out(later + 10 * MINUTES)
    assert mailed() == addresses(0, 2)


@pytest.mark.django_db(transaction=True)
def test_52_who_becomes_one_while_it_is_written_gets_it_all_the_same(now: dt.datetime) -> None:
    broadcast, later = going(now, 3), now + 11 * MINUTES
    both = list(Contact.objects.order_by("pk")[:2])
    meant = [pk for pk in Broadcast.objects.get().chosen if pk != both[0].pk]
    Broadcast.objects.update(state=S.SENDING, chosen=meant, counted=2)
    hands.meanwhile(
        lambda: unions.merge(one=both[0], other=both[1], now=later),
        lambda: broadcasts.write_portion(broadcast.pk, later),
        lambda: None,
    )
    run_out(later)
    assert mailed() == addresses(0, 2)


def test_sending_twice_is_sending_once(now: dt.datetime) -> None:
    broadcast = going(now, 2)
    assert broadcasts.send(broadcast=broadcast, by="ines", now=now) == 2
    run_out(now + 11 * MINUTES)
    with pytest.raises(broadcasts.Refused):
        broadcasts.send(broadcast=broadcast, by="ines", now=now + 12 * MINUTES)
    assert mailed() == addresses(0, 1)


def test_nobody_in_the_audience_is_said_in_words(now: dt.datetime) -> None:
    with pytest.raises(broadcasts.Refused, match="nobody in this audience"):
        broadcasts.send(broadcast=written(now), by="ines", now=now)


def test_50_who_joins_meanwhile_is_not_included_but_one_click_away(now: dt.datetime) -> None:
    broadcast = going(now, 3)
    people(2, now=now + MINUTES, since=3)
    later = now + 11 * MINUTES
    run_out(later)
    assert mailed() == addresses(0, 1, 2)
    broadcast.refresh_from_db()
    assert list(broadcasts.missing(broadcast=broadcast, now=later)) == list(
        Contact.objects.order_by("pk")[3:]
    )
    assert broadcasts.resend_to_missing(broadcast=broadcast, by="ines", now=later) == 2
    run_out(later + 10 * MINUTES)
    assert mailed() == addresses(*range(5))


def test_news_go_only_to_who_confirmed_and_a_no_at_the_door_counts(now: dt.datetime) -> None:
    ann, ben, cem = people(3, now=now)
    for who in (ann, ben):
        consent.give(contact=who, purpose=Consent.Purpose.NEWS, source="test", now=now)
    broadcast = written(now, audience="news")
    assert broadcasts.send(broadcast=broadcast, by="ines", now=now) == 2
    consent.withdraw(contact=ben, purpose=Consent.Purpose.NEWS, source="test", now=now + MINUTES)
    run_out(now + 11 * MINUTES)
    assert mailed() == [ann.email]
    assert Letter.objects.get(contact=ben).reason == "They turned news and offers off."
    assert cem.pk not in Broadcast.objects.get().chosen


def test_a_notice_to_students_leaves_out_who_turned_lesson_letters_off(now: dt.datetime) -> None:
    ann, ben = people(2, now=now)
    consent.withdraw(contact=ben, purpose=Consent.Purpose.LESSONS, source="test", now=now)
    assert list(audiences.people("students", now=now)) == [ann]


def test_what_was_held_into_the_night_waits_for_the_morning(now: dt.datetime) -> None:
    going(now, 1)
    switches.hold(by="ines", now=now)
    broadcasts.advance(now=now + 11 * MINUTES)
    night = now.replace(hour=5) + dt.timedelta(days=1)  # midnight in New York
    switches.release(by="ines", now=night)
    run_out(night)
    assert mailed() == []
    run_out(night.replace(hour=14, minute=1))
    assert mailed() == addresses(0)


def test_at_night_it_waits_for_the_morning_and_can_be_stopped_by_its_reader(now: dt.datetime) -> None:
    night = now.replace(hour=5)  # midnight in New York
    broadcast = going(night, 1)
    run_out(night + 11 * MINUTES)
    assert mailed() == []
    run_out(night.replace(hour=14, minute=1))
    assert mailed() == addresses(0)
    [mail] = scene.mails()
    assert "/letters/stop/" in mail["List-Unsubscribe"]
    broadcast.refresh_from_db()
    assert broadcast.state == S.DONE


def test_the_tick_sends_it(now: dt.datetime, at_eleven: None) -> None:
    tasks.tick()
    assert mailed() == addresses(0, 1)


@pytest.fixture
def at_eleven(now: dt.datetime) -> None:
    going(now - 11 * MINUTES, 2)
