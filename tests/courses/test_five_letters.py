"""The mini-course for visitors: asked for, confirmed, stopped, ended by joining."""

import datetime as dt
import re

import pytest
from django.test import Client

from accounts.models import User
from courses import access, minicourse
from courses.models import Course
from coursesite.lib import clock
from mailing import choices, consent, optin, suppression
from mailing.models import Consent, Contact, Letter, Run, Step
from tests import factories
from tests.courses import letters
from tests.courses.letters import DAY, live, sent, tick
from tests.mailing import scene

pytestmark = pytest.mark.django_db
PAGE = "/five-letters/"
ALREADY = "You get these letters already"


@pytest.fixture
def knots(now: dt.datetime) -> Course:
    made = factories.small_course(days=(0, 1, 3))
    letters.all_kinds(now)
    return made


def post(email: str, client: Client | None = None) -> str:
    answer = (client or Client()).post(PAGE, {"email": email}, follow=True)
    return f"{answer.status_code} {answer.request['PATH_INFO']}"


def link() -> str:
    found = re.search(
        r"/five-letters/yes/[^/\s]+/", str(scene.mails()[-1].get_body(("plain",)).get_content())
    )  # type: ignore[union-attr]
    assert found
    return found[0]


def words(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def test_without_letters_there_is_no_page(db: None) -> None:
    assert Client().get(PAGE).status_code == 404


def test_the_page_and_the_sales_page_have_the_form(knots: Course) -> None:
    assert "Each letter takes one everyday reason" in words(Client().get(PAGE))
    assert 'action="/five-letters/"' in Client().get("/courses/knots/").content.decode()


def test_a_wrong_address_is_told(knots: Course) -> None:
    assert "it should look like ann@example.org" in words(Client().post(PAGE, {"email": "ann"}))
    assert Letter.objects.count() == 0


def test_29_a_look_at_the_link_confirms_nothing_and_the_button_does(knots: Course, now: dt.datetime) -> None:
    assert post("vera@example.org") == "200 /five-letters/asked/"
    tick(clock.now())
    assert scene.got() == ["Was that you?"]
    for _ in range(3):
        assert "Yes, send them" in words(Client().get(link()))
    assert Consent.objects.get().state == Consent.State.PENDING
    assert "on its way" in words(Client().post(link()))
    assert Consent.objects.get().state == Consent.State.CONFIRMED
    tick(clock.now())
    assert scene.got() == ["Was that you?", "minicourse 1"]


def test_30_one_confirmation_in_a_quarter_of_an_hour_and_three_a_day(knots: Course, now: dt.datetime) -> None:
    asked = [
        minicourse.ask(email="vera@example.org", now=now + dt.timedelta(minutes=5 * number))
        for number in range(48)
    ]
    assert [number for number, one in enumerate(asked) if one] == [0, 3, 6]
    assert minicourse.ask(email="Vera@example.org", now=now + dt.timedelta(hours=25)) is True


def test_30_many_posts_from_one_place_are_too_many(knots: Course) -> None:
    answers = [Client().post(PAGE, {"email": f"v{number}@example.org"}).status_code for number in range(12)]
    assert answers == [302] * 10 + [429] * 2


def test_31_confirmed_twice_is_a_friendly_nothing(knots: Course, now: dt.datetime) -> None:
    post("vera@example.org")
    tick(clock.now())
    answers = [Client().post(link()), Client().post(link()), Client().get(link())]
    first = "The first letter is on its way"
    assert [[text in words(one) for text in (first, ALREADY)] for one in answers] == [
        [True, False], [False, True], [False, True],
    ]  # fmt: skip
    assert Run.objects.count() == 1


def test_31_a_link_of_a_month_ago_offers_a_new_one(knots: Course, now: dt.datetime) -> None:
    post("vera@example.org")
    tick(clock.now())
    old = link()
    clock.move_to(now + 31 * DAY)
    assert "too old" in words(Client().get(old))
    assert Run.objects.count() == 0
    assert Client().post(old).status_code == 302
    tick(clock.now() + dt.timedelta(minutes=1))
    assert "Yes, send them" in words(Client().get(link()))


def test_31_the_old_letter_starts_nothing_again_after_a_no(knots: Course, now: dt.datetime) -> None:
    post("vera@example.org")
    tick(clock.now())
    old = link()
    Client().post(old)
    who = Contact.objects.get(email_key="vera@example.org")
    consent.withdraw(
        contact=who,
        purpose=Consent.Purpose.MINICOURSE,
        source="link",
        now=clock.now() + dt.timedelta(seconds=1),
    )
    assert "until you turned these letters off" in words(Client().get(old))
    assert Client().post(old, follow=True).request["PATH_INFO"] == "/five-letters/asked/"
    assert (Consent.objects.get().state, Run.objects.count()) == (Consent.State.WITHDRAWN, 1)


def asked_anew(email: str) -> list[str]:
    """What the page behind a new link says: before the button, after it, and when it is opened again."""
    post(email)
    tick(clock.now())
    url = link()
    return [words(answer) for answer in (Client().get(url), Client().post(url), Client().get(url))]


def test_31_who_stopped_them_and_says_yes_again_is_told_when_the_next_one_comes(
    knots: Course, now: dt.datetime
) -> None:
    confirmed("vera@example.org", now)
    tick(now)
    vera = Contact.objects.get(email_key="vera@example.org")
    consent.withdraw(contact=vera, purpose=Consent.Purpose.MINICOURSE, source="link", now=now)
    clock.move_to(now + dt.timedelta(hours=1))
    question, said, later = asked_anew("vera@example.org")
    assert ("Send me the five letters?" in question, ALREADY in later) == (True, True)
    assert "They begin where they stopped: the next one comes on November 22." in said
    live(clock.now(), days=2)
    assert sent("vera@example.org") == [("11-20 15", "minicourse 1"), ("11-22 14", "minicourse 2")]


def test_31_who_had_them_all_is_told_that_nothing_new_comes(knots: Course, now: dt.datetime) -> None:
    confirmed("vera@example.org", now)
    vera = Contact.objects.get(email_key="vera@example.org")
    choose = f"/letters/choose/{consent.token(vera, Consent.Purpose.MINICOURSE)}/"
    assert "The five free letters" in words(Client().get(choose))
    live(now, days=6)
    assert "The five free letters" not in words(Client().get(choose))
    clock.move_to(now + 6 * DAY)
    assert ["You’ve had these letters" in page for page in asked_anew("vera@example.org")] == [True] * 3
    consent.withdraw(contact=vera, purpose=Consent.Purpose.MINICOURSE, source="link", now=clock.now())
    clock.move_to(now + 7 * DAY)
    pages = asked_anew("vera@example.org")
    assert ["You’ve had these letters" in page for page in pages] == [False, True, True]
    before = len(sent("vera@example.org"))
    live(clock.now(), days=6)
    assert len(sent("vera@example.org")) == before


def test_31_what_nobody_confirmed_is_forgotten(knots: Course, ben: User, now: dt.datetime) -> None:
    for email in ("vera@example.org", "ben@example.org"):
        minicourse.ask(email=email, now=now)
    tick(now)
    assert minicourse.forget_unconfirmed(now=now + 30 * DAY) == 0
    assert minicourse.forget_unconfirmed(now=now + 31 * DAY) == 2
    assert minicourse.forget_unconfirmed(now=now + 31 * DAY) == 0
    assert not Contact.objects.filter(email_key="vera@example.org").exists()
    assert not Letter.objects.filter(address="vera@example.org").exists()
    assert Contact.objects.get(pk=ben.contact_id).email == "ben@example.org"


def test_32_a_students_address_is_treated_like_any_other(knots: Course, ann: User, now: dt.datetime) -> None:
    access.grant(user=ann, course=knots, source="free", now=now)
    assert post("ann@example.org") == post("vera@example.org") == "200 /five-letters/asked/"
    assert User.objects.count() == 1
    tick(clock.now())
    assert sorted(mail["To"] for mail in scene.mails() if mail["Subject"] == "Was that you?") == [
        "ann@example.org",
        "vera@example.org",
    ]
    token = optin.token(ann.contact, Consent.Purpose.MINICOURSE, now=now)
    assert "in the course already" in words(Client().post(f"/five-letters/yes/{token}/"))
    assert not Run.objects.filter(sequence__slug="minicourse").exists()


def confirmed(email: str, now: dt.datetime) -> None:
    minicourse.ask(email=email, now=now)
    contact = Contact.objects.get(email_key=email)
    asked = optin.read(optin.token(contact, Consent.Purpose.MINICOURSE, now=now), now=now)
    assert asked is not None
    assert minicourse.confirm(asked=asked, now=now) is True


def test_five_letters_come_every_other_day(knots: Course, now: dt.datetime) -> None:
    confirmed("vera@example.org", now)
    live(now, days=12)
    assert sent("vera@example.org") == [
        ("11-20 15", "minicourse 1"),
        ("11-22 14", "minicourse 2"),
        ("11-24 14", "minicourse 3"),
    ]


@pytest.mark.parametrize(("day", "welcome"), [(1, ("11-21 18", "course 1")), (2, ("11-23 14", "course 1"))])
def test_33_buying_ends_the_mini_course_and_brings_one_letter_that_day(
    knots: Course, ann: User, now: dt.datetime, day: int, welcome: tuple[str, str]
) -> None:
    """On the third day the mini-course wrote in the morning already: the welcome waits for the next one."""
    confirmed("ann@example.org", now)
    moment = live(now, days=day) + dt.timedelta(hours=3)
    access.grant(user=ann, course=knots, source="order-line:1", now=moment)
    live(moment, days=5)
    got = sent("ann@example.org")
    assert next(one for one in got if one[1].startswith("course")) == welcome
    assert len({at[:5] for at, _ in got}) == len(got)
    assert Run.objects.get(sequence__slug="minicourse").state == Run.State.CANCELLED


def test_who_stops_the_five_letters_gets_none_more(knots: Course, now: dt.datetime) -> None:
    confirmed("vera@example.org", now)
    tick(now)
    vera = Contact.objects.get(email_key="vera@example.org")
    consent.withdraw(contact=vera, purpose=Consent.Purpose.MINICOURSE, source="test", now=now)
    live(now, days=6)
    assert sent("vera@example.org") == [("11-20 15", "minicourse 1")]


def test_who_stopped_them_by_a_slip_is_led_to_where_they_are_asked_for(
    knots: Course, now: dt.datetime
) -> None:
    confirmed("vera@example.org", now)
    word = consent.token(Contact.objects.get(email_key="vera@example.org"), Consent.Purpose.MINICOURSE)
    stop, choose = f"/letters/stop/{word}/", f"/letters/choose/{word}/"
    again = f'<a href="{PAGE}">Ask for them again</a>'
    assert [again in Client().get(page).content.decode() for page in (stop, choose)] == [False, False]
    stopped = Client().post(stop).content.decode()
    assert ("Was that a slip? " + again in stopped, again in Client().get(choose).content.decode()) == (
        True,
        True,
    )
    Step.objects.filter(sequence__slug="minicourse").update(archived_at=now)
    assert [again in Client().get(page).content.decode() for page in (stop, choose)] == [False, False]


def test_who_complained_is_not_led_to_ask_for_what_would_not_come(knots: Course, now: dt.datetime) -> None:
    confirmed("vera@example.org", now)
    vera = Contact.objects.get(email_key="vera@example.org")
    consent.withdraw(contact=vera, purpose=Consent.Purpose.MINICOURSE, source="spam", now=now)
    suppression.put(email=vera.email, scope="sequences", reason="complaint", now=now)
    word = consent.token(vera, Consent.Purpose.MINICOURSE)
    pages = [
        Client().get(page).content.decode() for page in (f"/letters/stop/{word}/", f"/letters/choose/{word}/")
    ]
    assert ["Ask for them again" in page for page in pages] == [False, False]


def test_the_letters_carry_the_ways_to_stop(knots: Course, now: dt.datetime) -> None:
    confirmed("vera@example.org", now)
    tick(now)
    mail = scene.mails()[-1]
    assert mail["List-Id"] == "<minicourse.localhost>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = str(mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "because you asked" in body and "Stop these letters:" in body


def test_who_says_yes_during_a_break_is_told_that_the_letters_come_after_it(
    knots: Course, now: dt.datetime
) -> None:
    post("vera@example.org")
    tick(clock.now())
    vera = Contact.objects.get(email_key="vera@example.org")
    choices.pause(contact=vera, until=now + 7 * DAY, now=now)
    for answer in (Client().post(link()), Client().get(link())):
        assert "You asked for a break until November 27: the five letters come after it." in words(answer)
        assert "on its way" not in words(answer)
    live(clock.now(), days=3)
    assert scene.got() == ["Was that you?"]
    sooner = consent.token(vera, Consent.Purpose.MINICOURSE)
    assert f'"/letters/choose/{sooner}/"' in Client().get(link()).content.decode()
    Client().post(f"/letters/choose/{sooner}/", {"do": "resume"})
    tick(clock.now())
    assert scene.got() == ["Was that you?", "minicourse 1"]
