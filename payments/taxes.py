"""The tax inside an amount, in whole minor units: halves are rounded up, net and tax together are the amount."""


def inside(amount_minor: int, *, points: int) -> int:
    """The tax inside an amount that includes it; `points` are hundredths of a percent.

    >>> inside(11900, points=1900)
    1900
    """
    return _half_up(amount_minor * points, 10_000 + points)


def share(tax_minor: int, *, part_minor: int, whole_minor: int) -> int:
    """The tax in a part of an amount, when `tax_minor` is the tax in the whole."""
    return _half_up(tax_minor * part_minor, whole_minor)


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
