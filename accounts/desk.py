"""The Django admin as the coach's desk: no login of its own, and in production a second factor for everybody there."""

from functools import update_wrapper
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.module_loading import import_string
from django.views.generic import RedirectView

from accounts import witness
from accounts.models import User
from coursesite.lib import drafts

ORDER = ["courses", "payments", "mailing", "accounts", "auth", "admin"]


class Desk(admin.AdminSite):
    site_header = site_title = "The coach’s desk"
    index_title = "Your desk"
    enable_nav_sidebar = False  # the bar above has its links, on a phone too

    def register(
        self, model_or_iterable: Any, admin_class: type[admin.ModelAdmin[Any]] | None = None, **options: Any
    ) -> None:
        """Only what was made for this desk is on it: other packages' pages would let one edit keys and sessions."""
        if admin_class is None or not admin_class.__module__.startswith(("allauth.", "django.contrib.auth.")):
            super().register(model_or_iterable, admin_class, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What the coach needs most stands first."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: (*ORDER, app["app_label"]).index(app["app_label"]))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the desk, ours and the admin's own, goes through here: what is pressed is written down, and
        the browser hears that it was taken."""
        watched = update_wrapper(witness.watched(view), view)
        return super().admin_view(drafts.acknowledged(watched), cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor_settled(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Whoever is not let in comes here: to the site's own sign-in, or to add a second factor."""
        if super().has_permission(request) and not second_factor_settled(request.user):
            messages.info(
                request, "Before you sit down at the desk, add a second way to show that it is you."
            )
            return redirect("mfa_index")
        response: HttpResponse = secure_admin_login(super().login)(request)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The morning page: settings.MORNING knows what stands on it."""
        morning: dict[str, Any] = import_string(settings.MORNING)(request)
        return super().index(request, {**morning, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """A password is changed and a sign-out done on the account's pages alone: wrong tries are counted there, and
        the owner is told by letter. Ours stand first, so that the stock pages of the same addresses are never met."""
        moved = {
            "password_change/": "account_change_password",
            "password_change/done/": "accounts:profile",
            "logout/": "account_logout",
        }
        ours = [path(old, RedirectView.as_view(pattern_name=new)) for old, new in moved.items()]
        see = self.admin_view(self.see)
        ours.append(path("r/<int:content_type_id>/<path:object_id>/", see, name="see"))
        ours.append(path("pulse/", self.admin_view(drafts.pulse), name="pulse"))
        return [*ours, *super().get_urls()]

    def see(self, request: HttpRequest, content_type_id: int, object_id: str) -> HttpResponse:
        """Where a row is seen on the site. The stock page tells it to everybody at the desk, and an address may say
        what only who sees money should know."""
        kind = ContentType.objects.filter(pk=content_type_id).first()
        if kind is None or not actor(request).has_perm(f"{kind.app_label}.view_{kind.model}"):
            raise Http404
        return shortcut(request, content_type_id, object_id)


def second_factor_settled(user: User | AnonymousUser) -> bool:
    if not settings.STAFF_NEEDS_SECOND_FACTOR:
        return True
    return bool(Authenticator.objects.filter(user=user.pk).exists())


def actor(request: HttpRequest) -> User:
    """Who sits at the desk and clicks. Only for views that `Desk.has_permission` has let somebody into."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def needs(request: HttpRequest, *permissions: str) -> None:
    """Raises PermissionDenied unless this person has all of them."""
    if not actor(request).has_perms(permissions):
        raise PermissionDenied


def may(user: User | AnonymousUser, permission: str) -> bool:
    """May this person see something of the desk's on a page of the site? As strict as the desk itself."""
    return has_seat(user) and user.has_perm(permission)


def is_open_to(request: HttpRequest) -> bool:
    """Wired as settings.DESK_OPEN_TO."""
    return has_seat(request.user)


def has_seat(user: User | AnonymousUser) -> bool:
    """May this person sit at the desk, and have they a second factor where one is needed?"""
    return isinstance(user, User) and user.is_active and user.is_staff and second_factor_settled(user)
