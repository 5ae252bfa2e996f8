"""Who did what at the desk: one page, only looked at."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from coursesite.lib import localtime
from coursesite.lib.desk import ReadOnly
from coursesite.lib.desk_log import Kind


class Person(admin.SimpleListFilter):
    """Those who ever did something at the desk: a short list, also where there are many accounts."""

    title = "person"
    parameter_name = "person"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = User.objects.filter(pk__in=LogEntry.objects.order_by().values("user").distinct())
        return [(str(user.pk), user.email) for user in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        word = self.value() or ""
        return queryset.filter(user=int(word)) if word.isdecimal() and len(word) < 18 else queryset


class What(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(kind.value), str(kind.label)) for kind in Kind]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        word = self.value() or ""
        return (
            queryset.filter(action_flag=int(word)) if word in {str(one.value) for one in Kind} else queryset
        )


@admin.register(LogEntry)
class LogAdmin(ReadOnly, admin.ModelAdmin[LogEntry]):
    list_display = ["when", "who", "what", "words", "about"]
    list_filter = [What, Person]
    list_select_related = ["user", "content_type"]
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "action_time"
    ordering = ["-pk"]
    search_fields = ["change_message", "object_repr", "user__email"]
    search_help_text = "Words of what was done, a name, or the address of who did it."
    fields = ["when", "who", "what", "words", "about"]
    readonly_fields = ["when", "who", "what", "words", "about"]

    @admin.display(description="when", ordering="pk")
    def when(self, entry: LogEntry) -> str:
        return localtime.in_words(entry.action_time, settings.SITE_TIME_ZONE)

    @admin.display(description="who")
    def who(self, entry: LogEntry) -> str:
        return str(entry.user)

    @admin.display(description="kind")
    def what(self, entry: LogEntry) -> str:
        known = {kind.value: str(kind.label) for kind in Kind}
        return known.get(entry.action_flag, "")

    @admin.display(description="what was done")
    def words(self, entry: LogEntry) -> str:
        return str(entry.get_change_message())

    @admin.display(description="to what")
    def about(self, entry: LogEntry) -> SafeString | str:
        url = entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', url, entry.object_repr) if url else entry.object_repr
