"""A paper in words, for the page and for the PDF: drawn from what was written when it was issued, and nothing else."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from payments import words
from payments.models import Receipt

Content = dict[str, Any]
K = Receipt.Kind
TITLES = {K.PAYMENT: "Receipt", K.REFUND: "Refund note", K.REVERSAL: "Reversal of a refund note"}
SUMS = {K.PAYMENT: "Paid", K.REFUND: "Given back", K.REVERSAL: "Not given back after all"}
PRACTICE = "Practice purchase: no real money moved. This paper is worth nothing to a tax office."


@dataclass(frozen=True)
class Fact:
    name: str
    value: str
    total: bool = False


@dataclass(frozen=True)
class Line:
    """What was bought; `amount` is empty where the sums below tell the price step by step."""

    title: str
    about: str
    amount: str


@dataclass(frozen=True)
class Sheet:
    """All that stands on a paper, from top to bottom."""

    title: str
    number: str
    practice: str  # empty when the money was real
    facts: tuple[Fact, ...]
    lines: tuple[Line, ...]
    sums: tuple[Fact, ...]
    notes: tuple[str, ...]
    seller: tuple[str, ...]


def sheet(paper: Receipt) -> Sheet:
    """The words of a paper; the same for ever, whatever changed since."""
    content = paper.content
    return Sheet(
        title=TITLES[K(paper.kind)],
        number=paper.number,
        practice="" if paper.livemode else PRACTICE,
        facts=tuple(_facts(paper, content)),
        lines=tuple(_lines(content)),
        sums=(*_price(content), *_part(paper, content), *_tax(paper, content), _sum(paper)),
        notes=tuple(_notes(paper, content)),
        seller=tuple(_seller(content["seller"])),
    )


def amount(paper: Receipt) -> str:
    """What the paper is about, as in "149 USD"."""
    return words.amount(paper.amount_minor, paper.currency)


def day(iso: str) -> str:
    return words.day(dt.date.fromisoformat(iso))


def _facts(paper: Receipt, content: Content) -> Iterator[Fact]:
    yield Fact("Number", paper.number)
    yield Fact("Issued on", day(content["issued_on"]))
    if taken_back := content["takes_back"]:
        title = TITLES[K(taken_back["kind"])].lower()
        whole = words.amount(taken_back["amount_minor"], paper.currency)
        name = "Takes back from" if paper.kind == K.REFUND else "Takes back"
        yield Fact(name, f"{title} {taken_back['number']}, {whole}")
    yield Fact("Paid on", day(content["paid_on"]))
    if content["method"]:
        yield Fact("Paid by", words.method(content["method"]))
    yield Fact("Order number", content["order_number"])
    yield Fact("Bought by", content["buyer"])


def _lines(content: Content) -> Iterator[Line]:
    in_steps = _is_reduced(content) and len(content["lines"]) == 1
    for line in content["lines"]:
        price = "" if in_steps else words.amount(line["amount_minor"], content["currency"])
        yield Line(line["title"], line["about"], price)


def _is_reduced(content: Content) -> bool:
    return bool(content["list_minor"] > content["price_minor"])


def _price(content: Content) -> Iterator[Fact]:
    """From the list price to what it cost, if something was taken off."""
    if not _is_reduced(content):
        return
    currency = content["currency"]
    yield Fact("List price", words.amount(content["list_minor"], currency))
    if content["sale_minor"]:
        yield Fact("Sale", f"−{words.amount(content['sale_minor'], currency)}")
    if content["discount_minor"]:
        yield Fact(f"Code {content['code']}".strip(), f"−{words.amount(content['discount_minor'], currency)}")
    yield Fact("Price", words.amount(content["price_minor"], currency))


def _part(paper: Receipt, content: Content) -> Iterator[Fact]:
    if content["part"] and paper.kind == K.PAYMENT:
        whole = words.amount(content["total_minor"], content["currency"])
        named = f"Payment {content['part']} of {content['parts']} of {whole}"
        yield Fact(named, amount(paper))


def _tax(paper: Receipt, content: Content) -> Iterator[Fact]:
    vat = content["vat"]
    if vat["is_shown"]:
        yield Fact("Net", words.amount(vat["net_minor"], paper.currency))
        yield Fact(
            f"Tax ({vat['rate']})" if vat["rate"] else "Tax", words.amount(vat["tax_minor"], paper.currency)
        )
    elif not vat["note"]:
        yield Fact("Tax", "included")


def _sum(paper: Receipt) -> Fact:
    return Fact(SUMS[K(paper.kind)], amount(paper), total=True)


def _notes(paper: Receipt, content: Content) -> Iterator[str]:
    if note := content["vat"]["note"]:
        yield note
    if content["is_gift"]:
        yield "Bought as a gift."
    if paper.kind == K.PAYMENT and content["refund_days"]:
        email = content["seller"]["email"]
        yield (
            f"{content['refund_days']} days to change your mind: write to {email} and mention the order number. "
            "No reason needed."
        )
    if paper.kind == K.REFUND:
        yield "The money goes back to the card or account that paid."
    if paper.kind == K.REVERSAL:
        number = content["takes_back"]["number"]
        yield f"The bank could not pay the money out, and it came back to me. Refund note {number} no longer counts."


def _seller(seller: Content) -> Iterator[str]:
    yield seller["name"]
    yield from (line.strip() for line in seller["address"].splitlines() if line.strip())
    if seller["email"]:
        yield seller["email"]
    if seller["vat_id"]:
        yield f"VAT id {seller['vat_id']}"
    if seller["tax_number"]:
        yield f"Tax number {seller['tax_number']}"
