"""The till for a gift: who it is for, a few words, how it gets there, and what the recipient will see."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from courses import offers as shop
from courses.models import Course
from coursesite.lib import clock, localtime
from mailing import contacts, placeholders
from payments import browser, checkout, coupons, gifts, ordering, pricing
from payments import till as tills
from payments.gift_forms import MAIL, SELF, GiveForm
from payments.models import Gift, Order
from payments.till import Till
from payments.views import pace
from payments.views.buy import STOPS, only_shown, see_other, stopped, till_for

TOO_FREE = "A gift must be paid for, so a code that takes off everything can’t be used here."
SHOW = "show"  # the name of the buttons that show the preview or the price and order nothing


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, show what they will get, then lead to the pay page. ?code= may lower the price."""
    course = get_object_or_404(Course.objects.published(), slug=slug)
    now, user = clock.now(), browser.user_of(request)
    if shop.is_free(course, now):
        return render(request, "payments/give_free.html", {"course": course})
    shopper = ordering.Shopper(
        email=user.email if user else "", user=user, browser=browser.word(request)
    )  # the word before two tabs can press at once
    till = _never_free(till_for(request, course, shopper, key=""))
    form = _form(request, till, user)
    if request.method == "GET" or SHOW in request.POST:
        return _page(request, till, form, status=200)
    if till.fault:
        form.add_error("code", till.fault)
    if not form.is_valid() or pace.too_fast(request, "give"):
        return _page(request, till, form, status=422)
    if request.POST.get("shown", till.quote.mark) != till.quote.mark:
        return _page(request, till, form, status=422, changed=True)
    return _start(
        request, till, form, replace(shopper, email=user.email if user else form.cleaned_data["email"])
    )


def _never_free(till: Till) -> Till:
    """Without a code that would take off everything: then anybody could have us write to anybody."""
    if not till.is_free:
        return till
    return replace(till, quote=pricing.quote(course=till.course, now=till.now), fault=TOO_FREE)


def _form(request: HttpRequest, till: Till, user: User | None) -> GiveForm:
    """The form as sent, or as it begins. Who only asks to be shown something hears of no fault but the code's."""
    how: dict[str, Any] = {"shown": till, "signed_in": user is not None, "today": _today(user, till.now)}
    if request.method == "POST" and SHOW not in request.POST:
        return GiveForm(request.POST, **how)
    begins = {"way": SELF, "code": till.code} | _typed_before(request, till.course)
    if request.method == "GET" and not till.fault:
        return GiveForm(initial=begins, **how)
    return only_shown(GiveForm(request.POST if request.method == "POST" else begins, **how), till)


def _today(user: User | None, now: dt.datetime) -> dt.date:
    """By the giver's calendar; a guest's is the site's."""
    zone = contacts.zone_of(user.contact) if user else settings.SITE_TIME_ZONE
    return localtime.local_day(now, zone)


def _typed_before(request: HttpRequest, course: Course) -> dict[str, Any]:
    """The gift this browser began to pay for last and has not paid; a browser that never ordered costs no query."""
    if not request.session.get(browser.ORDERS):
        return {}
    begun = browser.orders_for(request, course).filter(is_gift=True, state__in=Order.UNFINISHED)
    order = begun.select_related("gift__recipient").first()
    if order is None:
        return {}
    gift = order.gift
    return {
        "email": order.email,
        "giver_name": gift.giver_name,
        "recipient_name": gift.recipient_name,
        "message": gift.message,
        "way": MAIL if gift.recipient else SELF,
        "recipient_email": gift.recipient.email if gift.recipient else "",
        "send_on": gift.send_on,
    }


def _start(request: HttpRequest, till: Till, form: GiveForm, shopper: ordering.Shopper) -> HttpResponse:
    try:
        started = checkout.start(
            course=till.course,
            shopper=shopper,
            now=till.now,
            code=till.code,
            gift=form.wish(),
            at_once=False,  # nothing begins for the giver, so the wish that it may is not asked
        )
    except gifts.NothingPaidError:  # the price fell a moment ago
        return see_other(reverse("payments:give", args=[till.course.slug]))
    except coupons.NotValidError as wrong:
        form.add_error("code", tills.why(wrong))
        return _page(request, tills.without_code(till, wrong), form, status=422)
    except STOPS as known:
        browser.remember(request, known.order)
        return stopped(request, known)
    browser.remember(request, started.order)
    return see_other(started.url)


def _page(
    request: HttpRequest, till: Till, form: GiveForm, *, status: int, changed: bool = False
) -> HttpResponse:
    """`changed`: it costs something else than the page said whose button was pressed."""
    return render(
        request,
        "payments/give.html",
        {
            "course": till.course,
            "form": form,
            "till": till,
            "rows": till.rows(browser.user_of(request)),
            "changed": changed,
            "gift": _preview(form),
            "by_mail": form["way"].value() == MAIL,
        },
        status=status,
    )


def _preview(form: GiveForm) -> Gift:
    """The gift as it would look with what is typed so far; it is not stored."""

    def typed(name: str) -> str:
        return str(form[name].value() or "").strip()

    return Gift(
        giver_name=placeholders.one_line(typed("giver_name"))[:80] or "you",
        recipient_name=placeholders.one_line(typed("recipient_name"))[:80] or "somebody",
        message=typed("message")[:500],
    )
