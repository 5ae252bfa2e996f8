from django.contrib import admin
from django.http import HttpRequest

from accounts import signup
from accounts.forms import UserAdminForm
from accounts.models import User
from coursesite.lib import clock


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    form = UserAdminForm
    list_display = ["email", "name", "time_zone", "is_staff", "date_joined"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["email", "contact__name"]
    readonly_fields = ["date_joined", "last_login"]
    filter_horizontal = ["groups"]

    @admin.display(description="called")
    def name(self, user: User) -> str:
        return user.contact.name

    def save_model(self, request: HttpRequest, obj: User, form: UserAdminForm, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = signup.account_of(email=obj.email, now=clock.now())
        obj.pk, obj.password, obj.contact, obj.date_joined = (
            made.pk,
            made.password,
            made.contact,
            made.date_joined,
        )
        obj.save(force_update=True)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Progress, orders and letters hang on a person; take away "may sign in" instead."""
        return False
