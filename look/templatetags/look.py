"""What the components need beyond Django's own tags: how a field is drawn, how a headline breaks."""

import base64
import re

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
SVG_ADDRESS = "data:image/svg+xml;base64,"
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget as we want it: checked on the server alone, its label beside it and not inside it."""
    field.form.use_required_attribute = False
    field.field.widget.attrs.pop("placeholder", None)
    return field.as_widget()


@register.filter
def first_id(field: BoundField) -> str:
    """The id a line of the error summary leads to: the control, or the first of a group of choices."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def sentences(text: str) -> list[str]:
    """A headline by its sentences, each to stand on a line of its own where there is room."""
    return [part for part in SENTENCE_END.split(text.strip()) if part]


@register.filter
def as_drawing(source: str) -> SafeString:
    """The drawing inside a data: address that our own server made, to stand in the page: the policy allows no data:."""
    svg = base64.b64decode(source.removeprefix(SVG_ADDRESS)).decode()
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308  (a QR code drawn by allauth, nothing typed by anybody)
