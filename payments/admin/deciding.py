"""Decisions: everything that waits for the coach, each with one button for each way it can go."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import desk, recent
from accounts.models import User
from coursesite.lib import clock
from payments import decisions, gateway, leases, refunds, undecided, words
from payments.admin import giving_back, shown
from payments.models import Dispute, Refund
from payments.undecided import Case

REFUND, ORDER, PLAN, WEBHOOK = (
    "payments.add_refund", "payments.change_order", "payments.change_plan", "payments.change_eventinbox"
)  # fmt: skip
DOWN = (
    "The payment company does not answer now. What you decided is written down and will be seen to by itself."
)
HELD = "Nothing was given back: a bank is looking into a payment of this order. Wait for its word."
DOWN_ASKING = "The payment company does not answer now. Try again in a minute."


@dataclass(frozen=True)
class Button:
    """One way to decide. What gives money back asks anew who it is."""

    word: str
    label: str
    permission: str
    verb: Callable[..., Any]
    done: str
    note: str = ""  # what happens, beside the button
    asks: str = ""  # the label of a field for a word on it
    down: str = DOWN


def _refunding(label: str, verb: Callable[..., Any], note: str) -> Button:
    return Button("give-back", label, REFUND, verb, "", note)


BUTTONS: dict[str, list[Button]] = {
    "mismatch": [
        Button("accept", "Take it as it is", ORDER, lambda row, **how: decisions.accept(attempt=row, **how),
               "Taken. The order counts as paid.", "The order counts as paid, and its buyer is let in."),
        _refunding("Give all of it back",
                   lambda row, **how: decisions.give_back_mismatch(attempt=row, **how), "The whole payment goes back."),
    ],
    "twice": [
        _refunding("Give back the spare payment",
                   lambda row, **how: decisions.give_back_spare(order=row, **how),
                   "What is too much goes back, from the newest payment. Access stays."),
    ],
    "refund": [
        Button("again", "Try again", REFUND, lambda row, **how: [decisions.refund_again(refund=row, **how)], "",
               "The same amount is sent once more."),
        Button("otherwise", "I paid it another way", REFUND,
               lambda row, **how: decisions.paid_otherwise(refund=row, **how), "Noted.",
               "No money moves. If all of it was meant to go back, access ends and an unopened gift is called back."),
    ],
    "withdrawal": [
        _refunding("Give all of it back",
                   lambda row, **how: decisions.give_back_withdrawn(withdrawal=row, **how),
                   "All of the money goes back, and access ends."),
        Button("otherwise", "Settled otherwise", ORDER,
               lambda row, note, **how: decisions.settle_withdrawal(withdrawal=row, note=note, **how), "Noted.",
               "No money moves, access stays.", "How it was settled"),
    ],
    "plan": [
        Button("give-up", "Give up the rest", PLAN, lambda row, **how: decisions.give_up_rest(plan=row, **how),
               "Given up. Nothing more is charged.", "Nothing more is charged, and access stays."),
        Button("end", "End access", PLAN, lambda row, **how: decisions.end_plan(plan=row, **how),
               "Access is ended. Nothing more is charged.", "Nothing more is charged, and access ends for good."),
    ],
    "webhook": [
        Button("ask", "Ask the payment company again", WEBHOOK,
               lambda row, **how: decisions.ask_again(event=row, **how), "Asked. The order says how things stand.",
               down=DOWN_ASKING)
    ],
    "dispute": [],
}  # fmt: skip
TITLES = {
    "mismatch": "A payment does not match its order",
    "twice": "Paid twice",
    "refund": "A refund did not arrive",
    "dispute": "A bank asks for the money back",
    "withdrawal": "A buyer wants the money back",
    "plan": "A monthly payment is late",
    "webhook": "A message was given up",
}


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """All of them, oldest first; a pressed button leads back here."""
    desk.needs(request, "payments.view_order")
    if request.method == "POST":
        return _decide(request)
    user, now = desk.actor(request), clock.now()
    context |= {
        "title": "Decisions",
        "cases": [_shown(case, user, now) for case in undecided.cases()],
        "with_the_bank": [
            (one, shown.order_url(one.payment.attempt.order_id), words.dispute(one.status))
            for one in undecided.disputes_with_the_bank().select_related("payment__attempt__order")
        ],
    }
    return render(request, "payments/desk/decisions.html", context)


def _shown(case: Case, user: User, now: Any) -> dict[str, Any]:
    return {
        "case": case,
        "title": TITLES[case.kind],
        "order_url": shown.order_url(case.order),
        "price": shown.price(case.order),
        "days_left": shown.days_left(case.due_by, now),
        "link": _dispute_url(case) if isinstance(case.row, Dispute) else "",
        "buttons": [one for one in _buttons(case) if user.has_perm(one.permission)],
    }


def _buttons(case: Case) -> list[Button]:
    """Nothing is given back beside a dispute: the bank may take it a second time."""
    held = case.kind == "twice" and case.order.disputed
    return [] if held else BUTTONS[case.kind]


def _dispute_url(case: Case) -> str:
    return shown.gateway_url("disputes", case.row.gateway_id, livemode=case.order.livemode)


def _decide(request: HttpRequest) -> HttpResponse:
    """One pressed button. Safe to press twice: the second time it was decided already."""
    kind = request.POST.get("kind", "")
    button = next((one for one in BUTTONS.get(kind, []) if one.word == request.POST.get("do")), None)
    row = _row(kind, request.POST.get("pk", "")) if button else None
    if button is None or row is None:
        messages.info(request, "This was decided already.")
        return redirect(request.path)
    desk.needs(request, button.permission)
    if button.permission == REFUND and not recent.is_fresh(request):  # type: ignore[arg-type]
        messages.info(request, "Show first that it is you, then press the button again.")
        return recent.ask(request)  # type: ignore[arg-type]
    how = {"note": request.POST.get("note", "")[:200].strip()} if button.asks else {}
    _do(request, button, row, how)
    return redirect(request.path)


def _row(kind: str, pk: str) -> Any:
    if not pk.isdecimal() or len(pk) > 18:
        return None
    return undecided.KINDS[kind][0]().model._default_manager.filter(pk=pk).first()


def _do(request: HttpRequest, button: Button, row: Any, how: dict[str, str]) -> None:
    try:
        found = button.verb(row, actor=desk.actor(request), now=clock.now(), **how)
    except decisions.DecidedError:
        messages.info(request, "This was decided already.")
    except decisions.HeldError:
        messages.error(request, HELD)
    except refunds.TooMuchError as too_much:
        left = shown.amount(too_much.left_minor, row.payment.currency)
        messages.error(request, f"Nothing was given back. Only {left} is left of that payment.")
    except leases.BusyError:
        messages.warning(request, "The order is in use just now. Look again in a minute.")
    except gateway.DownError:
        messages.warning(request, button.down)
    except gateway.RefusedError as refused:
        messages.error(request, f"The payment company refused. {words.refund_failed(refused.code)}")
    else:
        if isinstance(found, list) and found and isinstance(found[0], Refund):
            giving_back.tell(request, found)
        else:
            messages.success(request, button.done)
