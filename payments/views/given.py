"""A gift after paying, for its giver: the code, its card to print, and what becomes of its letter."""

import datetime as dt
import uuid

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from coursesite.lib import clock, localtime
from mailing import contacts
from payments import browser, gift_letters, gifts, paperwork, purchases, words
from payments.gift_forms import LetterAgainForm, LetterForm
from payments.models import Gift, Order
from payments.views import claims

TOO_LATE = "The letter has gone already, or the gift has been opened. Nothing was changed."
NOT_YET = "The payment is being looked into. The letter waits until that is over."


def shown(
    request: HttpRequest,
    card: purchases.Card,
    *,
    form: forms.Form | None = None,
    address_form: forms.Form | None = None,
) -> HttpResponse:
    """The page of a gift that is paid for, however often it is loaded. A form that is given has a fault."""
    order, gift = card.order, card.order.gift
    return render(
        request,
        "payments/given.html",
        {
            "order": order,
            "card": card,
            "gift": gift,
            "course": order.lines.all()[0].course,
            "link": paperwork.address("payments:gift", gift.code),
            "plan": words.gift_plan(gift),
            "opened_on": paperwork.day_in_words(gift.redeemed_at, order) if gift.redeemed_at else "",
            "form": form if form is not None else _form(gift, now=clock.now()),
            "address_form": address_form or claims.address_form(request, order),
            "fault": address_form is not None,
        },
        status=422 if form or address_form else 200,
    )


def _gift(order: Order) -> Gift:
    gift = Gift.objects.select_related("recipient").get(order=order)
    gift.order = order
    return gift


def _form(
    gift: Gift, *, now: dt.datetime, data: QueryDict | None = None
) -> LetterForm | LetterAgainForm | None:
    """What the giver may still say about the letter; None when there is nothing left to say."""
    if gift.state != Gift.State.WAITING or gift.order.disputed:
        return None
    email = gift.recipient.email if gift.recipient else ""
    if gift.sent_at is None:
        today = localtime.local_day(now, contacts.zone_of(gift.order.contact))
        return LetterForm(data, today=today, initial={"email": email, "send_on": gift.send_on})
    return LetterAgainForm(data, initial={"email": email}) if gift.sent_again_at is None else None


@login_not_required
@never_cache
@require_http_methods(["POST"])
def letter(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Say anew to whom and when the letter goes; once it has gone, send it once more."""
    order, now = _order(request, key), clock.now()
    gift = _gift(order)
    form = _form(gift, now=now, data=request.POST)
    if form is None:
        messages.error(request, NOT_YET if order.disputed else TOO_LATE)
        return redirect("payments:return", order.key)
    if not form.is_valid():
        card = purchases.card(order, user=browser.user_of(request), now=now)
        return shown(request, card, form=form)
    try:
        _say(gift, form, now=now)
    except gift_letters.TooLateError:
        messages.error(request, TOO_LATE)
    except gifts.NotYetError:
        messages.error(request, NOT_YET)
    else:
        messages.success(request, f"Done. {words.gift_plan(_gift(order))}")
    return redirect("payments:return", order.key)


def _say(gift: Gift, form: LetterForm | LetterAgainForm, *, now: dt.datetime) -> None:
    email = form.cleaned_data["email"]
    if isinstance(form, LetterForm):
        gift_letters.change_letter(gift=gift, email=email, send_on=form.cleaned_data["send_on"], now=now)
    else:
        gift_letters.send_again(gift=gift, email=email, now=now)


@login_not_required
@never_cache
@require_safe
def card(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """To print, cut out and give by hand."""
    order = _order(request, key)
    gift = _gift(order)
    if gift.state != Gift.State.WAITING:
        return redirect("payments:return", order.key)
    return render(
        request,
        "payments/gift_card.html",
        {
            "order": order,
            "gift": gift,
            "course": gifts.course_of(gift),
            "link": paperwork.address("payments:gift_enter").partition("://")[2],
        },
    )


def _order(request: HttpRequest, key: uuid.UUID) -> Order:
    """A gift that was paid for once, for its giver; Http404 for everybody else."""
    order = browser.order_or_404(request, key)
    if not order.is_gift or order.paid_at is None:
        raise Http404
    return order
