"""Sequences: what is written when, how many stand where; pausing and waking with a question first."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms as dates
from django.contrib import admin, messages
from django.db.models import TimeField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.lib import clock, opened, together
from coursesite.lib.together import Together
from mailing import edits, forms, funnel, impact, kinds, publish, returns
from mailing.admin import asking, beginning, hours, ordering, shown
from mailing.models import Letter, Run, Sequence, Step

LIVE, PAUSED = Sequence.State.LIVE, Sequence.State.PAUSED
WAIT, GOT = "for it", "got it"


@admin.register(Sequence)
class SequenceAdmin(Together, shown.Kept, admin.ModelAdmin[Sequence]):
    list_display = ["name", "kind", "standing", "send_at"]
    list_display_links = None
    form = forms.SequenceForm
    readonly_fields = ["slug", "kind"]
    fieldsets = [("Sequence", {"fields": ["title", "slug", "kind", "send_at", "days"]})]
    formfield_overrides = {TimeField: {"widget": dates.TimeInput(attrs={"type": "time"}, format="%H:%M")}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a folder of content/letters makes one

    @admin.display(description="letters", ordering="title")
    def name(self, sequence: Sequence) -> SafeString:
        return format_html('<a href="{}">{}</a>', url(sequence), sequence.title)

    @admin.display(description="state", ordering="state")
    def standing(self, sequence: Sequence) -> SafeString:
        why = shown.paused_itself(sequence)
        return format_html('{} <span class="quiet">{}</span>', shown.sequence_pill(sequence), why)

    def save_model(self, request: HttpRequest, obj: Sequence, form: Any, change: bool) -> None:
        self.change(obj, form)
        hours.offer_undo(request, obj, form)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return hours.filled(request, super().get_form(request, obj, change, **kwargs))

    def mark(self, request: HttpRequest, context: dict[str, Any], obj: Any) -> str:
        """Of what is saved, also where the form shows something else."""
        if request.method != "GET":
            return super().mark(request, context, obj)
        form, formsets = self.saved(request, obj)
        return opened.mark(opened.texts(form, formsets), together.last_line(obj)).text

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Another hour shows first whom it touches."""
        self.ask_first(request, object_id)
        if request.method == "POST" and (sheet := self.sheet(request, object_id)):
            return sheet
        return super().change_view(request, object_id, *args, **kwargs)

    def clock(self, sequence: Sequence, form: Any) -> edits.Clock:
        return replace(edits.clock_of(sequence), weekdays="".join(form.cleaned_data["days"]))

    def change(self, sequence: Sequence, form: Any) -> None:
        publish.change_sequence(
            sequence=sequence,
            title=sequence.title,
            state=sequence.state,
            send_at=sequence.send_at,
            weekdays="".join(form.cleaned_data["days"]),
            now=clock.now(),
        )

    def sheet(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        sequence = self.get_object(request, object_id)
        if sequence is None or not self.has_change_permission(request, sequence):
            return None
        form = self.get_form(request, sequence, change=True)(request.POST, instance=sequence)
        if not form.is_valid() or not {"send_at", "days"} & set(form.changed_data):
            return None
        changed = form.instance
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": f"Before it is saved: {changed.title}",
            "button": "Save it",
            "back": request.get_full_path(),
            "trail": [(url(changed), changed.title)],
        }
        return asking.first(
            request,
            context,
            found=impact.of_clock(sequence=changed, to=self.clock(changed, form), now=clock.now()),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/letters/", view(self.letters), name="mailing_sequence_letters"),
            path("<int:pk>/pause/", view(self.pause), name="mailing_sequence_pause"),
            path("<int:pk>/order/", view(self.order), name="mailing_sequence_order"),
            path("<int:pk>/begin/", view(self.begin), name="mailing_sequence_begin"),
            path("<int:pk>/wake/", view(self.wake), name="mailing_sequence_wake"),
            *super().get_urls(),
        ]

    def letters(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sequence as one reads it, first letter first."""
        shown.needs(request, "mailing.view_sequence")
        sequence = get_object_or_404(Sequence, pk=pk)
        rows = rows_of(sequence)
        in_order = [row for row in rows if not row.step.archived_at]
        is_loose = sequence.kind in kinds.LOOSE
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": sequence.title,
            "sequence": sequence,
            "standing": shown.sequence_pill(sequence),
            "paused": shown.paused_itself(sequence),
            "rows": in_order,
            "can_move": len(in_order) > 1 and not is_loose and request.user.has_perm("mailing.change_step"),
            "taken_out": [row for row in rows if row.step.archived_at],
            "under_way": Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE).count(),
            "back": returns.together([row.back for row in rows]),
            "heard": shown.echo(heard_of(sequence, rows)),
            "began": rows[0].stand.began if rows else 0,
            "is_loose": is_loose,
        }
        return render(request, "mailing/desk/sequence.html", context)

    def order(self, request: HttpRequest, pk: int) -> HttpResponse:
        return ordering.move(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def begin(self, request: HttpRequest, pk: int) -> HttpResponse:
        return beginning.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def pause(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.switch(request, pk, PAUSED)

    def wake(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.switch(request, pk, LIVE)

    def switch(self, request: HttpRequest, pk: int, to: Sequence.State) -> HttpResponse:
        """Says what will happen; posted, it does. A sequence that never wrote begins on a page of its own."""
        shown.needs(request, "mailing.pause_sequence")
        begun = Sequence.objects.filter(state__in=[LIVE, PAUSED]).exclude(kind__in=kinds.LOOSE)
        sequence = get_object_or_404(begun, pk=pk)
        verb = "Pause" if to == PAUSED else "Wake"
        if request.method == "POST":
            publish.change_sequence(
                sequence=sequence, title=sequence.title, state=to, send_at=sequence.send_at, now=clock.now()
            )
            back = reverse(f"admin:mailing_sequence_{'wake' if to == PAUSED else 'pause'}", args=[pk])
            said = "Paused. Nothing of it goes out" if to == PAUSED else "Awake. Its letters go out again"
            messages.success(request, format_html('{}. <a href="{}">Undo …</a>', said, back))
            return redirect(url(sequence))
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": f"{verb}: {sequence.title}",
            "says": consequences(sequence, to),
            "button": f"{verb} these letters",
            "back": url(sequence),
            "trail": [(url(sequence), sequence.title)],
        }
        return render(request, "mailing/desk/confirm.html", context)


@dataclass(frozen=True)
class Row:
    """One letter of a sequence, with how everybody who began stands to it."""

    step: Step
    stand: funnel.Stand
    back: returns.Share
    above: int | str = ""  # before which letter it comes by one press up; empty: the end
    below: int | str = ""  # and by one press down

    @property
    def when(self) -> str:
        return shown.place_of(self.step)

    @property
    def subject(self) -> str:
        return self.step.revision.subject if self.step.revision else "(nothing published yet)"

    @property
    def counts(self) -> list[tuple[str, str]]:
        """Each number in words, with the letters it counts where they are rows of the ledger."""
        if self.step.sequence.kind in kinds.LOOSE:
            return [(f"{self.stand.got:,} got it", self.ledger("sent") if self.stand.got else "")]
        return [
            (words, self.ledger(states) if states and number else "")
            for number, words, states in said(self.stand)
            if number or words.endswith((WAIT, GOT))
        ]

    def ledger(self, states: str) -> str:
        asked = urlencode({"revision__step": self.step.pk, "state__in": states})
        return f"{reverse('admin:mailing_letter_changelist')}?{asked}"

    @property
    def unless(self) -> str:
        return shown.unless(self.step)


def said(stand: funnel.Stand) -> list[tuple[int, str, str]]:
    """(number, in words, states of its letters)."""
    one = {"next": f"waits {WAIT}", "later": "comes to it later", "apart": "ended before it or had passed it"}
    return [
        (stand.next, shown.count(stand.next, one["next"], f"wait {WAIT}"), ""),
        (stand.later, shown.count(stand.later, one["later"], "come to it later"), ""),
        (stand.got, f"{stand.got:,} {GOT}", "sent"),
        (stand.off, f"{stand.off:,} of them turned these letters off within a day", ""),
        (stand.unknown, f"of {stand.unknown:,} nobody knows", "unknown,handed"),
        (stand.failed, f"{stand.failed:,} did not go", "failed"),
        (stand.left_out, f"{stand.left_out:,} left out", "skipped,cancelled,expired"),
        (stand.apart, f"{stand.apart:,} {one['apart']}", ""),
    ]


def heard_of(sequence: Sequence, rows: list[Row]) -> funnel.Echo:
    got, off = (sum(getattr(row.stand, name) for row in rows) for name in ("got", "off"))
    return funnel.echo_of(Letter.objects.filter(run__sequence=sequence), of=got, off=off)


def rows_of(sequence: Sequence) -> list[Row]:
    """Nine queries at most, however many people there are."""
    steps = list(
        Step.objects.filter(sequence=sequence)
        .select_related("sequence", "revision")
        .order_by("position", "pk")
    )
    stands = funnel.stands(sequence, steps)
    back = returns.by_step(sequence, now=clock.now())
    stand = [step.pk for step in steps if not step.archived_at]
    return [
        Row(
            step,
            stands[step.pk],
            back.get(step.pk, returns.Share()),
            *neighbors(stand, step.pk),
        )
        for step in steps
    ]


def neighbors(stand: list[int], pk: int) -> tuple[int | str, int | str]:
    """Before which letters one comes to stand by moving up and by moving down."""
    if pk not in stand:
        return "", ""
    place = stand.index(pk)
    return stand[place - 1] if place else "", stand[place + 2] if place + 2 < len(stand) else ""


def consequences(sequence: Sequence, to: Sequence.State) -> list[str]:
    """What pausing or waking does, in sentences."""
    under_way = Run.objects.filter(sequence=sequence, state=Run.State.ACTIVE)
    on_way = shown.people(under_way.count())
    if to == PAUSED:
        return [
            f"{on_way} on the way through these letters get none of them until you wake the sequence.",
            "Letters that wait in the queue stay there. Receipts, sign-in codes and other sequences go on.",
            "Nobody loses a letter: each goes on where they stopped.",
        ]
    late = under_way.filter(next_due_at__lte=clock.now()).count()
    itself = shown.paused_itself(sequence)
    return [
        *([f"{itself} Is that mended? It pauses itself again if it goes on."] if itself else []),
        f"{on_way} on the way get these letters again.",
        f"{shown.people(late)} had a letter due meanwhile: it goes as soon as it is day where they live, one a day."
        if late
        else "Nobody had a letter due meanwhile.",
    ]


def url(sequence: Sequence) -> str:
    return reverse("admin:mailing_sequence_letters", args=[sequence.pk])
