"""Letters to many: write, look, send with ten minutes to call it back, stop, and go on with who missed it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from coursesite.lib import clock, localtime
from coursesite.lib.desk import BAD, GOOD, NEWS, QUIET, TAKE_CARE, pill
from coursesite.lib.together import Together
from mailing import audiences, broadcasts, proof, publish
from mailing.admin import doubts, plain, sending, shown, unsaved
from mailing.admin import words as menu
from mailing.forms import one_line
from mailing.models import Broadcast, Letter, Sequence

S, L = Broadcast.State, Letter.State
STATES = {
    S.DRAFT: ("not sent", QUIET, "pen"),
    S.HELD: ("goes out soon", TAKE_CARE, "clock"),
    S.SENDING: ("going out", NEWS, "mail"),
    S.TRIED: ("the first have it", TAKE_CARE, "clock"),
    S.STOPPED: ("stopped", BAD, "error"),
    S.DONE: ("sent", GOOD, "done"),
}
LISTS = {  # which letters a list shows, and its heading
    "got": ([L.SENT], "Who got it"),
    "perhaps": ([L.UNKNOWN, L.HANDED], "Of whom nobody knows"),
    "waiting": ([L.QUEUED, L.LEASED], "Who is still to get it"),
    "not": ([L.CANCELLED, L.SKIPPED, L.FAILED, L.EXPIRED], "Who did not get it"),
}
A_PAGE = 100
ONE_SAVE = {
    "show_save_and_add_another": False,
    "show_save_and_continue": False,
}  # each would lead to its sheet


class BroadcastForm(forms.ModelForm[Broadcast]):
    audience = forms.ChoiceField(label="To whom")
    subject = one_line()
    preheader = one_line(required=False, help_text="Shown in the inbox.")
    body = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 24, "cols": 90}),
        help_text="Markdown. {first_name} is filled in; a button stands alone on its line: {button:Go to your course}",
    )

    class Meta:
        model = Broadcast
        fields = ["title", "audience"]
        labels = {"title": "Name for yourself"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = clock.now()
        audience: Any = self.fields["audience"]
        audience.choices = [
            (one.word, f"{one.label}: {audiences.people(one.word, now=now).count():,} now")
            for one in audiences.named(now=now).values()
        ]
        revision = self.instance.step.revision if self.instance.pk else None
        if revision:
            for name in ("subject", "preheader", "body"):
                self.initial[name] = getattr(revision, name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"subject", "preheader", "body"} <= data.keys():
            data["body"] = data["body"].replace("\r\n", "\n").strip() + "\n"
            many = Sequence(slug=broadcasts.SLUG, kind=Sequence.Kind.BROADCAST)
            words = {name: data[name] for name in ("subject", "preheader", "body")}
            if found := proof.faults(sequence=many, on_people=True, **words):
                raise ValidationError([ValidationError(one) for one in found])
        return data


@admin.register(Broadcast)
class BroadcastAdmin(Together, shown.Kept, admin.ModelAdmin[Broadcast]):
    nothing_yet = (
        "You write one, choose who gets it, send yourself a test, and have ten minutes to call it back."
    )
    form = BroadcastForm
    list_display = ["title", "standing", "audience_label", "counted", "made"]
    list_display_links = ["title"]
    fieldsets = [
        ("The letter", {"fields": ["subject", "preheader", "body"]}),
        ("To whom", {"fields": ["title", "audience"]}),
    ]
    change_list_template = "mailing/desk/broadcasts.html"
    change_form_template = "mailing/desk/broadcast_form.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Broadcast]":
        return super().get_queryset(request).defer("chosen").select_related("step__revision")

    def has_change_permission(self, request: HttpRequest, obj: Broadcast | None = None) -> bool:
        return (obj is None or obj.state == S.DRAFT) and super().has_change_permission(request, obj)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was sent is not written any more: the list leads to its sheet."""
        obj = self.get_object(request, object_id)
        if obj is not None and obj.state != S.DRAFT and self.has_view_permission(request, obj):
            if request.method == "POST":
                messages.error(request, "It was sent meanwhile, so nothing of it was changed.")
            return redirect("admin:mailing_broadcast_sheet", obj.pk)
        return super().change_view(request, object_id, *args, **kwargs)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        many = Sequence(kind=Sequence.Kind.BROADCAST)
        can = request.user.has_perm("mailing.change_broadcast")
        known = {"placeholders": menu.of(many), "look_at": unsaved.address(many) if can else ""}
        title = {} if object_id else {"title": "Write a letter to many"}
        more = {**(extra_context or {}), **known, **ONE_SAVE, **title}
        answer = super().changeform_view(request, object_id, form_url, more)
        return doubts.said(request, answer, many)

    @admin.display(description="state", ordering="state")
    def standing(self, broadcast: Broadcast) -> SafeString:
        return standing(broadcast)

    @admin.display(description="to whom")
    def audience_label(self, broadcast: Broadcast) -> str:
        return label(broadcast)

    @admin.display(description="written", ordering="created_at")
    def made(self, broadcast: Broadcast) -> str:
        return localtime.in_full(broadcast.created_at, settings.SITE_TIME_ZONE)

    def save_model(self, request: HttpRequest, obj: Broadcast, form: Any, change: bool) -> None:
        data, now = form.cleaned_data, clock.now()
        words = {name: data[name] for name in ("subject", "preheader", "body")}
        if not change:
            made = broadcasts.create(title=data["title"], audience=data["audience"], now=now, **words)
            obj.pk, obj.step, obj.created_at = made.pk, made.step, made.created_at
            return
        broadcasts.address_to(broadcast=obj, title=data["title"], audience=data["audience"], now=now)
        step = obj.step
        publish.step(
            sequence=step.sequence,
            key=step.key,
            day=0,
            subject_of="",
            position=step.position,
            now=now,
            **words,
        )

    def response_add(
        self, request: HttpRequest, obj: Broadcast, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.response_change(request, obj)

    def response_change(self, request: HttpRequest, obj: Broadcast) -> HttpResponse:
        messages.success(request, "Saved. Nobody has got it yet.")
        return redirect("admin:mailing_broadcast_sheet", obj.pk)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        named = {"sheet": self.sheet, "send": self.send, "people": self.people}
        pages = [
            path(f"<int:pk>/{word}/", view(page), name=f"mailing_broadcast_{word}")
            for word, page in named.items()
        ]
        return [*pages, *super().get_urls()]

    def around(self, request: HttpRequest, broadcast: Broadcast) -> dict[str, Any]:
        trail = [(reverse("admin:mailing_broadcast_changelist"), "Letters to many")]
        return self.admin_site.each_context(request) | {
            "opts": self.opts,
            "broadcast": broadcast,
            "trail": trail,
        }

    def sheet(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where it stands, and the one button that fits; pressed, it leads back here."""
        shown.needs(request, "mailing.view_broadcast")
        broadcast = get_object_or_404(self.get_queryset(request), pk=pk)
        now = clock.now()
        if request.method == "POST":
            shown.needs(request, "mailing.change_broadcast")
            sending.act(request, broadcast, now)
            return redirect(request.path)
        tally = broadcasts.tally(broadcast)
        ended = broadcast.state in (S.STOPPED, S.DONE)
        context = self.around(request, broadcast) | {
            "title": broadcast.title,
            "standing": self.standing(broadcast),
            "label": label(broadcast),
            "now_in_it": audiences.people(broadcast.audience, now=now).count() if broadcast.state == S.DRAFT else 0,
            "goes_at": shown.ours(broadcast.hold_until),
            "goes_to": len(broadcast.again) or broadcast.counted - broadcast.written,
            "lists": [
                (word, heading, sum(tally.get(state, 0) for state in states))
                for word, (states, heading) in LISTS.items()
            ],
            "heard": shown.echo(sending.heard_of(broadcast, tally)) if broadcast.written else "",
            "resting": sum(tally.get(state, 0) for state in LISTS["waiting"][0]),
            "unwritten": tally["unwritten"],
            "missing": broadcasts.missing(broadcast=broadcast, now=now).count() if ended else 0,
        }  # fmt: skip
        return render(request, "mailing/desk/broadcast.html", context)

    def send(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How many, and what happens in the next ten minutes; posted, it begins."""
        shown.needs(request, "mailing.change_broadcast")
        broadcast = get_object_or_404(self.get_queryset(request), pk=pk)
        now, back = clock.now(), reverse("admin:mailing_broadcast_sheet", args=[pk])
        if request.method == "POST":
            try:
                form = sending.SendForm(request.POST)
                first = form.cleaned_data["first"] if form.is_valid() else 0
                number = broadcasts.send(broadcast=broadcast, by=shown.actor(request), now=now, first=first)
                messages.success(
                    request, f"It goes to {shown.people(first or number)} in ten minutes. {sending.CAN_UNDO}"
                )
            except broadcasts.Refused as refused:
                messages.error(request, str(refused))
            return redirect(back)
        number = audiences.people(broadcast.audience, now=now).count()
        context = self.around(request, broadcast) | {
            "title": f"Send: {broadcast.title}",
            "says": [
                f"{shown.people(number)} get it: {label(broadcast)}.",
                "It waits for ten minutes, in which you can undo it. Then it goes out, at night only in the morning.",
                "Who joins from now on does not get it. Who turned such letters off does not get it.",
            ],
            "button": f"Send to {shown.people(number)}",
            "form": sending.SendForm(initial={"first": 0}, label_suffix="")
            if number > 2 * sending.FIRST
            else None,
            "back": back,
        }
        return render(request, "mailing/desk/confirm.html", context)

    def people(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The exact list of who got it, or did not and why."""
        shown.needs(request, "mailing.view_broadcast")
        broadcast = get_object_or_404(self.get_queryset(request), pk=pk)
        states, heading = LISTS.get(request.GET.get("list", ""), LISTS["got"])
        letters = Letter.objects.filter(broadcast=broadcast, state__in=states).select_related("contact")
        paged = Paginator(letters.order_by("contact__email"), A_PAGE).get_page(request.GET.get("page"))
        context = self.around(request, broadcast) | {
            "title": f"{heading}: {broadcast.title}",
            "page": paged,
            "list": request.GET.get("list", "got"),
            "rows": [(letter, shown.letter_pill(letter), plain.why(letter)) for letter in paged],
        }
        context["trail"] = [
            *context["trail"],
            (reverse("admin:mailing_broadcast_sheet", args=[pk]), broadcast.title),
        ]
        return render(request, "mailing/desk/broadcast_people.html", context)


def standing(broadcast: Broadcast) -> SafeString:
    return pill(*STATES[Broadcast.State(broadcast.state)])


def label(broadcast: Broadcast) -> str:
    found = audiences.named(now=clock.now()).get(broadcast.audience)
    return found.label if found else broadcast.audience
