"""Which browser ordered what.

Kept in its session, so that a buyer without an account sees their own page again.
"""

import secrets
import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from accounts.models import User
from courses.models import Course
from payments.models import Order

ORDERS, WORD = "orders", "shopper"
MOST = 20


def word(request: HttpRequest) -> str:
    """This browser's secret word, made when first asked for. Two tabs share it."""
    if WORD not in request.session:
        request.session[WORD] = secrets.token_urlsafe(24)
    found: str = request.session[WORD]
    return found


def remember(request: HttpRequest, order: Order) -> None:
    """From now on this browser may see the order. The second call changes nothing."""
    kept = [key for key in request.session.get(ORDERS, []) if key != str(order.key)]
    request.session[ORDERS] = [*kept, str(order.key)][-MOST:]


def ordered(request: HttpRequest, order: Order) -> bool:
    """Did this browser place the order?"""
    return str(order.key) in request.session.get(ORDERS, [])


def user_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def order_or_404(request: HttpRequest, key: uuid.UUID) -> Order:
    """The order, for the browser that placed it or the account it belongs to; Http404 for everybody else."""
    order = Order.objects.select_related("contact", "user").filter(key=key).first()
    if order is None or not (ordered(request, order) or _is_owner(request, order)):
        raise Http404
    return order


def _is_owner(request: HttpRequest, order: Order) -> bool:
    return order.user_id is not None and order.user_id == request.user.pk


def orders_for(request: HttpRequest, course: Course) -> QuerySet[Order]:
    """What this browser ordered of a course, newest first."""
    keys = request.session.get(ORDERS, [])
    return Order.objects.filter(key__in=keys, lines__course=course).order_by("-created_at")
