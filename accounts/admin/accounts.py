"""Accounts, and the groups that give rights at the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Count, ManyToManyField, QuerySet
from django.http import HttpRequest

from accounts import roles, signup
from accounts.admin import team
from accounts.forms import UserAdminForm
from accounts.models import User
from coursesite.lib import clock

RIGHTS_OVER = ["accounts", "auth", "courses", "mailing", "payments"]


def is_owner(request: HttpRequest) -> bool:
    return roles.is_owner(request.user)


@admin.register(User)
class UserAdmin(team.Team, admin.ModelAdmin[User]):
    form = UserAdminForm
    list_display = ["email", "name", "time_zone", "is_staff", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "contact__name"]
    search_help_text = "Address or name."
    readonly_fields = ["date_joined", "last_login", "role"]
    change_list_template = "accounts/desk/users.html"
    fieldsets = [
        ("Person", {"fields": ["email", "is_active", "date_joined", "last_login"]}),
        ("At the desk", {"fields": ["role", "groups"]}),
    ]
    formfield_overrides = {ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}

    @admin.display(description="called")
    def name(self, user: User) -> str:
        return user.contact.name

    def save_model(self, request: HttpRequest, obj: User, form: UserAdminForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            if "email" in form.changed_data:
                signup.correct_address(user=obj, old=form.initial["email"], now=clock.now())
            return
        made = signup.account_of(email=obj.email, now=clock.now())
        obj.pk, obj.password, obj.contact, obj.date_joined = (
            made.pk,
            made.password,
            made.contact,
            made.date_joined,
        )
        obj.save(force_update=True)

    @admin.display(description="role")
    def role(self, user: User) -> str:
        """Given and taken on a page of its own, where nobody can raise themselves and an owner is always left."""
        return roles.of(user) or "none"

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Who gives groups could give them to themselves: only an owner does. Whoever sits at the desk is not shut
        out by the way: the place is taken away first."""
        seated = ["is_active"] if obj and obj.is_staff else []
        return [*self.readonly_fields, *seated, *([] if is_owner(request) else ["groups"])]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["queryset"] = Group.objects.exclude(name__in=roles.NAMES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever changes the address of an account can enter it, so staff is for an owner to change."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_staff or is_owner(request))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Progress, orders and letters hang on a person; take away "may sign in" instead."""
        return False


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin[Group]):
    """What several people at the desk may do. A box for each right, because boxes work by touch and by keyboard."""

    list_display = ["name", "rights"]
    search_fields = ["name"]
    fieldsets = [("Group", {"fields": ["name", "permissions"]})]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_owner(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Renamed or deleted, the group of a role would take it from everybody."""
        return is_owner(request) and (obj is None or obj.name not in roles.NAMES)

    has_delete_permission = has_change_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(count=Count("permissions"))

    @admin.display(description="rights")
    def rights(self, group: Group) -> int:
        return int(getattr(group, "count", 0))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ours = Permission.objects.filter(content_type__app_label__in=RIGHTS_OVER)
        kwargs |= {"queryset": ours.select_related("content_type"), "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)
