"""The ledger: every letter to every person, and everybody's way through a sequence."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly
from mailing import drip, fate, letters, placeholders
from mailing.admin import daily, days, heard, names, overview, person, plain, shown
from mailing.models import Letter, Run

NOTHING = "nothing but the answer above"
Page = Callable[[HttpRequest, dict[str, Any]], HttpResponse]


class InWords(admin.ChoicesFieldListFilter):
    """A filter that calls each state as the marks in the rows do; its addresses are those of the field."""

    words: dict[str, str]

    def choices(self, changelist: Any) -> Iterator[Any]:
        named = [("", ""), *((label, capfirst(self.words[value])) for value, label in self.field.flatchoices)]
        for (label, word), choice in zip(named, super().choices(changelist), strict=True):
            yield choice | {"display": str(choice["display"]).replace(str(label), word, 1)}


class LetterState(InWords):
    words = {state: word for state, (word, *_) in shown.STATES.items()}


class RunState(InWords):
    words = shown.RUNS


@admin.register(Letter)
class LetterAdmin(ReadOnly, admin.ModelAdmin[Letter]):
    nothing_yet = "Every mail that the site sends stands here, with what became of it."
    list_display = ["subject", "contact", "standing", "why", "when", "kind"]
    list_filter = [("state", LetterState), "kind", "revision__step__sequence", "created_at"]
    list_select_related = ["contact", "revision__step__sequence"]
    search_fields = ["contact__email", "address", "revision__subject", "=state", "reason"]
    search_help_text = "Address, subject, state, or words of the reason."
    actions = ["send_again"]
    fields = [
        "subject", "contact", "address", "kind", "state", "reason", "revision", "run",
        "created_at", "not_before", "expires_at", "attempts", "handed_at", "sent_at", "what_was_heard", "words",
    ]  # fmt: skip

    change_list_template = "mailing/desk/ledger.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        named = {
            "overview": overview.page,
            "again": overview.again,
            "hold": overview.hold,
            "open": overview.open_again,
            "daily": daily.page,
            "names": names.page,
        }
        pages = [
            path(f"{word}/", view(self.around(page)), name=f"mailing_letter_{word}")
            for word, page in named.items()
        ]
        return [*pages, *super().get_urls()]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The list of a sequence leads to the letters of one step."""
        return lookup == "revision__step" or super().lookup_allowed(lookup, value, request)

    def around(self, page: Page) -> Callable[[HttpRequest], HttpResponse]:
        def shown_here(request: HttpRequest) -> HttpResponse:
            return page(request, self.admin_site.each_context(request) | {"opts": self.opts})

        return shown_here

    @admin.display(description="what was heard of it")
    def what_was_heard(self, letter: Letter) -> SafeString | str:
        """By whom it was refused, when it is tried again, what the reader did with it."""
        said = [(one,) for one in heard.of([letter])[letter]]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", said)) if said else NOTHING

    @admin.display(description="its words, with made-up values")
    def words(self, letter: Letter) -> SafeString:
        """Never the real values: they may be a code or a way in."""
        return format_html("<pre>{}</pre>", letters.sample(letter.revision).text)

    @admin.display(description="subject", ordering="revision__subject")
    def subject(self, letter: Letter) -> str:
        return letters.subject_as_read(letter, first_name=placeholders.first_name(letter.contact))

    @admin.display(description="state", ordering="state")
    def standing(self, letter: Letter) -> SafeString:
        return shown.letter_pill(letter)

    @admin.display(description="why", ordering="reason", empty_value="")
    def why(self, letter: Letter) -> str:
        return plain.why(letter)

    @admin.display(description="when it went, or may go", ordering="not_before")
    def when(self, letter: Letter) -> str:
        return shown.ours(letter.sent_at or letter.handed_at or letter.not_before)

    @admin.action(description="Send failed and doubtful letters again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        now = clock.now()
        done = sum(fate.again(letter=letter, now=now) for letter in queryset)
        messages.success(request, f"{done} of {len(queryset)} queued again.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailing.change_letter")


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin[Run]):
    nothing_yet = (
        "Whoever joins a course, or asks for the free letters, stands here while letters are to come."
    )
    list_display = ["contact", "sequence", "standing", "next_letter", "when"]
    list_filter = [("state", RunState), "sequence"]
    list_select_related = ["contact", "sequence", "next_step__revision"]
    search_fields = ["contact__email", "source"]
    search_help_text = "Address."
    actions = ["stop"]

    change_list_template = "mailing/desk/runs.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("days/", view(self.days), name="mailing_run_days"), *super().get_urls()]

    def days(self, request: HttpRequest) -> HttpResponse:
        return days.page(request, self.admin_site.each_context(request) | {"opts": self.opts})

    @admin.display(description="state", ordering="state")
    def standing(self, run: Run) -> str:
        return capfirst(person.run_says(run))

    @admin.display(description="next letter", empty_value="")
    def next_letter(self, run: Run) -> str:
        revision = run.next_step.revision if run.next_step else None
        return revision.subject if revision else ""

    @admin.display(description="due", ordering="next_due_at")
    def when(self, run: Run) -> str:
        return "" if person.rests_until(run.contact) else shown.ours(run.next_due_at)

    @admin.action(description="Stop these letters for good", permissions=["stop"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        now = clock.now()
        done = sum(
            drip.cancel(source=run.source, kinds=[run.sequence.kind], reason=drip.STOPPED, now=now)
            for run in queryset.select_related("sequence")
        )
        messages.success(request, f"{done} stopped.")

    def has_stop_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("mailing.change_run")
