"""The link in a letter by which a buyer comes back to an order not paid yet: it opens the pay page, nothing else."""

from django.core import signing

from payments.models import Order

SALT = "payments.again"


def token(order: Order) -> str:
    """The same order always has the same token; it shows no address and gives no right but to pay."""
    return signing.Signer(salt=SALT).sign(str(order.pk))


def order_of(token: str) -> Order | None:
    """The order of a token; None for one that is not ours, or whose buyer was forgotten."""
    try:
        return Order.objects.filter(pk=signing.Signer(salt=SALT).unsign(token), forgotten_at=None).first()
    except (signing.BadSignature, ValueError):
        return None
