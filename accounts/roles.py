"""Who does what at the desk: three roles, each a Django group with the rights it needs (settings.DESK_ROLES)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts.models import User
from coursesite.lib import desk_log

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


class NotOwnerError(Exception):
    """Only an owner gives and takes roles."""


class OwnRoleError(Exception):
    """Nobody changes their own role, so there is always an owner who is left."""


def lock(by: User) -> None:
    """The one lock of all that changes roles: two owners who take each other's role at once come one after the other.

    Raises NotOwnerError when `by` is no owner any more. Inside the caller's transaction.
    """
    prepare_once()
    Group.objects.select_for_update().get(name=OWNER)
    if not is_owner(User.objects.get(pk=by.pk)):
        raise NotOwnerError


def prepare_once() -> None:
    if not Group.objects.filter(name=OWNER).exists():
        prepare()


@transaction.atomic
def change(*, user: User, role: str, by: User, now: dt.datetime) -> bool:
    """Another role for somebody at the desk; what they may do changes with their next click. False if it is theirs.

    Raises NotOwnerError and OwnRoleError.
    """
    lock(by)
    if user.pk == by.pk:
        raise OwnRoleError
    fresh = User.objects.get(pk=user.pk)
    before = of(fresh)
    if before == role or not fresh.is_staff:
        return False
    put(fresh, role)
    desk_log.record(
        actor=by, kind=desk_log.Kind.ROLE, words=f"Changed the role from {before or 'none'} to {role}.", about=fresh,
        now=now,
    )  # fmt: skip
    return True


@transaction.atomic
def take_away(*, user: User, by: User, now: dt.datetime) -> bool:
    """Nothing at the desk is open to them any more, and every session ends at once. False the second time.

    The account stays: it may be a student's. Raises NotOwnerError and OwnRoleError.
    """
    lock(by)
    if user.pk == by.pk:
        raise OwnRoleError
    fresh = User.objects.get(pk=user.pk)
    if not fresh.is_staff:
        return False
    before = of(fresh)
    fresh.is_staff = fresh.is_superuser = False
    fresh.save(update_fields=["is_staff", "is_superuser"])
    fresh.groups.clear()
    fresh.user_permissions.clear()
    for session in UserSession.objects.filter(user=fresh):
        session.end()
    words = f"Took the place at the desk away ({before or 'no role'})."
    desk_log.record(actor=by, kind=desk_log.Kind.ROLE, words=words, about=fresh, now=now)
    return True


def put(user: User, role: str) -> None:
    """Give somebody exactly this role, inside the caller's transaction. The second call changes nothing."""
    prepare_once()
    user.is_staff, user.is_superuser = True, False
    user.save(update_fields=["is_staff", "is_superuser"])
    user.user_permissions.clear()
    kept = user.groups.exclude(name__in=NAMES)
    user.groups.set([*kept, Group.objects.get(name=role)])
