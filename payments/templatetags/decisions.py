"""What pages of the desk may ask of the till."""

from django import template

from payments import undecided

register = template.Library()


@register.simple_tag
def decisions_waiting() -> int:
    """How many decisions wait for the coach: one query."""
    return undecided.count()
