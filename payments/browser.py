"""Which browser ordered what.

Kept in its session, so that a buyer without an account sees their own page again.
"""

import secrets
import uuid

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from accounts import signup
from accounts.models import User
from courses.models import Course
from mailing import addresses
from payments.models import Order

ORDERS, PAYABLE, WORD = "orders", "payable", "shopper"
MOST = 20


def word(request: HttpRequest) -> str:
    """This browser's secret word, made when first asked for. Two tabs share it."""
    if WORD not in request.session:
        request.session[WORD] = secrets.token_urlsafe(24)
    found: str = request.session[WORD]
    return found


def remember(request: HttpRequest, order: Order) -> None:
    """From now on this browser may see the order. The second call changes nothing."""
    _keep(request, ORDERS, order)


def let_pay(request: HttpRequest, order: Order) -> None:
    """From now on this browser may pay the order and see that it is paid: neither its papers nor its address.

    For whoever followed the link of a letter, which may have been passed on. The second call changes nothing.
    """
    _keep(request, PAYABLE, order)


def _keep(request: HttpRequest, where: str, order: Order) -> None:
    kept = [key for key in request.session.get(where, []) if key != str(order.key)]
    request.session[where] = [*kept, str(order.key)][-MOST:]


def ordered(request: HttpRequest, order: Order) -> bool:
    """Did this browser place the order?"""
    return knows(request, order.key)


def knows(request: HttpRequest, key: uuid.UUID) -> bool:
    """Did this browser place the order of this key? Asks the session alone."""
    return str(key) in request.session.get(ORDERS, [])


def user_of(request: HttpRequest) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def order_or_404(request: HttpRequest, key: uuid.UUID, *, to_pay: bool = False) -> Order:
    """The order, for the browser that placed it or its signed-in buyer; Http404 for everybody else.

    `to_pay`: also for a browser that was let pay it.
    """
    order = _order(key)
    if order is None:
        raise Http404
    may_pay = to_pay and str(order.key) in request.session.get(PAYABLE, [])
    if not (may_pay or is_buyer(request, order)):
        raise Http404
    return order


def bought_or_404(user: User, key: uuid.UUID) -> Order:
    """The order, for its signed-in buyer alone: not for the browser that placed it, and Http404 for everybody else."""
    order = _order(key)
    if order is None or not is_bought_by(order, user):
        raise Http404
    return order


def _order(key: uuid.UUID) -> Order | None:
    """An order whose buyer was forgotten belongs to nobody."""
    return Order.objects.select_related("contact", "user").filter(key=key, forgotten_at=None).first()


def is_buyer(request: HttpRequest, order: Order) -> bool:
    """Did this browser place the order, or is it the order of whoever is signed in?"""
    user = user_of(request)
    return ordered(request, order) or (user is not None and is_bought_by(order, user))


def is_bought_by(order: Order, user: User, *, proven: bool | None = None) -> bool:
    """Is it the order of this account? One that no account took is its own if it was placed for its proven address.

    `proven` is for lists, which ask once.
    """
    if order.user_id is not None:
        return order.user_id == user.pk
    if order.email_key != addresses.key(user.email):
        return False
    return signup.proven(user) if proven is None else proven


def waits_for(user: User) -> Q:
    """Orders that no account took, placed for this address. Ask only for an address that was proven."""
    return Q(user=None, email_key=addresses.key(user.email))


def orders_for(request: HttpRequest, course: Course, *, user: User | None = None) -> QuerySet[Order]:
    """What this browser ordered of a course, with `user` also what that account bought of it; newest first."""
    mine = Q(key__in=request.session.get(ORDERS, []))
    if user is not None:
        mine |= Q(user=user)
    return Order.objects.filter(mine, lines__course=course, forgotten_at=None).order_by("-created_at")
