"""Contacts, what they agreed to, and whom not to write to."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly
from mailing import contacts, forms, suppression
from mailing.admin import merging, person, personal, shown
from mailing.models import Consent, Contact, Suppression

TAKE_OFF = (
    "Only a hash of the address is kept. To write to it again, tick its row in the list and choose "
    "“Take off the list”."
)


@admin.register(Contact)
class ContactAdmin(shown.Kept, admin.ModelAdmin[Contact]):
    form = forms.ContactForm
    list_display = ["email", "name", "time_zone", "timeline"]
    change_form_template = "mailing/desk/contact.html"
    search_fields = ["email", "name"]
    readonly_fields = ["email", "time_zone_confirmed", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Without those who became one with another."""
        return super().get_queryset(request).filter(merged_into=None)

    @admin.display(description="letters")
    def timeline(self, contact: Contact) -> SafeString:
        place = reverse("admin:mailing_contact_letters", args=[contact.pk])
        return format_html('<a href="{}" aria-label="Letters of {}">Past and next</a>', place, contact.email)

    def letters(self, request: HttpRequest, pk: int) -> HttpResponse:
        return person.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def write(self, request: HttpRequest, pk: int) -> HttpResponse:
        return personal.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def merge(self, request: HttpRequest, pk: int) -> HttpResponse:
        return merging.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/merge/", view(self.merge), name="mailing_contact_merge"),
            path("<int:pk>/letters/", view(self.letters), name="mailing_contact_letters"),
            path("<int:pk>/write/", view(self.write), name="mailing_contact_write"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # contacts come with what people do

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        contact = Contact.objects.get(pk=obj.pk)
        contacts.update(contact=contact, name=obj.name, time_zone=obj.time_zone or None, now=clock.now())


@admin.register(Consent)
class ConsentAdmin(ReadOnly, admin.ModelAdmin[Consent]):
    nothing_yet = "What people said yes or no to stands here, with the wording they saw."
    list_display = ["contact", "purpose", "state", "source", "changed_at"]
    list_filter = ["purpose", "state"]
    list_select_related = ["contact"]
    search_fields = ["contact__email"]


@admin.register(Suppression)
class SuppressionAdmin(shown.Kept, admin.ModelAdmin[Suppression]):
    nothing_yet = "Addresses that bounce or complain come here by themselves, and nothing is sent to them."
    form = forms.SuppressionForm
    list_display = ["hashed", "scope", "reason", "created_at", "until", "lifted_at"]
    list_filter = ["scope", "reason"]
    search_fields = ["address_hash"]
    search_help_text = "The whole address: only a hash of it is kept."
    readonly_fields = ["hashed", "created_at", "until", "lifted_at"]
    actions = ["lift"]

    def get_fieldsets(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["email", "scope", "reason"]})]
        names = ["hashed", "scope", "reason", "created_at", "until", "lifted_at"]
        return [(None, {"fields": names, "description": TAKE_OFF})]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="address (hash)")
    def hashed(self, row: Suppression) -> str:
        return row.address_hash[:12]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        typed = suppression.hash_of(search_term) if "@" in search_term else search_term
        return super().get_search_results(request, queryset, typed)

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        email = form.cleaned_data["email"]
        stands = obj.scope in suppression.standing(email)
        put = suppression.put(email=email, scope=obj.scope, reason=obj.reason, now=clock.now())
        obj.pk, obj.address_hash = put.pk, put.address_hash
        said = "stands on the list already" if stands else "is on the list now"
        messages.success(request, f"{email} {said}. Not sent there: {obj.get_scope_display()}.")

    def response_add(
        self, request: HttpRequest, obj: Suppression, post_url_continue: Any = None
    ) -> HttpResponse:
        return redirect("admin:mailing_suppression_changelist")  # what happened was said while saving

    @admin.action(description="Take off the list", permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        now = clock.now()
        done = sum(suppression.lift(suppression=row, now=now) for row in queryset)
        messages.success(request, f"{done} taken off the list.")
