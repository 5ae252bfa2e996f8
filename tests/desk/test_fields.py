"""What the models keep as lists and tables is typed as plain lines; what does not hold is refused at its field."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms import BaseForm, FileField
from django.test import Client

from courses import fields
from courses.models import (
    Check,
    Course,
    Enrolment,
    Exercise,
    Illustration,
    Lesson,
    LessonProgress,
    Module,
    Page,
    Price,
)

pytestmark = pytest.mark.django_db
NO_PRICE = "Write the price as a number, like 149 or 149.00, with a point and no comma."


def form(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send back of the desk's form at `address` if nothing were touched."""
    return {name: value for part in parts(client.get(address)) for name, value in posted(part)}


def parts(page: Any) -> Iterator[BaseForm]:
    yield page.context["adminform"].form
    for inline in page.context["inline_admin_formsets"]:
        yield inline.formset.management_form
        yield from inline.formset.forms


def posted(part: BaseForm) -> Iterator[tuple[str, Any]]:
    for field in part:
        value = field.value()
        if isinstance(field.field, FileField) or value is None or value is False:
            continue
        text = value.replace("\n", "\r\n") if isinstance(value, str) else value  # as browsers do
        yield field.html_name, "on" if value is True else text


def submit(client: Client, address: str, **changes: Any) -> dict[str, list[str]]:
    """Send the form of `address` back with changes: the faults by field, none when it was taken."""
    page = client.post(address, {**form(client, address), **changes})
    if page.status_code == 302:
        return {}
    return {part.add_prefix(name): list(words) for part in parts(page) for name, words in part.errors.items()}


def change(row: Any) -> str:
    return f"/desk/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


@pytest.fixture
def lesson(knots: Course) -> Lesson:
    return Lesson.objects.get(position=1)


def test_saving_what_was_not_changed_changes_nothing(knots: Course, ines_client: Client) -> None:
    """Also the import must still see each row as it was: equal to the last bit."""
    for model in (Course, Module, Lesson, Exercise, Page):
        before = list(model.objects.order_by("pk").values())
        for row in model.objects.order_by("pk"):
            assert submit(ines_client, change(row)) == {}
        assert list(model.objects.order_by("pk").values()) == before
    assert [check.answers[0] for check in Check.objects.all()] == [
        {"text": "Yes", "right": True},
        {"text": "Yes", "right": False},
    ]


def test_lists_are_typed_one_a_line(knots: Course, ines_client: Client) -> None:
    typed = {"needs": "a ball \n\n a wall", "includes": ""}
    assert submit(ines_client, change(knots), **typed) == {}
    knots.refresh_from_db()
    assert (knots.needs, knots.includes) == (["a ball", "a wall"], [])


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("149.00", "usd", 14900),
        ("149", "USD", 14900),
        ("0", "usd", 0),
        ("0.5", "eur", 50),
        ("1500", "jpy", 1500),
    ],
)
def test_a_price_is_typed_in_whole_currency(
    knots: Course, ines_client: Client, price: str, currency: str, minor: int
) -> None:
    assert submit(ines_client, change(knots), price=price, currency=currency) == {}
    knots.refresh_from_db()
    assert (knots.price_minor, knots.currency) == (minor, currency.lower())
    assert fields.price_minor(fields.price_text(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("price", "currency", "field", "words"),
    [
        (
            "1,490",
            "usd",
            "price",
            "Write the price as a number, like 149 or 149.00, with a point and no comma.",
        ),
        ("-1", "usd", "price", "Write the price as a number, like 149 or 149.00, with a point and no comma."),
        ("1.999", "usd", "price", "USD has 2 decimals."),
        ("1.5", "jpy", "price", "JPY has no decimals."),
        ("", "usd", "price", "This field is required."),
        ("1", "€", "currency", "A currency is three letters, like usd."),
    ],
)
def test_a_price_that_is_none_is_refused(
    knots: Course, ines_client: Client, price: str, currency: str, field: str, words: str
) -> None:
    assert submit(ines_client, change(knots), price=price, currency=currency) == {field: [words]}
    knots.refresh_from_db()
    assert knots.price_minor == 14900


FRIDAY = {"sale_price": "99", "sale_from": "2026-11-27T00:00", "sale_until": "2026-12-04T23:59"}
TOO_LITTLE = "Less than 0.50 USD cannot be charged. Write 0.50 USD or more."
ALL_THREE = "A sale needs all three: its price, its beginning and its end. Or leave all three empty."


def test_a_sale_is_typed_in_whole_currency_and_in_the_sites_own_time(
    knots: Course, ines_client: Client
) -> None:
    assert submit(ines_client, change(knots), **FRIDAY) == {}
    knots.refresh_from_db()
    assert (knots.sale_minor, knots.sale_from, knots.sale_until) == (
        9900,
        dt.datetime(2026, 11, 27, 5, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 5, 4, 59, tzinfo=dt.UTC),
    )
    seconds = knots.sale_until + dt.timedelta(seconds=59)
    Course.objects.update(sale_until=seconds)
    assert submit(ines_client, change(knots), title="Saved for something else") == {}
    knots.refresh_from_db()
    assert knots.sale_until == seconds
    assert submit(ines_client, change(knots), **dict.fromkeys(FRIDAY, "")) == {}
    knots.refresh_from_db()
    assert (knots.sale_minor, knots.sale_from, knots.sale_until) == (None, None, None)


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"sale_price": ""}, {"sale_price": [ALL_THREE]}),
        ({"sale_from": "", "sale_until": ""}, {"sale_from": [ALL_THREE], "sale_until": [ALL_THREE]}),
        ({"sale_price": "149"}, {"sale_price": ["A sale price is lower than the price."]}),
        ({"sale_until": "2026-11-26T23:59"}, {"sale_until": ["The sale must end after it begins."]}),
        ({"sale_until": "tomorrow"}, {"sale_until": ["Write it like 2026-12-04 23:59."]}),
        ({"sale_price": "9,90"}, {"sale_price": [NO_PRICE]}),
        ({"sale_price": "0.49"}, {"sale_price": [TOO_LITTLE]}),
    ],
)
def test_a_sale_that_is_none_is_refused_at_its_field(
    knots: Course, ines_client: Client, typed: dict[str, str], faults: dict[str, list[str]]
) -> None:
    assert submit(ines_client, change(knots), **{**FRIDAY, **typed}) == faults
    knots.refresh_from_db()
    assert knots.sale_minor is None


def way(**typed: str) -> dict[str, str]:
    """A second way to pay in the course's form."""
    values = {
        "position": "1", "title": "Three monthly payments", "key": "three", "payments": "3", "each": "52",
        "offered": "on",
    }  # fmt: skip
    return {
        "prices-TOTAL_FORMS": "1",
        **{f"prices-0-{name}": text for name, text in (values | typed).items()},
    }


def test_another_way_to_pay_is_typed_in_whole_currency_and_taken_back_but_never_deleted(
    knots: Course, ines_client: Client
) -> None:
    assert submit(ines_client, change(knots), **way()) == {}
    price = Price.objects.get()
    assert (price.payments, price.amount_minor, price.archived_at) == (3, 5200, None)
    assert form(ines_client, change(knots))["prices-0-each"] == "52.00"
    assert "prices-0-DELETE" not in ines_client.get(change(knots)).content.decode()
    before = list(Price.objects.values())
    assert submit(ines_client, change(knots)) == {}
    assert list(Price.objects.values()) == before
    typed = {**form(ines_client, change(knots))}
    typed.pop("prices-0-offered")
    for _ in range(2):
        assert ines_client.post(change(knots), typed).status_code == 302
        price.refresh_from_db()
        assert price.archived_at is not None and price.amount_minor == 5200


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"each": "0"}, "each", "A payment is more than 0. To give the course away, make its own price 0."),
        ({"each": "52,00"}, "each", NO_PRICE),
        ({"each": "0.49"}, "each", TOO_LITTLE),
        ({"payments": "25"}, "payments", "Ensure this value is less than or equal to 24."),
        ({"payments": "0"}, "payments", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_a_way_to_pay_that_is_none_is_refused_at_its_field(
    knots: Course, ines_client: Client, typed: dict[str, str], field: str, words: str
) -> None:
    assert submit(ines_client, change(knots), **way(**typed)) == {f"prices-0-{field}": [words]}
    assert Price.objects.count() == 0


def test_a_dose_is_typed_in_words_and_in_lines(knots: Course, ines_client: Client) -> None:
    card = Exercise.objects.get()
    assert form(ines_client, change(card))["dose_numbers"] == "hold seconds: 2-3\r\nsides: 1"
    typed = {"dose_text": "3 times", "dose_numbers": "Hold_seconds: 5\nsets: 2 to 3\n\nsides: 2\n"}
    assert submit(ines_client, change(card), **typed) == {}
    card.refresh_from_db()
    assert card.dose == {"text": "3 times", "hold_seconds": [5, 5], "sets": [2, 3], "sides": 2}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sets: many", "“sets: many”: after the colon comes a number, or two like 2-3."),
        ("sets", "“sets”: after the colon comes a number, or two like 2-3."),
        ("sets: 3-2", "“sets: 3-2”: the smaller number comes first."),
    ],
)
def test_a_dose_that_a_timer_cannot_use_is_refused_and_kept_on_the_page(
    knots: Course, ines_client: Client, line: str, words: str
) -> None:
    card = Exercise.objects.get()
    faults = submit(ines_client, change(card), dose_numbers=line, start="Typed for long.")
    assert faults == {"dose_numbers": [words]}
    answer = ines_client.post(change(card), {"dose_numbers": line, "start": "Typed for long."})
    assert f"{line}</textarea>" in answer.content.decode()
    assert "Typed for long.</textarea>" in answer.content.decode()


def test_a_dose_names_what_it_knows() -> None:
    with pytest.raises(ValidationError, match="“reps: 2”: reps is not one of seconds, hold seconds, "):
        fields.DoseField().clean("reps: 2")


def test_sources_and_answers_come_back_as_they_were_typed(lesson: Lesson, ines_client: Client) -> None:
    found = form(ines_client, change(lesson))
    assert found["sources"] == "MAYO, CC | A page for patients.\r\nKnown for long."
    assert found["checks-0-answers"] == "* Yes\r\nNo"
    typed = {"checks-0-answers": "No\n* Yes, slowly\nNever", "sources": "NHS | Page: of 2024"}
    assert submit(ines_client, change(lesson), **typed) == {}
    lesson.refresh_from_db()
    assert lesson.sources == [{"code": "NHS", "text": "Page: of 2024"}]
    assert lesson.checks.all()[0].answers == [
        {"text": "No", "right": False},
        {"text": "Yes, slowly", "right": True},
        {"text": "Never", "right": False},
    ]


@pytest.mark.parametrize(
    ("moved", "left"),
    [
        ({"checks-0-position": "2", "checks-1-position": "1"}, ["2", "1"]),
        ({"checks-0-position": "3", "checks-1-position": "4"}, ["1", "2"]),
        ({"checks-0-position": "2", "checks-1-position": "3"}, ["1", "2"]),
        ({"checks-0-position": "2", "checks-1-DELETE": "on", "body": "Words."}, ["1"]),
    ],
)
def test_self_checks_change_places_in_one_saving(
    lesson: Lesson, ines_client: Client, moved: dict[str, str], left: list[str]
) -> None:
    for number, one in enumerate(lesson.checks.all(), 1):
        lesson.checks.filter(pk=one.pk).update(question=str(number), position=number)
    assert submit(ines_client, change(lesson), **moved) == {}
    assert list(lesson.checks.order_by("position").values_list("question", flat=True)) == left


def test_two_self_checks_have_no_place_in_common(lesson: Lesson, ines_client: Client) -> None:
    assert submit(ines_client, change(lesson), **{"checks-0-position": "2"}) == {
        "checks-1-__all__": ["Please correct the duplicate values below."]
    }


@pytest.mark.parametrize("answers", ["* Yes\n* No", "Yes\nNo"])
def test_two_right_answers_or_none_are_refused(lesson: Lesson, ines_client: Client, answers: str) -> None:
    assert submit(ines_client, change(lesson), **{"checks-0-answers": answers}) == {
        "checks-0-answers": ["Begin exactly one answer with a star: that is the right one."]
    }


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("::exercise e99", "::exercise e99 points at no exercise of this course."),
        ("::figure nowhere", "::figure nowhere points at no drawing of this course."),
        ("::check 3", "::check 3 points at no question: this lesson has 2."),
        (
            "::exercice e03",
            "“::exercice e03” is not understood. Write it like ::exercise e03, alone on its line.",
        ),
        ("Call {nobody}.", "{nobody} is not a word this site fills."),
    ],
)
def test_a_text_that_points_at_nothing_is_refused(
    lesson: Lesson, ines_client: Client, body: str, fault: str
) -> None:
    assert submit(ines_client, change(lesson), body=f"Words.\n\n{body}\n") == {"body": [fault]}


def test_text_and_question_may_be_changed_together(lesson: Lesson, ines_client: Client) -> None:
    gone = {"checks-1-DELETE": "on", "body": "::check 1\n\n::check 2\n"}
    fault = "::check 2 points at no question: this lesson has 1."
    assert submit(ines_client, change(lesson), **gone) == {"body": [fault]}
    assert submit(ines_client, change(lesson), **{**gone, "body": "::check 1\n"}) == {}
    assert lesson.checks.count() == 1


def test_a_drawing_still_on_its_way_does_not_stop_the_author(lesson: Lesson, ines_client: Client) -> None:
    Illustration.objects.get(name="spine").delete()
    assert submit(ines_client, change(lesson), goal="A new goal") == {}


def test_the_key_of_a_lesson_that_was_begun_stays(
    lesson: Lesson, seat: Enrolment, at: Any, ines_client: Client
) -> None:
    assert submit(ines_client, change(lesson), key="1.9") == {}
    LessonProgress.objects.create(enrolment=seat, lesson=lesson, first_seen_at=at, last_seen_at=at)
    fault = "Students have begun this, so its key must stay “1.9”."
    assert submit(ines_client, change(lesson), key="2.0") == {"key": [fault]}
    fault = "Students have begun this, so its key must stay “m1”."
    assert submit(ines_client, change(lesson.module), key="m9") == {"key": [fault]}


def test_a_drawing_in_use_is_not_deleted(knots: Course, ines_client: Client) -> None:
    spare = Illustration.objects.create(course=knots, name="spare", svg="<svg/>")
    for name in ("e03", "spine"):
        used = Illustration.objects.get(name=name)
        address = f"/desk/courses/illustration/{used.pk}/delete/"
        assert ines_client.post(address, {"post": "yes"}).status_code == 403
    ines_client.post(f"/desk/courses/illustration/{spare.pk}/delete/", {"post": "yes"})
    assert list(Illustration.objects.values_list("name", flat=True)) == ["e03", "spine"]
