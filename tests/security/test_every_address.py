"""Who sees what at every address there is: strangers, other students, and each role at the desk.

The rule instead of a list: what is Ann's carries words of its own (canaries), and so do a closed lesson's text, its
files, a draft, and money. Whoever has no right to them must never get them in an answer, whatever address is asked in
whatever way, and must not write to a table that is none of theirs.
"""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from PIL import Image

from accounts import roles
from accounts.models import User
from courses import access, pictures
from courses.models import Course, Enrolment, Illustration, Lesson, Material, Page
from coursesite.lib import desk_log, photos
from mailing import broadcasts, consent, drip, suppression
from mailing.models import Broadcast, Consent, StepPlace, Suppression
from payments.models import Order, Receipt
from tests import factories
from tests.conftest import signed_in
from tests.desk import money
from tests.desk.conftest import knots  # noqa: F401
from tests.payments import shop
from tests.payments.world import World
from tests.security.every_address import Address, Answer, Town, ask, models_of_the_desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service_letters")]
PERSON = "kanarin"  # in Ann's name, address, and the reasons written down about her
LESSON, DRAFT, FILE = "canary of a closed lesson", "canary of a draft", "canary in a file"
COUPON = "CANARYCODE"
CONTENT = {
    "courses_course", "courses_section", "courses_question", "courses_price", "courses_module", "courses_lesson",
    "courses_check", "courses_material", "courses_exercise", "courses_illustration", "courses_page", "mailing_step",
    "mailing_steprevision", "mailing_broadcast", "mailing_switch",
}  # fmt: skip
ACCOUNTS = {"accounts_user_groups", "accounts_user_user_permissions", "auth_group", "auth_group_permissions"}


def is_forbidden_to_assistants(table: str) -> bool:
    return table in CONTENT | ACCOUNTS or table.startswith("payments_")


@pytest.fixture
def kanarin(db: None) -> User:
    return factories.user("kanarin@example.org", name="Ann Kanarin")


@pytest.fixture
def town(world: World, knots: Course, kanarin: User, ines: User, now: dt.datetime) -> Town:  # noqa: F811
    """Everything there can be, Ann's part of it marked."""
    furnish(knots)
    roles.prepare()
    order = shop.paid_order(knots, world, user=kanarin, now=now, code=money.coupon(COUPON, now=now).code)
    access.grant(user=kanarin, course=knots, source="manual:1", reason="for kanarin", now=now, actor=ines)
    consent.withdraw(contact=kanarin.contact, purpose=Consent.Purpose.NEWS, source="desk", now=now)
    suppression.put(
        email="gone@example.org", scope=Suppression.Scope.ALL, reason=Suppression.Reason.MANUAL, now=now
    )
    drip.plan(now=now)
    to_many = broadcasts.create(
        title="A day off",
        audience="news",
        subject="A day off",
        preheader="",
        body="Hello {first_name}.",
        now=now,
    )
    stood = StepPlace.objects.create(step=to_many.step, day=1, position=1, until=now)
    desk_log.record(actor=ines, kind=desk_log.Kind.DID, words="Wrote to kanarin.", about=kanarin, now=now)
    money.everything(knots, world, ines, now=now)
    lessons = tuple(Lesson.objects.values_list("slug", flat=True))
    return Town(
        rows={model: row for model in models_of_the_desk() if (row := of_ann(model, kanarin, order, to_many))},
        parts={
            "course": ("knots",), "lesson": lessons, "courses:course course": ("knots", "draft"),
            "courses:material slug": ("sheet",), "courses:material_file slug": ("pdf",),
            "courses:material_pdf slug": ("sheet",), "courses:card_pdf key": ("e03",),
            "courses:card key": ("e03",), "courses:page slug": ("safety",),
            "payments:buy slug": ("knots", "draft"), "payments:give slug": ("knots",),
            "key": (str(order.key),), "number": tuple(one.number for one in Receipt.objects.filter(order=order)),
            "provider": ("postmark",),
            # Whoever has such a word is let in by it; nobody finds one by trying.
            "token": ("forged",), "code": ("AAAA-AAAA",), "courses:as_student rest": ("learn/",),
            "mfa_remove_webauthn pk": ("1",), "mfa_edit_webauthn pk": ("1",),
            "content_type_id": (str(ContentType.objects.get_for_model(Order).pk),),
            "admin:view_on_site object_id": (str(order.pk),), "admin:see object_id": (str(order.pk),),
            "year": (str(now.year),), "invitation": ("1",), "courses:picture name": ("window",), "width": ("2",),
            "admin:courses_course_outline_move lesson": (str(Lesson.objects.latest("pk").pk),),
            "admin:mailing_step_place place": (str(stood.pk),),
            "row_pk": (str(Lesson.objects.latest("pk").pk),),
        },
    )  # fmt: skip


def furnish(course: Course) -> None:
    """The second lesson is closed to everybody but who teaches; its text and files are marked, and a draft is."""
    later = Lesson.objects.get(key="1.2")
    later.release_days, later.body = 300, f"{LESSON}\n\n::exercise e03"
    later.video.save("film.mp4", ContentFile(FILE.encode()))
    later.captions.save("film.vtt", ContentFile(f"WEBVTT {FILE}".encode()))
    later.save()
    Material.objects.create(lesson=later, slug="sheet", position=1, title="Sheet", body=LESSON)
    sheet = Material(lesson=later, slug="pdf", position=2, title="To keep")
    sheet.file.save("sheet.pdf", ContentFile(FILE.encode()))
    factories.lesson(
        later.module, 3, slug="draft-lesson", key="x", status=Lesson.Status.DRAFT, body=DRAFT, title=DRAFT
    )
    factories.course("draft", status="draft", title=DRAFT)
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG")
    pictures.add(course=course, name="window", photo=photos.ready(out.getvalue()), now=factories.JOINED)


def of_ann(model: type[Model], ann: User, order: Order, to_many: Broadcast) -> Model | None:
    """Her row of a model if it is about people, else any; of a letter's step the one to many."""
    rows = model._default_manager.order_by("pk")
    names = {one.name for one in model._meta.get_fields()}
    ways: list[dict[str, Any]] = [
        {"pk": ann.pk} if model is User else {}, {"user": ann} if "user" in names and model is not Order else {},
        {"contact": ann.contact} if "contact" in names else {}, {"order": order} if "order" in names else {},
        {"enrolment__user": ann} if "enrolment" in names else {}, {"pk": order.pk} if model is Order else {},
        {"pk": ann.contact_id} if model._meta.label == "mailing.Contact" else {},
    ]  # fmt: skip
    found = [row for way in ways if way and (row := rows.filter(**way).first())]
    return found[0] if found else rows.first()


def visitor(name: str) -> Client:
    if name == "stranger":
        return Client()
    user = factories.user(f"{name.lower()}@example.org", name=name.title(), is_staff=name in roles.NAMES)
    if name in roles.NAMES:
        user.groups.add(Group.objects.get(name=name))
    if name == "classmate":
        access.grant(user=user, course=Course.objects.get(slug="knots"), source="free", now=factories.JOINED)
    return money.fresh(signed_in(user), user)


def walk(client: Client, town: Town, *methods: str) -> Iterator[Answer]:
    """Every address, each asked as if nothing had been asked before."""
    for address in town.addresses():
        for method in methods:
            if address.name == "account_logout" or ("delete" in address.url and method == "post"):
                continue
            with transaction.atomic():
                yield ask(client, address, method)
                transaction.set_rollback(True)


def told(answers: list[Answer], *words: str) -> list[str]:
    return [
        f"{one.method} {one.address.url} ({one.address.name}) told: {word}"
        for one in answers
        for word in words
        if "\n%PDF-" not in one.body  # its numbers are places in the file
        and word.lower() in one.body.lower()
        and word not in one.address.url  # a page may say where it is
    ]


def failed(answers: list[Answer]) -> list[tuple[str, int]]:
    """No worker ticks in a test, and the page that is asked for that says so."""
    return [
        (one.address.url, one.status) for one in answers if one.status >= 500 and one.address.name != "ready"
    ]


def money_words() -> list[str]:
    """What only who sees money may read: the number of an order, a paper or a payment, a coupon's code."""
    orders = [word for order in Order.objects.all() for word in (str(order.key), order.number)]
    return [
        word for word in (*orders, *(one.number for one in Receipt.objects.all()), COUPON) if len(word) > 3
    ]


def test_every_address_is_walked(town: Town) -> None:
    """A route with a part that nothing fills: give it a value in `town`. A model at the desk needs a row there."""
    town.addresses()
    assert "\n".join(town.missing) == ""
    assert [model._meta.label for model in models_of_the_desk() if model not in town.rows] == []


@pytest.mark.parametrize("who", ["stranger", "ben"])
def test_who_is_not_in_gets_nothing_of_anybody_nor_of_a_lesson(who: str, town: Town) -> None:
    answers = list(walk(visitor(who), town, "get", "post"))
    assert failed(answers) == []
    assert told(answers, PERSON, LESSON, DRAFT, FILE, COUPON) == []
    desk = [one for one in answers if one.address.url.startswith("/desk/")]
    assert [(one.method, one.address.url, one.status) for one in desk if one.status == 200] == []
    assert {table for one in desk for table in one.wrote} - {"django_session", "cache"} == set()


def test_another_student_gets_nothing_of_ann_s_and_nothing_that_is_closed(town: Town) -> None:
    answers = list(walk(visitor("classmate"), town, "get", "post"))
    assert failed(answers) == []
    assert told(answers, PERSON, LESSON, DRAFT, FILE, COUPON) == []
    assert [
        one.address.url for one in answers if one.address.url.startswith("/desk/") and one.status == 200
    ] == []


def test_an_assistant_gets_no_money_and_writes_no_content_and_no_account(town: Town) -> None:
    words = money_words()
    answers = list(walk(visitor(roles.ASSISTANT), town, "get", "post"))
    assert failed(answers) == []
    assert "\n".join(told(answers, *words)) == ""
    wrote = [
        f"{one.method} {one.address.url}: {table}"
        for one in answers
        for table in sorted(one.wrote)
        if one.address.url.startswith("/desk/") and is_forbidden_to_assistants(table)
    ]
    assert wrote == []
    seen = {one.address.url for one in answers if one.status == 200}
    assert not any(url.startswith(("/desk/payments/", "/desk/auth/", "/desk/admin/")) for url in seen)


@pytest.mark.parametrize("who", roles.NAMES)
def test_no_page_of_the_desk_leads_where_one_may_not_go(who: str, town: Town) -> None:
    """Hidden when it is forbidden, and no page fails."""
    client = visitor(who)
    answers = list(walk(client, town, "get"))
    assert failed(answers) == []
    known = {one.address.url: one.status for one in answers}
    leads = {
        link: one.address.url for one in answers for link in one.links if one.address.url.startswith("/desk/")
    }
    for link in leads:
        if link not in known:
            known[link] = ask(client, Address("", link), "get").status
    dead = {
        f"{link} (on {page}): {known[link]}"
        for link, page in leads.items()
        if known[link] not in (200, 302, 405)
    }
    assert dead == set()


def test_the_walk_meets_what_it_looks_for(town: Town) -> None:
    """Or the tests above would say nothing: who may see everything meets every canary."""
    answers = list(walk(visitor(roles.OWNER), town, "get"))
    for word in (PERSON, LESSON, DRAFT, FILE, COUPON, *money_words()[:2]):
        assert told(answers, word) != [], word
    assert Enrolment.objects.count() and Illustration.objects.count() and Page.objects.count()
