"""What the lists of the desk need that the admin's own tags do not give."""

import re
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()

EMPTY = re.compile("<td[^>]*>-?</td>")  # as the admin writes a cell with nothing in it


@register.filter
def labelled(row: list[SafeString], headers: list[dict[str, Any]]) -> list[SafeString]:
    """The cells of one row of a list, each telling its column in `data-label`, for a phone, where desk.css puts them
    below each other. The name of the row and its tick box need none; an empty one is marked `data-blank`."""
    return [_labelled(cell, str(header["text"])) for cell, header in zip(row, headers, strict=True)]


def _labelled(cell: SafeString, label: str) -> SafeString:
    if not cell.startswith("<td") or 'class="action-checkbox"' in cell:
        return cell
    rest = SafeString(cell.removeprefix("<td"))
    if EMPTY.fullmatch(cell):
        return format_html("<td data-blank{}", rest)
    return format_html('<td data-label="{}"{}', capfirst(label), rest)
