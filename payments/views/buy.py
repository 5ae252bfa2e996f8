"""The till: one page, one question at most, one button that names the price."""

from allauth.core.internal import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access
from courses.models import Course
from coursesite.lib import clock, money
from payments import browser, checkout, offers, ordering
from payments.forms import BuyForm
from payments.models import Order

RATE = "20/m/ip"


def see_other(url: str) -> HttpResponse:
    """303: what follows a POST is a GET."""
    return HttpResponse(status=303, headers={"Location": url})


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def buy(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then lead to the pay page."""
    course = get_object_or_404(Course.objects.published(), slug=slug)
    user = browser.user_of(request)
    if user and access.of(user, course):
        return render(request, "payments/already_in.html", {"course": course})
    if order := _paid_in_this_browser(request, course):
        return redirect("payments:return", order.key)
    browser.word(request)  # before two tabs can press at once
    form = BuyForm(
        request.POST or None,
        course=course,
        signed_in=user is not None,
        initial={"email": _typed_before(request, course)},
    )
    if form.is_valid() and not _too_fast(request, form):
        email = user.email if user else form.cleaned_data["email"]
        shopper = ordering.Shopper(email=email, user=user, browser=browser.word(request))
        return _start(request, course, shopper)
    return _page(request, course, form)


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


def _start(request: HttpRequest, course: Course, shopper: ordering.Shopper) -> HttpResponse:
    try:
        started = checkout.start(course=course, shopper=shopper, now=clock.now())
    except checkout.AlreadyInError:
        return render(request, "payments/already_in.html", {"course": course})
    except (checkout.AlreadyPaidError, checkout.GatewayTroubleError) as known:
        browser.remember(request, known.order)
        return stopped(request, known)
    browser.remember(request, started.order)
    return see_other(started.url or reverse("payments:return", args=[started.order.key]))


def stopped(
    request: HttpRequest, error: checkout.AlreadyPaidError | checkout.GatewayTroubleError
) -> HttpResponse:
    """What to show when the pay page cannot be opened: the paid order, or a way to try again."""
    if isinstance(error, checkout.AlreadyPaidError):
        return see_other(reverse("payments:return", args=[error.order.key]))
    # Not a 5xx: with one, Django would not save the session, and this browser would lose its order.
    return render(request, "payments/trouble.html", {"order": error.order})


def _page(request: HttpRequest, course: Course, form: BuyForm) -> HttpResponse:
    amount = money.amount_text(course.price_minor, course.currency)
    return render(
        request,
        "payments/buy.html",
        {
            "course": course,
            "form": form,
            "amount": amount,
            "button": "Start now, it’s free" if course.is_free else f"Go on to pay {amount}",
            "offer": offers.state(request, course),
        },
        status=422 if form.is_bound else 200,
    )
