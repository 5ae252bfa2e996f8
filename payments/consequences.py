"""What a refund will bring about, in sentences, before it is asked for."""

from collections.abc import Iterator

from courses.models import Grant
from payments import refunds, words
from payments.models import Gift, Order, OrderLine, Payment, Receipt, Refund

WHERE = {"card": "to the card", "sepa_debit": "to the bank account"}


def of(
    order: Order,
    parts: refunds.Parts,
    *,
    line: OrderLine | None = None,
    ends_access: bool = False,
    is_part: bool = False,
) -> list[str]:
    """Money, access, monthly payments, papers: one sentence or two for each. `parts` is not empty. Reads only."""
    whole = _leaves_nothing(order, parts)
    says = [_goes_back(payment, minor) for payment, minor in parts]
    says += _access(
        order, parts, line=line, ends=whole or (ends_access and line is None), line_ends=ends_access
    )
    if order.is_plan and (whole or (ends_access and line is None)):
        says.append("The monthly payments end: nothing more is charged.")
    if Receipt.objects.filter(payment__in=[payment for payment, _ in parts], kind="payment").exists():
        says.append("A refund note with the next number follows, and goes to the buyer by mail.")
    return [*says, "This cannot be undone here."]


def _leaves_nothing(order: Order, parts: refunds.Parts) -> bool:
    return sum(left for _, left in refunds.all_of_it(order)) <= sum(minor for _, minor in parts)


def _goes_back(payment: Payment, minor: int) -> str:
    where = WHERE.get(payment.method, "the way they came")
    return f"{words.amount(minor, payment.currency)} go back {where}."


def _access(
    order: Order, parts: refunds.Parts, *, line: OrderLine | None, ends: bool, line_ends: bool
) -> Iterator[str]:
    if not order.is_paid_for:
        yield "Nobody was let in by this order."
        return
    gift = Gift.objects.filter(order=order).first() if order.is_gift else None
    waits = "The gift’s code" if gift and gift.redeemed_at is None else _link(order)
    if ends and waits:
        yield f"{waits} stops working."
        return
    for one in order.lines.all():
        mine = line is not None and line.pk == one.pk
        gone = ends or (mine and (line_ends or _back_before(one) + parts[0][1] >= one.amount_minor))
        yield _of_line(order, one, gift, gone=gone)


def _back_before(line: OrderLine) -> int:
    return sum(one.amount_minor for one in Refund.objects.filter(line=line, state__in=Refund.GOING))


def _link(order: Order) -> str:
    return "" if order.user_id or order.is_gift else f"The link that {order.email} got for opening the course"


def _of_line(order: Order, line: OrderLine, gift: Gift | None, *, gone: bool) -> str:
    if not gone:
        return f"Access to {line.title} stays as it is."
    sources = [line.source, *([gift.source] if gift else [])]
    mine = Grant.objects.filter(source__in=sources, enrolment__course=line.course_id)
    grant = mine.select_related("enrolment__user__contact").first()
    if grant is None:
        return f"Access to {line.title} ends today."
    user = grant.enrolment.user
    name = user.contact.name or user.email
    if grant.enrolment.grants.active().exclude(pk=grant.pk).exists():
        return f"{name} has {line.title} in another way too, and stays in."
    return f"{name}’s access to {line.title} ends today; what was done in it is kept."
