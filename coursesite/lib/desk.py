"""What every part of the coach's desk shares: rows that are only looked at, states as a word with a drawing."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

QUIET, GOOD, TAKE_CARE, BAD, NEWS = "quiet", "moss", "weld", "madder", "woad"


class ReadOnly:
    """For an admin or an inline whose rows say what happened: they are looked at, nobody writes them by hand."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def pill(word: str, tone: str, icon: str) -> SafeString:
    """A state as a word with a drawing; its color says nothing that they do not."""
    picture = f"{static('img/icons.svg')}#{icon}"
    return format_html(
        '<span class="pill pill-{}"><svg aria-hidden="true"><use href="{}"/></svg>{}</span>',
        tone,
        picture,
        capfirst(word),
    )
