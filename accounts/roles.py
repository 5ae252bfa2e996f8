"""Who does what at the desk: three roles, each a Django group with the rights it needs (settings.DESK_ROLES)."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts.models import User

OWNER, COACH, ASSISTANT = "Owner", "Coach", "Assistant"
NAMES = (OWNER, COACH, ASSISTANT)


@transaction.atomic
def prepare() -> None:
    """The groups of the three roles with exactly their rights. The second call changes nothing.

    Called by `manage.py prepare`, after the migrations have made the permissions; other groups are left alone.
    """
    rights: dict[str, tuple[str, ...]] = import_string(settings.DESK_ROLES)
    for name, words in rights.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(named(words))


def named(words: Iterable[str]) -> list[Permission]:
    """The permissions that words like "courses.view_lesson" and "courses.*" mean. Raises LookupError for no such."""
    found: list[Permission] = []
    for word in words:
        app, _, codename = word.partition(".")
        meant = Q(content_type__app_label=app) if codename == "*" else Q(codename=codename)
        some = list(Permission.objects.filter(meant, content_type__app_label=app))
        if not some:
            raise LookupError(f"{word} is no permission.")
        found += some
    return found


def of(user: Any) -> str:
    """The role of somebody at the desk; empty for everybody else. Who was made from the console owns the place."""
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return ""
    if user.is_superuser:
        return OWNER
    held = {group.name for group in user.groups.all()}
    return next((name for name in NAMES if name in held), "")


def is_owner(user: Any) -> bool:
    return of(user) == OWNER
