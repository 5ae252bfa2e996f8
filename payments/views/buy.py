"""The till: one page, one question at most that money does not ask, one button that names what is paid now."""

from dataclasses import replace
from typing import Any, TypeVar

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from courses import access
from courses import offers as shop
from courses.models import Course
from coursesite.lib import clock
from payments import browser, checkout, coupons, offers, ordering
from payments import till as tills
from payments.forms import MOST_OF_A_CODE, BuyForm
from payments.models import Order
from payments.till import Till

F = TypeVar("F", bound=Form)
RATE = "20/m/ip"
WRONG_CODES = "10/m/ip,60/h/ip"  # right ones are not counted; once there were too many, none is looked at
TOO_MANY_CODES = "That was a lot of codes in a short time. Wait a minute, then try again."
Stop = (
    checkout.AlreadyPaidError
    | checkout.CodeGoneError
    | checkout.OfferGoneError
    | checkout.GatewayTroubleError
)
STOPS = (
    checkout.AlreadyPaidError,
    checkout.CodeGoneError,
    checkout.OfferGoneError,
    checkout.GatewayTroubleError,
)


def see_other(url: str) -> HttpResponse:
    """303: what follows a POST is a GET."""
    return HttpResponse(status=303, headers={"Location": url})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then lead to the pay page. ?price= and ?code= choose beforehand."""
    course = get_object_or_404(Course.objects.published(), slug=slug)
    user = browser.user_of(request)
    if user and access.of(user, course):
        return render(request, "payments/already_in.html", {"course": course})
    if order := _paid_in_this_browser(request, course):
        return redirect("payments:return", order.key)
    shopper = ordering.Shopper(
        email=user.email if user else "", user=user, browser=browser.word(request)
    )  # the word before two tabs can press at once
    asked = request.POST if request.method == "POST" else request.GET
    till = till_for(request, course, shopper, key=asked.get("price", ""))
    form = _form(request, till, user)
    if not form.is_bound or "show" in request.POST or request.method == "GET":
        return _page(request, till, form, status=200)
    if till.fault:
        form.add_error("code", till.fault)
    if not form.is_valid() or _too_fast(request, form):
        return _page(request, till, form, status=422)
    if request.POST.get("shown", till.quote.mark) != till.quote.mark:
        return _page(request, till, form, status=422, changed=True)
    return _start(
        request, till, form, replace(shopper, email=user.email if user else form.cleaned_data["email"])
    )


def till_for(request: HttpRequest, course: Course, shopper: ordering.Shopper, *, key: str) -> Till:
    """The price that `key` names, with the code that came. Who tries codes out is stopped before the next one."""
    asked = request.POST if request.method == "POST" else request.GET
    code = asked.get("code", "").strip()[: MOST_OF_A_CODE + 1]
    stopped = bool(code) and not _counts(request, dry_run=True)
    till = tills.look(
        course=course,
        key=key,
        code="" if stopped else code,
        user=shopper.user,
        shopper=shopper.word,
        now=clock.now(),
    )
    if stopped:
        return replace(till, code=code, fault=TOO_MANY_CODES, takes_codes=True)
    if till.fault == tills.NOTHING_OFF:
        _counts(request)
    return till


def _counts(request: HttpRequest, *, dry_run: bool = False) -> bool:
    """One wrong code more; False when there were too many from here."""
    rates = {"code": WRONG_CODES}
    used = ratelimit.consume(
        request, app="payments", action="code", config=rates, dry_run=dry_run, limit_get=True
    )
    return used is not None


def _form(request: HttpRequest, till: Till, user: User | None) -> BuyForm:
    """The form as sent, or as it begins. Where only the price was asked for, only the code can be wrong."""
    how: dict[str, Any] = {"shown": till, "signed_in": user is not None}
    begins = {"price": till.price.key if till.price else "", "code": till.code}
    begins["email"] = _typed_before(request, till.course) if user is None else ""
    if request.method == "POST" and "show" not in request.POST:
        return BuyForm(request.POST, **how)
    if request.method == "GET" and not till.fault:
        return BuyForm(initial=begins, **how)
    return only_shown(BuyForm(request.POST if request.method == "POST" else begins, **how), till)


def only_shown(form: F, till: Till) -> F:
    """A form that asks to be shown something and orders nothing: no fault of it counts but the code's."""
    for name in list(form.errors):
        del form.errors[name]
    if till.fault:
        form.add_error("code", till.fault)
    return form


def _too_fast(request: HttpRequest, form: BuyForm) -> bool:
    """Each press makes the gateway work and may send a letter: nobody needs twenty in a minute."""
    if ratelimit.consume(request, app="payments", action="buy", config={"buy": RATE}):
        return False
    form.add_error(None, "That was a lot in a short time. Wait a minute, then press the button again.")
    return True


def _typed_before(request: HttpRequest, course: Course) -> str:
    """The address this browser gave last time; a browser that never ordered costs no query."""
    if not request.session.get(browser.ORDERS):
        return ""
    return browser.orders_for(request, course).values_list("email", flat=True).first() or ""


def _paid_in_this_browser(request: HttpRequest, course: Course) -> Order | None:
    """A guest's paid order that still waits to be opened."""
    orders = browser.orders_for(request, course).filter(state__in=Order.PAID_FOR)
    return orders.filter(claim__state="unclaimed").first()


def _start(request: HttpRequest, till: Till, form: BuyForm, shopper: ordering.Shopper) -> HttpResponse:
    try:
        started = checkout.start(
            course=till.course,
            shopper=shopper,
            now=till.now,
            price=till.price,
            code=till.code,
            at_once=form.cleaned_data.get("at_once", False),
            may_remind=form.cleaned_data.get("may_remind", False),
        )
    except checkout.AlreadyInError:
        return render(request, "payments/already_in.html", {"course": till.course})
    except coupons.NotValidError as wrong:
        form.add_error("code", tills.why(wrong))
        return _page(request, tills.without_code(till, wrong), form, status=422)
    except STOPS as known:
        browser.remember(request, known.order)
        return stopped(request, known)
    browser.remember(request, started.order)
    return see_other(started.url or reverse("payments:return", args=[started.order.key]))


def stopped(request: HttpRequest, error: Stop) -> HttpResponse:
    """What to show when the pay page cannot be opened: the paid order, a way to try again, or the price of now."""
    order = error.order
    if isinstance(error, checkout.AlreadyPaidError):
        return see_other(reverse("payments:return", args=[order.key]))
    if isinstance(error, checkout.GatewayTroubleError):
        # Not a 5xx: with one, Django would not save the session, and this browser would lose its order.
        return render(request, "payments/trouble.html", {"order": order})
    course = order.lines.select_related("course")[0].course
    till = shop.give_url(course) if order.is_gift else shop.buy_url(course)
    return render(
        request,
        "payments/gone.html",
        {
            "course": course,
            "is_code": isinstance(error, checkout.CodeGoneError),
            "is_sold": course.status == Course.Status.PUBLISHED,
            "till_url": till or shop.buy_url(course),
        },
    )


def _page(
    request: HttpRequest, till: Till, form: BuyForm, *, status: int, changed: bool = False
) -> HttpResponse:
    """`changed`: it costs something else than the page said whose button was pressed."""
    user = browser.user_of(request)
    return render(
        request,
        "payments/buy.html",
        {
            "course": till.course,
            "form": form,
            "till": till,
            "rows": till.rows(user),
            "changed": changed,
            "took_off": "show" in request.POST and till.quote.discount_minor > 0,
            "offer": offers.state(request, till.course),
        },
        status=status,
    )
