"""Template filters that every page may use."""

import datetime as dt
import json
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from coursesite.lib import localtime, money

register = template.Library()

JSON_ESCAPES = {
    ord(">"): "\\u003E",
    ord("<"): "\\u003C",
    ord("&"): "\\u0026",
}  # as django.utils.html.json_script


@register.filter
def json_ld(data: dict[str, Any]) -> SafeString:
    """Structured data for search engines: a data block, escaped so that it cannot end early."""
    text = json.dumps(data, ensure_ascii=False).translate(JSON_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  (escaped above)


@register.simple_tag
def amount(minor: int, currency: str) -> str:
    return money.amount_text(minor, currency)


@register.filter
def in_words(zone_name: str) -> str:
    """`America/New_York` as people write it."""
    return zone_name.replace("_", " ").replace("/", " / ")


@register.filter
def in_zone(moment: dt.datetime, zone_name: str) -> str:
    """`Tue May 14, 9:00` in that zone."""
    local = moment.astimezone(localtime.zone(zone_name))
    return f"{local:%a %b} {local.day}, {local.hour}:{local:%M}"
