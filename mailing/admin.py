"""The desk for letters: what was written, who gets it, who got it and why not. Rows of the ledger are read-only."""

from typing import Any

from csp.decorators import csp_replace
from django import forms as dates
from django.contrib import admin, messages
from django.db.models import QuerySet, TimeField
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.lib import clock
from mailing import contacts, drip, fate, forms, letters, publish, suppression
from mailing.models import Consent, Contact, Letter, Run, Sequence, Step, StepRevision, Suppression


class ReadOnly:
    """Shown, never typed into: these rows say what happened."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Kept:
    """May be changed, not deleted: the ledger hangs on it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Sequence)
class SequenceAdmin(Kept, admin.ModelAdmin[Sequence]):
    list_display = ["title", "slug", "kind", "state", "send_at"]
    readonly_fields = ["slug", "kind"]
    fieldsets = [("Sequence", {"fields": ["title", "slug", "kind", "state", "send_at"]})]
    formfield_overrides = {TimeField: {"widget": dates.TimeInput(attrs={"type": "time"}, format="%H:%M")}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a folder of content/letters makes one

    def save_model(self, request: HttpRequest, obj: Sequence, form: Any, change: bool) -> None:
        publish.change_sequence(
            sequence=obj, title=obj.title, state=obj.state, send_at=obj.send_at, now=clock.now()
        )


@admin.register(Step)
class StepAdmin(Kept, admin.ModelAdmin[Step]):
    form = forms.StepForm
    list_display = ["subject", "sequence", "key", "day", "subject_of", "revision_number", "archived_at"]
    list_filter = ["sequence"]
    list_select_related = ["sequence", "revision"]
    search_fields = ["key", "revision__subject", "revision__body"]
    ordering = ["sequence", "position"]
    actions = ["archive", "restore"]

    @admin.display(description="subject")
    def subject(self, step: Step) -> str:
        return step.revision.subject if step.revision else "(not published)"

    @admin.display(description="revision")
    def revision_number(self, step: Step) -> int | None:
        return step.revision.number if step.revision else None

    @admin.display(description="as it is read")
    def preview(self, step: Step) -> SafeString | str:
        """Subject and text with made-up values; the link shows it with its looks."""
        if not step.revision:
            return "(not published)"
        address = reverse("admin:mailing_step_preview", args=[step.pk])
        letter = letters.sample(step.revision)
        words = '<strong>{}</strong><pre>{}</pre><a href="{}">Look at the letter</a>'
        return format_html(words, letter.subject, letter.text, address)

    def get_fieldsets(self, request: HttpRequest, obj: Step | None = None) -> list[Any]:
        place = {"fields": ["sequence", "key", "position", "day", "subject_of"]}
        words = {"fields": ["subject", "preheader", "body"]}
        sample = [("With made-up values", {"fields": ["preview"]})] if obj else []
        return [("The letter", words), ("Its place", place), *sample]

    def get_readonly_fields(self, request: HttpRequest, obj: Step | None = None) -> list[str]:
        return ["preview", "sequence", "key"] if obj else []

    def save_model(self, request: HttpRequest, obj: Step, form: Any, change: bool) -> None:
        """Publish; the new wording reaches everybody who has not got the letter yet."""
        made = publish.step(
            sequence=obj.sequence,
            key=obj.key,
            subject=form.cleaned_data["subject"],
            preheader=form.cleaned_data["preheader"],
            body=form.cleaned_data["body"],
            day=obj.day,
            subject_of=obj.subject_of,
            position=obj.position,
            now=clock.now(),
        )
        published = Step.objects.get(sequence=obj.sequence, key=obj.key)
        obj.pk, obj.revision = published.pk, published.revision
        if made:
            messages.info(
                request, f"Published as revision {made.number}. Letters still waiting will say this."
            )

    @admin.action(description="Take out of the sequence", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Step]) -> None:
        now = clock.now()
        done = sum(publish.archive(step=step, now=now) for step in queryset)
        messages.success(request, f"{done} taken out.")

    @admin.action(description="Put back into the sequence", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Step]) -> None:
        messages.success(
            request, f"{sum(publish.restore(step=step, now=clock.now()) for step in queryset)} put back."
        )

    def get_urls(self) -> list[URLPattern]:
        shown = self.admin_site.admin_view(show_letter)
        return [path("<int:pk>/preview/", shown, name="mailing_step_preview"), *super().get_urls()]


# The annotation of csp_replace knows no view with arguments.
@csp_replace({"style-src": ["'unsafe-inline'"], "script-src": ["'none'"]})  # type: ignore[arg-type]
def show_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part with made-up values; a letter brings its styles in its elements."""
    step = Step.objects.select_related("revision").filter(pk=pk, revision__isnull=False).first()
    if step is None or step.revision is None or not request.user.has_perm("mailing.view_step"):
        raise Http404
    return HttpResponse(letters.sample(step.revision).html)


@admin.register(StepRevision)
class StepRevisionAdmin(ReadOnly, admin.ModelAdmin[StepRevision]):
    list_display = ["subject", "step", "number", "created_at"]
    list_filter = ["step__sequence"]
    list_select_related = ["step__sequence"]
    search_fields = ["subject", "body"]
    fields = ["step", "number", "subject", "preheader", "body", "text", "created_at"]


@admin.register(Letter)
class LetterAdmin(ReadOnly, admin.ModelAdmin[Letter]):
    list_display = ["subject", "contact", "kind", "state", "reason", "not_before", "sent_at"]
    list_filter = ["state", "kind", "revision__step__sequence"]
    list_select_related = ["contact", "revision__step__sequence"]
    search_fields = ["contact__email", "address", "revision__subject", "=state", "reason"]
    search_help_text = "Address, subject, state, or words of the reason."
    date_hierarchy = "created_at"
    actions = ["send_again"]
    fields = [
        "subject", "contact", "address", "kind", "state", "reason", "revision", "run",
        "created_at", "not_before", "expires_at", "attempts", "handed_at", "sent_at", "words",
    ]  # fmt: skip

    @admin.display(description="its words, with made-up values")
    def words(self, letter: Letter) -> SafeString:
        """Never the real values: they may be a code or a way in."""
        return format_html("<pre>{}</pre>", letters.sample(letter.revision).text)

    @admin.display(description="subject", ordering="revision__subject")
    def subject(self, letter: Letter) -> str:
        return letter.revision.subject

    @admin.action(description="Send failed and doubtful letters again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        now = clock.now()
        done = sum(fate.again(letter=letter, now=now) for letter in queryset)
        messages.success(request, f"{done} of {len(queryset)} queued again.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailing.change_letter")


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin[Run]):
    list_display = [
        "contact",
        "sequence",
        "source",
        "state",
        "next_step",
        "next_due_at",
        "last_sent_at",
        "reason",
    ]
    list_filter = ["state", "sequence"]
    list_select_related = ["contact", "sequence", "next_step__sequence"]
    search_fields = ["contact__email", "source"]
    actions = ["stop"]

    @admin.action(description="Stop these letters for good", permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        now = clock.now()
        done = sum(drip.cancel(source=run.source, reason="Stopped at the desk.", now=now) for run in queryset)
        messages.success(request, f"{done} stopped.")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailing.change_run")


@admin.register(Contact)
class ContactAdmin(Kept, admin.ModelAdmin[Contact]):
    form = forms.ContactForm
    list_display = ["email", "name", "time_zone", "created_at"]
    search_fields = ["email", "name"]
    readonly_fields = ["email", "time_zone_confirmed", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # contacts come with what people do

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        contact = Contact.objects.get(pk=obj.pk)
        contacts.update(contact=contact, name=obj.name, time_zone=obj.time_zone or None, now=clock.now())


@admin.register(Consent)
class ConsentAdmin(ReadOnly, admin.ModelAdmin[Consent]):
    list_display = ["contact", "purpose", "state", "source", "changed_at"]
    list_filter = ["purpose", "state"]
    list_select_related = ["contact"]
    search_fields = ["contact__email"]


@admin.register(Suppression)
class SuppressionAdmin(Kept, admin.ModelAdmin[Suppression]):
    form = forms.SuppressionForm
    list_display = ["hashed", "scope", "reason", "created_at", "until", "lifted_at"]
    list_filter = ["scope", "reason"]
    search_fields = ["address_hash"]
    search_help_text = "The whole address: only a hash of it is kept."
    fields = ["email", "scope", "reason"]
    actions = ["lift"]

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
        put = suppression.put(email=email, scope=obj.scope, reason=obj.reason, now=clock.now())
        obj.pk, obj.address_hash = put.pk, put.address_hash

    @admin.action(description="Take off the list", permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        now = clock.now()
        done = sum(suppression.lift(suppression=row, now=now) for row in queryset)
        messages.success(request, f"{done} taken off the list.")
