"""What every page of the desk says of the mail, and moments that are long past."""

import datetime as dt
from typing import Any

from django import template
from django.conf import settings

from coursesite.lib import localtime
from mailing import switches
from mailing.models import Switch

register = template.Library()


@register.filter
def in_full(moment: dt.datetime) -> str:
    """As the coach's clock and calendar show it, with the year and the place."""
    return localtime.in_full(moment, settings.SITE_TIME_ZONE)


@register.inclusion_tag("mailing/desk/_banner.html", takes_context=True)
def letters_banner(context: dict[str, Any]) -> dict[str, Any]:
    """What is switched on for all mail, if this person may know: one query."""
    user = context.get("user")
    if user is None or not user.has_perm("mailing.view_letter"):
        return {"held": None}
    zone = settings.SITE_TIME_ZONE
    on = {one.key: one for one in Switch.objects.filter(is_on=True)}
    return {
        "held": (held := on.get(switches.HOLD)),
        "since": localtime.with_place(held.changed_at, zone) if held else "",
        "is_restored": switches.RESTORED in on,
        "catching_up": on.get(switches.CATCHING_UP),
        "may": user.has_perm("mailing.change_switch"),
    }
