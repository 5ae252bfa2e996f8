"""Letters about a gift, read as their readers read them."""

import datetime as dt
import re
from typing import Any

import pytest

from courses.models import Course
from mailing import letters
from mailing.models import Letter
from payments import gifts
from payments.models import Gift
from tests.payments import shop
from tests.payments.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(world: World, course: Course, now: dt.datetime) -> Any:
    """Buys a gift with this wish; the letter of that name as it will be read."""

    def made(step: str, **wish: Any) -> letters.Rendered:
        values = {"giver_name": "Gina", "recipient_name": "Ben", "recipient_email": "ben@example.org", **wish}
        shop.paid_order(course, world, now=now, gift=gifts.Wish(**values), email="gina@example.org")
        letter = Letter.objects.select_related("revision__step__sequence", "contact").get(
            revision__step__key=step
        )
        return letters.render(letter, now=now)

    return made


def body(text: str) -> str:
    return text.partition("milder knots; results vary.\n")[2].partition("\n-----")[0].strip()


def test_the_gift_reads_well_as_text(read: Any) -> None:
    rendered = read("gift-for-you", message="Dear Ben,\r\ntry this with me?\n\nYours")
    code = Gift.objects.get().code
    assert rendered.subject == "A gift from Gina"
    assert body(rendered.text).startswith(
        "Hello Ben,\n\n"
        "This is a gift from Gina: Knots In Your Back Gone.\n\n"
        "It is a self-help course for fewer and milder knots beside the shoulder\n"
        "blades, about 10 minutes a day. Results vary.\n\n"
        "The words that came with it:\n“Dear Ben,\ntry this with me?\n\nYours”\n\n"
        f"Your code: {code}\n\n"
        f"See your gift:\nhttp://localhost:8000/gifts/{code}/\n"
    )


def test_the_givers_lines_stand_in_html_too(read: Any) -> None:
    html = read("gift-for-you", message="Dear Ben,\n<b>try</b> this").html
    assert "The words that came with it:<br>\n“Dear Ben,<br>\n&lt;b&gt;try&lt;/b&gt; this”" in html


def test_without_words_nothing_gapes(read: Any) -> None:
    rendered = read("gift-for-you", message="")
    assert "Results vary.\n\nYour code:" in rendered.text
    assert re.findall(r"<p[^>]*>\s*</p>", rendered.html) == []


def test_long_names_and_words_break_no_header_and_no_line_that_can_be_broken(read: Any) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff " * 2 + "Jr"
    rendered = read("gift-for-you", giver_name=name, recipient_name="B" * 80, message="x" * 500)
    assert (rendered.subject, "\n" in rendered.subject) == (f"A gift from {name}", False)
    long = [line for line in body(rendered.text).splitlines() if len(line) > 78]
    assert long == ["B" * 80 + ",", f"“{'x' * 500}”"]


@pytest.mark.parametrize("name", ["{code} {button_url}", "Gina\r\nBcc: all@example.org", "G\x00\u2028ina"])
def test_names_from_wherever_fill_in_nothing_and_break_no_header(read: Any, name: str) -> None:
    subject = read(
        "gift-for-you", giver_name=name.replace("\x00", ""), message=name.replace("\x00", "")
    ).subject
    assert "\n" not in subject and "\r" not in subject
    assert subject == f"A gift from {' '.join(name.replace(chr(0), '').split())}"


def test_names_left_out_are_made_up_for(read: Any) -> None:
    rendered = read("gift-for-you", giver_name="", recipient_name="", message="Hi")
    assert rendered.subject == "A gift from somebody who thinks of you"
    assert "Hello there,\n\nThis is a gift from somebody who thinks of you:" in rendered.text


def test_the_giver_gets_the_code_and_learns_what_happens_next(read: Any) -> None:
    rendered = read("gift-for-giver", send_on=dt.date(2026, 12, 24))
    code = Gift.objects.get().code
    assert f"The code: {code}" in rendered.text and f"http://localhost:8000/gifts/{code}/" in rendered.text
    assert "I’ll write to ben@example.org on December 24, 2026, in the morning." in rendered.text


def test_a_giver_who_passes_it_on_is_told_how(read: Any) -> None:
    rendered = read("gift-for-giver", recipient_email="")
    assert "Pass this code on in your own way" in rendered.text


def test_the_giver_hears_that_it_was_opened(read: Any, ben: Any, now: dt.datetime) -> None:
    read("gift-for-giver")
    gifts.redeem(code=Gift.objects.get().code, user=ben, now=now)
    letter = Letter.objects.get(revision__step__key="gift-redeemed")
    text = letters.render(letter, now=now).text
    assert "Your gift for Ben has been opened: Knots In Your Back Gone." in text
    assert "ben@example.org" not in text
