"""The desk's pages about letters in a real browser: phone and desktop, light and dark, without one complaint."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from mailing import broadcasts, switches
from mailing.models import Broadcast, Contact, Letter, Sequence, Step
from tests.browser import DESKTOP, PHONE, axe, faults, overflows, two_looks
from tests.desk import letters
from tests.mailing import scene, test_broadcasts

pytestmark = [
    pytest.mark.anywhere,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("guard"),
]


@pytest.fixture
def guard(settings: Any) -> None:
    """Letters are looked at without the floor above, as in tests/mailing."""
    settings.LETTER_GUARD = "tests.mailing.scene.guard_all"
    scene.answers.clear()


@pytest.fixture
def course(guard: None, at: dt.datetime) -> Sequence:
    return letters.everything(now=at)


def addresses(course: Sequence, many: Broadcast) -> list[str]:
    step = Step.objects.get(key="a2")
    person, berta = (Contact.objects.get(email=f"{name}@example.org") for name in ("reader", "berta"))
    mailing = "/desk/mailing"
    left = step.places.create(day=7, position=1, subject_of="1.9", until=many.created_at)
    return [
        "/desk/",
        f"{mailing}/letter/overview/",
        *(f"{mailing}/letter/{page}/" for page in ("hold", "daily", "names")),
        f"{mailing}/letter/again/?state=failed&kind=receipt&reason=The+mail+server+answered+550+5.1.1",
        *(f"{mailing}/{model}/" for model in ("sequence", "step", "letter", "run", "contact", "broadcast")),
        *(f"{mailing}/sequence/{course.pk}/{page}/" for page in ("letters", "pause", "wake", "change")),
        f"{mailing}/sequence/{course.pk}/begin/?how=spread&days=3",
        *(f"{mailing}/step/{step.pk}/{page}/" for page in ("look", "versions", "archive", "change", "reach")),
        f"{mailing}/step/{step.pk}/place/{left.pk}/",
        f"{mailing}/sequence/{course.pk}/change/?send_at=07:00&days=1",
        f"{mailing}/step/{step.pk}/look/?contact={person.pk}&width=phone&light=dark&pictures=off&who=ber",
        f"{mailing}/contact/{person.pk}/letters/",
        f"{mailing}/contact/{person.pk}/merge/?q=ber",
        f"{mailing}/contact/{person.pk}/merge/?other={berta.pk}",
        f"{mailing}/run/days/",
        f"{mailing}/broadcast/add/",
        *(f"{mailing}/broadcast/{many.pk}/{page}/" for page in ("sheet", "send", "people", "change")),
    ]


def test_no_page_about_letters_gives_cause_to_complain(
    browser_page: Any, course: Sequence, ines: User, at: dt.datetime
) -> None:
    switches.hold(by="ines@example.org", now=at)
    many = letters.to_many(now=at)
    page = browser_page(user=ines)
    found = []
    for turn, address in enumerate(addresses(course, many)):
        assert page.goto(address).status == 200, address
        found += [f"{address} {fault}" for fault in faults(page, two_looks(turn))]
    assert found == []


@pytest.mark.parametrize(("size", "javascript"), [(PHONE, True), (DESKTOP, False)])
def test_a_letter_to_many_is_written_sent_and_called_back(
    browser_page: Any, course: Sequence, ines: User, settings: Any, size: Any, javascript: bool
) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    page = browser_page(size=size, user=ines, javascript=javascript)
    page.goto("/desk/mailing/broadcast/add/")
    page.get_by_label("Subject").fill("A day off")
    page.get_by_label("Body").fill("Hello {first_name}, no calls on Friday.")
    page.get_by_label("Name for yourself").fill("Day off")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Nobody has got it yet", exact=True).wait_for()
    page.get_by_role("link", name="Send it …").click()
    page.get_by_role("button", name="Send to").click()
    page.get_by_text("Until then you can undo it.").wait_for()
    if javascript:
        assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("it is a draft again").wait_for()
    assert [one.state for one in Broadcast.objects.all()] == ["draft"]


def test_the_impact_is_shown_before_a_day_changes_and_a_click_applies_it(
    browser_page: Any, course: Sequence, ines: User
) -> None:
    step = Step.objects.get(key="a3")
    page = browser_page(size=PHONE, user=ines)
    page.goto(f"/desk/mailing/step/{step.pk}/change/")
    page.get_by_label("Days after joining").fill("5")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Whom this touches").wait_for()
    page.get_by_text("1 person: the next letter comes 2 days later.").wait_for()
    assert (axe(page), overflows(page)) == ([], False)
    step.refresh_from_db()
    assert step.day == 3
    page.get_by_role("button", name="Save it").click()
    page.get_by_text("Saved: Letter 3").wait_for()
    step.refresh_from_db()
    assert step.day == 5


def test_the_first_have_a_letter_to_many_and_the_others_get_it_by_keyboard(
    browser_page: Any, course: Sequence, ines: User, settings: Any, at: dt.datetime
) -> None:
    settings.LETTER_AUDIENCE = "tests.mailing.test_broadcasts.all_of_them"
    many = letters.to_many(now=at, audience="students")
    test_broadcasts.people(120, now=at)
    page = browser_page(size=PHONE, user=ines, dark=True)
    page.goto(f"/desk/mailing/broadcast/{many.pk}/send/")
    page.get_by_label("50 of them, picked by chance").check()
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Send to").click()
    page.get_by_text("It goes to 50 people in ten minutes.").wait_for()
    test_broadcasts.run_out(at + dt.timedelta(minutes=11))
    page.reload()
    page.get_by_role("heading", name="The first 50 have it").wait_for()
    assert (axe(page), overflows(page)) == ([], False)
    page.get_by_role("button", name="Send it to the other").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="more").wait_for()
    many.refresh_from_db()
    assert (many.state, many.before_hold) == (Broadcast.State.HELD, Broadcast.State.TRIED)


def test_trouble_is_one_press_away(browser_page: Any, course: Sequence, ines: User) -> None:
    page = browser_page(size=PHONE, user=ines, dark=True)
    page.goto("/desk/mailing/letter/overview/")
    page.get_by_text("There is no such address.").wait_for()
    page.get_by_role("link", name="Send 1 letter again …").last.click()
    page.get_by_role("button", name="Send 1 letter again").click()
    page.get_by_text("1 letter queued again.").wait_for()
    assert Letter.objects.filter(state="queued", reason="Queued again by hand.").count() == 1


def test_all_mail_is_held_and_let_go(browser_page: Any, course: Sequence, ines: User) -> None:
    page = browser_page(user=ines, javascript=False)
    page.goto("/desk/mailing/letter/overview/")
    page.get_by_role("link", name="Hold all mail …").click()
    page.get_by_role("button", name="Hold all mail").click()
    page.get_by_text("All mail is held by ines@example.org").wait_for()
    page.goto("/desk/courses/")
    page.get_by_role("link", name="Let mail go again …").click()
    page.get_by_role("button", name="Let mail go again").click()
    page.get_by_text("Mail goes out again").wait_for()
    assert not switches.is_on(switches.HOLD)


def test_sending_is_refused_in_words_when_there_is_nobody(
    browser_page: Any, course: Sequence, ines: User, at: dt.datetime
) -> None:
    many = letters.to_many(now=at)
    page = browser_page(user=ines)
    page.goto(f"/desk/mailing/broadcast/{many.pk}/send/")
    page.get_by_role("button", name="Send to 0 people").click()
    page.get_by_text("There is nobody in this audience").wait_for()
    assert broadcasts.tally(many) == {"unwritten": 0}
