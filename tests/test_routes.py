"""Who may see what: one row for each route, and a walk over the resolver that fails on a route without a row.

Columns: a stranger; Ben, signed in without access; Ann, who has access and owns the order; Ines, who teaches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from courses import access
from courses.models import Exercise, Lesson, Material
from mailing import consent
from payments.models import Order
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = 302  # to the sign-in page


@dataclass(frozen=True)
class Row:
    stranger: int
    ben: int
    ann: int
    ines: int
    args: tuple[str, ...] = ()
    method: str = "get"


def public(*args: str, status: int = 200, method: str = "get") -> Row:
    return Row(status, status, status, status, args, method)


def private(status: int = 200) -> Row:
    return Row(LOGIN, status, status, status)


LESSON = ("knots", "lesson-1-1")
LATER = ("knots", "lesson-1-2")
ROUTES: dict[str, list[Row]] = {
    "courses:home": [public()],
    "courses:list": [public()],
    "courses:course": [public("knots"), Row(404, 404, 404, 200, ("draft",))],
    "courses:lesson": [
        Row(403, 403, 200, 200, LESSON),  # whoever teaches sees every lesson
        Row(403, 403, 403, 200, LATER),  # not open yet, for Ann either
        public("knots", "lesson-1-3"),  # the free preview
        Row(404, 404, 404, 200, ("knots", "draft-lesson")),
    ],
    "courses:done": [Row(LOGIN, 404, 302, 404, LESSON, "post"), Row(LOGIN, 404, 404, 404, LATER, "post")],
    "courses:check": [Row(404, 404, 404, 404, LESSON, "post")],  # no such question asked
    "courses:position": [Row(LOGIN, 404, 204, 204, LESSON, "post")],
    "courses:material": [
        Row(403, 403, 200, 200, (*LESSON, "sheet")),
        Row(403, 403, 403, 200, (*LATER, "later-sheet")),
    ],
    "courses:material_pdf": [
        Row(403, 403, 200, 200, (*LESSON, "sheet")),
        Row(403, 403, 403, 200, (*LATER, "later-sheet")),
    ],
    "courses:material_file": [public(*LESSON, "sheet", status=404)],
    "courses:picture": [public(*LESSON, "seat", "800", status=404)],  # this lesson shows none
    "courses:video": [public(*LESSON, status=404)],
    "courses:captions": [public(*LESSON, status=404)],
    "courses:card": [Row(404, 404, 200, 200, ("knots", "e03"))],
    "courses:card_pdf": [Row(404, 404, 200, 200, ("knots", "e03"))],
    "courses:learn": [private()],
    "courses:carry_on": [Row(LOGIN, 302, 302, 302, ("knots",))],
    "courses:as_student": [
        Row(LOGIN, 404, 404, 404, ("forged", "learn/"))
    ],  # whoever has a seat: test_looking
    "courses:page": [public("safety", status=404)],  # pages come with the import
    "courses:five_letters": [public(status=404)],  # letters come with the import
    "courses:five_letters_asked": [public()],
    "courses:five_letters_yes": [public("forged", status=404)],
    "payments:buy": [Row(200, 200, 200, 200, ("knots",)), public("draft", status=404)],
    "payments:orders": [private()],
    "payments:return": [Row(404, 404, 200, 404, ("ORDER",))],
    "payments:status": [Row(404, 404, 302, 404, ("ORDER",))],
    "payments:cancelled": [Row(404, 404, 200, 404, ("ORDER",))],
    "payments:resume": [Row(404, 404, 303, 404, ("ORDER",), "post")],
    "payments:receipt": [Row(404, 404, 404, 404, ("ORDER",))],  # nothing was paid
    "payments:paper": [Row(LOGIN, 404, 404, 404, ("ORDER", "P2026-00001"))],  # nothing was paid
    "payments:withdraw": [public("ORDER", status=404)],  # nothing was paid
    "payments:card": [Row(LOGIN, 404, 404, 404, ("ORDER",), "post")],  # not paid month by month
    "payments:card_changed": [Row(LOGIN, 404, 404, 404, ("ORDER",))],
    "payments:pay_late": [Row(LOGIN, 404, 404, 404, ("ORDER",), "post")],
    "payments:paper_pdf": [Row(LOGIN, 404, 404, 404, ("ORDER", "P2026-00001"))],
    "payments:give": [public("knots"), public("draft", status=404)],
    "payments:gift": [public("made-up", status=404)],
    "payments:gift_enter": [public()],
    "payments:gift_card": [public("ORDER", status=404)],  # Ann's order is no gift
    "payments:gift_letter": [public("ORDER", status=404, method="post")],
    "payments:again": [public("forged", status=404)],
    "payments:leave": [private(302)],  # only after showing anew that it is you (accounts.recent)
    "payments:left": [public()],
    "payments:health": [Row(LOGIN, 404, 404, 200)],
    "payments:enter": [Row(404, 404, 404, 404, ("ORDER",), "post")],
    "payments:take": [Row(LOGIN, 404, 404, 404, ("ORDER",), "post")],
    "payments:correct": [Row(404, 404, 302, 404, ("ORDER",), "post")],
    "payments:claim": [public("not-a-token", status=404)],
    "payments:webhook": [public(status=400, method="post")],
    "mailing:stop": [public("TOKEN"), public("forged", status=404)],
    "mailing:preferences": [public("TOKEN"), public("forged", status=404)],
    "mailing:read": [public("forged", status=404)],
    "mailing:provider_events": [public("postmark", status=404, method="post")],  # none is told of in settings
    "accounts:confirm_code": [public(status=302)],
    "accounts:profile": [private()],
    "accounts:profile_zone": [Row(LOGIN, 302, 302, 302, method="post")],
    "accounts:show": [private()],
    "accounts:invited": [public("forged", status=404)],
    "live": [public()],
    "ready": [public(status=503)],  # no worker ticks in a test
    "robots": [public()],
    "sitemap": [public()],
    "favicon": [public(status=302)],
    "sandbox:desk": [
        public()
    ],  # a practice site is one's own: anybody; elsewhere see tests/sandbox/test_desk.py
    "sandbox:desk_events": [public()],
    "sandbox:desk_troubles": [public()],
    "sandbox:desk_payment": [public("ch_none", status=404, method="post")],
    "sandbox:desk_refund": [public("re_none", status=404, method="post")],
    "sandbox:desk_dispute": [public("du_none", status=404, method="post")],
    "sandbox:desk_resend": [public("evt_none", status=404, method="post")],
    "sandbox:desk_plan": [public(status=404, method="post")],  # no such trouble
    "sandbox:desk_clear": [public(status=302, method="post")],
    "sandbox:desk_clock": [public(status=404, method="post")],  # no such step
    "sandbox:pay": [public("cs_test_none", status=404)],
    "sandbox:verify": [public("cs_test_none", status=404)],
    "sandbox:portal": [public("bps_none", status=404)],
    "sandbox:api": [public("checkout/sessions", status=401)],
    "look:components": [public()],
    "look:drawings": [public()],
    "look:sales": [public()],
    "look:lesson": [public()],
    "look:page": [public("none", status=404)],
    "postbox:inbox": [public()],
    "postbox:mail": [public("none", status=404)],
    "postbox:html": [public("none", status=404)],
    "practice_clock": [public(status=302, method="post")],
    # allauth: entrances send away who is signed in already
    "account_login": [Row(200, 302, 302, 302)],
    "account_signup": [Row(200, 302, 302, 302)],
    "account_request_login_code": [Row(200, 302, 302, 302)],
    "account_confirm_login_code": [public(status=302)],
    "account_inactive": [public()],
    "account_logout": [Row(302, 200, 200, 200)],
    "account_email_verification_sent": [public(status=302)],
    "account_reset_password": [public()],
    "account_confirm_password_reset_code": [public(status=302)],
    "account_complete_password_reset": [public(status=302)],
    "account_password_reset_completed": [public()],
    "account_reauthenticate": [private(403)],
    # how an account is entered: only after showing anew that it is you (accounts.recent)
    "account_email": [private(302)],
    "account_change_password": [private(302)],
    "account_set_password": [private(302)],
    "usersessions_list": [private()],
    "mfa_index": [private()],
    "mfa_authenticate": [public(status=302)],
    "mfa_reauthenticate": [private(403)],
    "mfa_activate_totp": [private(302)],
    "mfa_deactivate_totp": [private(404)],
    "mfa_view_recovery_codes": [private(404)],
    "mfa_generate_recovery_codes": [private(302)],
    "mfa_download_recovery_codes": [private(404)],
    "mfa_list_webauthn": [private()],
    "mfa_add_webauthn": [private(302)],
    "mfa_reauthenticate_webauthn": [private(403)],
    "mfa_login_webauthn": [public(status=302)],
    "mfa_remove_webauthn": [Row(LOGIN, 404, 404, 404, ("1",))],
    "mfa_edit_webauthn": [Row(LOGIN, 404, 404, 404, ("1",))],
}


def walk(patterns: Any, namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_every_route_has_a_row() -> None:
    named = {name for name in walk(get_resolver().url_patterns) if not name.startswith("admin:")}
    assert named == set(ROUTES)


@pytest.fixture
def house(ann: User, now: Any) -> dict[str, str]:
    """A course with an open lesson, one for next week, a preview and a draft; Ann is in and has an order of hers."""
    course = factories.small_course(days=(0, 7, 30))
    open_, later, preview = course.lessons.all()
    preview.preview, open_.body = True, "::exercise e03\n\n::check 1"
    preview.save()
    open_.save()
    factories.lesson(open_.module, 9, slug="draft-lesson", key="x", status=Lesson.Status.DRAFT)
    factories.course("draft", status="draft")
    for lesson, slug in ((open_, "sheet"), (later, "later-sheet")):
        Material.objects.create(lesson=lesson, slug=slug, position=1, title="Sheet", body="Words")
    open_.checks.create(position=1, question="?", why="!", answers=[{"text": "a", "right": True}])
    Exercise.objects.create(
        course=course, key="e03", slug="chin-glide", name="Chin glide", purpose="p", start="s", steps=["a"],
        dose={"text": "6 glides"},
    )  # fmt: skip
    access.grant(user=ann, course=course, source="manual:1", now=now)
    order = Order.objects.create(
        shopper=f"user:{ann.pk}", cart="cart", user=ann, contact=ann.contact, email=ann.email,
        email_key=ann.email, list_minor=14900, amount_minor=14900, currency="usd", livemode=False, terms_version="1",
        agreed_at=now, created_at=now, gateway="stripe",
    )  # fmt: skip
    order.lines.create(course=course, title=course.title, amount_minor=14900)
    return {"ORDER": str(order.key), "TOKEN": consent.token(ann.contact)}


def cases() -> Iterator[Any]:
    for name, rows in ROUTES.items():
        for row in rows:
            yield pytest.param(name, row, id=f"{name} {' '.join(row.args)}".strip())


def pages_of_a_student(case: Any) -> bool:
    row = case.values[1]
    return (
        row.method == "get" and row.ann in {200, 403} and not case.values[0].startswith(("sandbox:", "look:"))
    )


@pytest.mark.parametrize(("name", "row"), list(cases()))
def test_who_may_see_it(
    name: str, row: Row, house: dict[str, str], ann_client: Client, ben_client: Client, ines_client: Client
) -> None:
    url = reverse(name, args=[house.get(arg, arg) for arg in row.args])
    seen = {}
    for who, client in (
        ("stranger", Client()), ("ben", ben_client), ("ann", ann_client), ("ines", ines_client)
    ):  # fmt: skip
        seen[who] = getattr(client, row.method)(url).status_code
    assert seen == {"stranger": row.stranger, "ben": row.ben, "ann": row.ann, "ines": row.ines}


def desk_urls() -> list[str]:
    """Every page of the desk that needs no id."""
    names = [
        name for name in walk(get_resolver().url_patterns) if re.search(r"^admin:.*_(changelist|add)$", name)
    ]
    return [reverse(name) for name in names] + [reverse("admin:index")]


@pytest.mark.parametrize("url", desk_urls())
def test_the_desk_is_for_staff(url: str, ann_client: Client, ines_client: Client) -> None:
    assert Client().get(url).status_code == 302
    assert ann_client.get(url, follow=True).status_code == 403
    assert ines_client.get(url).status_code in ((200, 403) if "/add/" in url else (200,))


def test_only_webhooks_and_one_click_stop_go_without_csrf_token() -> None:
    exempt = {
        f"{callback.__module__}.{callback.__name__}"
        for callback in callbacks(get_resolver().url_patterns)
        if getattr(callback, "csrf_exempt", False) and hasattr(callback, "__name__")
    }
    assert exempt == {
        "mailing.views.stop",
        "mailing.webhooks.provider_events",
        "payments.views.webhook.webhook",
        "sandbox.views.api",
    }


def callbacks(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern.url_patterns)
        else:
            yield pattern.callback


MOST_QUERIES = 8  # of a page that a student sees, session and account included


@pytest.mark.parametrize(("name", "row"), [case for case in cases() if pages_of_a_student(case)])
def test_a_page_of_a_student_takes_few_queries(
    name: str, row: Row, house: dict[str, str], ann_client: Client
) -> None:
    """However much there is: the tests of each app compare few rows with many."""
    url = reverse(name, args=[house.get(arg, arg) for arg in row.args])
    with CaptureQueriesContext(connection) as asked:
        ann_client.get(url)
    assert len(asked) <= MOST_QUERIES, "\n".join(query["sql"][:150] for query in asked)
