"""Letters of a sequence: their words, which publish anew, and their place, which asks first whom it touches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coursesite.lib import clock
from coursesite.lib.desk import ReadOnly
from coursesite.lib.together import Together
from mailing import edits, forms, impact, kinds, publish, reaching
from mailing.admin import asking, doubts, looking, placing, reach, shown, unsaved, versions, words
from mailing.models import Letter, Run, Sequence, Step, StepRevision

DRAFT = "_keep_out"  # the press that keeps a new letter out of its sequence
STAYS = {"_continue", "_addanother", "_saveasnew", "_popup"}
PLACE = ["position", "day", "subject_of", "condition"]


@admin.register(Step)
class StepAdmin(Together, shown.Kept, admin.ModelAdmin[Step]):
    form = forms.StepForm
    list_display = ["subject", "sequence", "day", "subject_of", "revision_number", "archived_at"]
    list_filter = ["sequence"]
    list_select_related = ["sequence", "revision"]
    search_fields = ["key", "revision__subject", "revision__body"]
    ordering = ["sequence", "position"]
    change_form_template = "mailing/desk/step.html"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A letter to many, or to one person, begins on a page of its own."""
        if db_field.name == "sequence":
            kwargs["queryset"] = Sequence.objects.exclude(kind=Sequence.Kind.BROADCAST)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="subject")
    def subject(self, step: Step) -> str:
        return step.revision.subject if step.revision else "(not published)"

    @admin.display(description="wording")
    def revision_number(self, step: Step) -> int | None:
        return step.revision.number if step.revision else None

    def get_fieldsets(self, request: HttpRequest, obj: Step | None = None) -> list[Any]:
        place = {"fields": ["sequence", "day", "subject_of"]}
        more = {"fields": ["key", "position"], "classes": ["collapse"]}
        letter = {"fields": ["subject", "preheader", "body"]}
        if obj and obj.sequence.kind == Sequence.Kind.BROADCAST:
            return [("The letter", letter)]
        return [
            ("The letter", letter),
            ("Its place", place),
            ("Its key, and its place among letters of one day", more),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Step | None = None) -> list[str]:
        return ["sequence", "key"] if obj else []

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Saving a new place shows first whom it touches; a letter that somebody else changed is not saved at all."""
        self.ask_first(request, object_id)
        if request.method == "POST" and (sheet := self.sheet(request, object_id)):
            return sheet
        step = self.get_object(request, object_id) if object_id else None
        more = {
            "title": "Change the letter" if step else "Write a letter",
            "subtitle": self.subject(step) if step else "",
            "trail": [trail_to(step.sequence)] if step else [],
            "passed": how_many_passed(step) if step else 0,
            "waiting": how_many_wait(step) if step else 0,
            "placeholders": words.of(step.sequence if step else None, step),
            "look_at": unsaved.address(step.sequence if step else None)
            if request.user.has_perm("mailing.change_step")
            else "",
        }
        answer = super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **more})
        return doubts.said(request, answer, step.sequence if step else None)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """`?series=course` names the sequence by its word, for who links here without knowing its number."""
        told: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if series := told.pop("series", "").replace("\x00", ""):
            told["sequence"] = Sequence.objects.filter(slug=series).values_list("pk", flat=True).first()
        return told

    def sheet(self, request: HttpRequest, object_id: str | None) -> HttpResponse | None:
        if DRAFT in request.POST and not object_id:
            return None
        obj = self.get_object(request, object_id) if object_id else None
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        form = (
            self.get_form(request, obj, change=obj is not None)(request.POST, instance=obj) if may else None
        )
        if form is None or not form.is_valid() or not set(form.changed_data) & {*PLACE, "sequence"}:
            return None
        step = form.instance
        if step.sequence.kind in kinds.LOOSE:
            return None
        context = {"title": f"Before it is saved: {form.cleaned_data['subject']}", "button": "Save it"}
        return asking.first(
            request,
            self.around(request, step.sequence, back=request.get_full_path()) | context,
            found=impact.of_place(step=step, to=edits.place_of(step), now=clock.now()),
        )

    def publish(self, step: Step, form: Any, *, is_in: bool) -> StepRevision | None:
        return publish.step(
            sequence=step.sequence,
            key=step.key,
            subject=form.cleaned_data["subject"],
            preheader=form.cleaned_data["preheader"],
            body=form.cleaned_data["body"],
            day=step.day,
            subject_of=step.subject_of,
            condition=step.condition,
            position=step.position,
            now=clock.now(),
            is_in=is_in,
        )

    def save_model(self, request: HttpRequest, obj: Step, form: Any, change: bool) -> None:
        """Publish; the new wording reaches everybody who has not got the letter yet. A new letter can be kept out."""
        is_draft = DRAFT in request.POST and not change and obj.sequence.kind not in kinds.LOOSE
        left = placing.newest(obj)
        made = self.publish(obj, form, is_in=not is_draft)
        published = Step.objects.get(sequence=obj.sequence, key=obj.key)
        obj.pk, obj.revision = published.pk, published.revision
        placing.tell(request, published, left_before=left)
        if is_draft:
            messages.info(request, "It is not in use: nobody gets it before you put it in.")
            return
        is_elsewhere = not change or placing.newest(published) != left
        if is_elsewhere and (passed := how_many_passed(published)):
            self.offer(request, published, passed)
        if made:
            messages.info(request, said_of(made))

    def response_change(self, request: HttpRequest, obj: Step) -> HttpResponse:
        return self.answered(request, obj) or super().response_change(request, obj)

    def response_add(
        self, request: HttpRequest, obj: Step, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.answered(request, obj) or super().response_add(request, obj, post_url_continue)

    def answered(self, request: HttpRequest, obj: Step) -> HttpResponse | None:
        """After a plain save the letter is called by its subject."""
        if obj.revision is None or STAYS & request.POST.keys():
            return None
        messages.success(request, f"Saved: {obj.revision.subject}")
        return self.response_post_save_change(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Step) -> HttpResponseRedirect:
        return self.back_to(obj) or super().response_post_save_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Step) -> HttpResponseRedirect:
        return self.back_to(obj) or super().response_post_save_add(request, obj)

    def back_to(self, step: Step) -> HttpResponseRedirect | None:
        """Where the letter stands among the others of its sequence."""
        if step.sequence.kind == Sequence.Kind.BROADCAST:
            return None
        page = reverse("admin:mailing_sequence_letters", args=[step.sequence_id])
        return HttpResponseRedirect(f"{page}#step-{step.pk}")

    def offer(self, request: HttpRequest, step: Step, passed: int) -> None:
        """Nobody gets a letter by surprise that was put before their place; the way to it is one press."""
        place = reverse("admin:mailing_step_reach", args=[step.pk])
        said = '{} past its place and get nothing of it. <a href="{}">Send it to them too …</a>'
        messages.info(request, format_html(said, shown.count(passed, "person is", "people are"), place))

    def around(self, request: HttpRequest, sequence: Sequence, *, back: str) -> dict[str, Any]:
        """What every page about one letter shows around itself."""
        more = {"opts": self.opts, "trail": [trail_to(sequence)], "back": back}
        return self.admin_site.each_context(request) | more

    def archive(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.move(request, pk, "Take out", lambda step: publish.archive(step=step, now=clock.now()))

    def restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.move(request, pk, "Put in", lambda step: publish.restore(step=step, now=clock.now()))

    def move(self, request: HttpRequest, pk: int, verb: str, change: Callable[[Step], bool]) -> HttpResponse:
        """Out of its sequence or back: whom it touches, then it is done. The way back stands in the answer."""
        shown.needs(request, "mailing.change_step")
        step = get_object_or_404(Step.objects.select_related("sequence", "revision"), pk=pk)
        back = reverse("admin:mailing_sequence_letters", args=[step.sequence_id])
        if (step.archived_at is None) != (verb == "Take out"):
            messages.info(request, "That was done already.")
            return redirect(back)
        context = self.around(request, step.sequence, back=back) | {
            "title": f"{verb}: {self.subject(step)}",
            "button": f"{verb} this letter",
        }
        to = replace(edits.place_of(step), is_in=verb != "Take out")
        found = impact.of_place(step=step, to=to, now=clock.now())
        if sheet := asking.first(request, context, found=found):
            return sheet
        change(step)
        undo = reverse(f"admin:mailing_step_{'restore' if verb == 'Take out' else 'archive'}", args=[pk])
        said = "Taken out" if verb == "Take out" else "Put in"
        messages.success(request, format_html('{}. <a href="{}">Undo …</a>', said, undo))
        if passed := how_many_passed(step):
            self.offer(request, step, passed)
        return redirect(back)

    def look(self, request: HttpRequest, pk: int) -> HttpResponse:
        return looking.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def frame(self, request: HttpRequest, pk: int) -> HttpResponse:
        answer: HttpResponse = looking.FRAME(request, pk)
        return answer

    def test(self, request: HttpRequest, pk: int) -> HttpResponse:
        return looking.test(request, pk)

    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        return versions.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def place(self, request: HttpRequest, pk: int, place: int) -> HttpResponse:
        return placing.page(request, pk, place, self.admin_site.each_context(request) | {"opts": self.opts})

    def reach(self, request: HttpRequest, pk: int) -> HttpResponse:
        return reach.page(request, pk, self.admin_site.each_context(request) | {"opts": self.opts})

    def unsaved(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = unsaved.PAGE(
            request, self.admin_site.each_context(request) | {"opts": self.opts}
        )
        return answer

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        named = {"look": self.look, "test": self.test, "versions": self.versions, "archive": self.archive,
                 "restore": self.restore, "preview": self.frame, "reach": self.reach}  # fmt: skip
        pages = [
            path(f"<int:pk>/{word}/", view(page), name=f"mailing_step_{word}") for word, page in named.items()
        ]
        pages.append(path("<int:pk>/place/<int:place>/", view(self.place), name="mailing_step_place"))
        pages.append(path("unsaved/", view(self.unsaved), name="mailing_step_unsaved"))
        return [*pages, *super().get_urls()]


def trail_to(sequence: Sequence) -> tuple[str, str]:
    return reverse("admin:mailing_sequence_letters", args=[sequence.pk]), sequence.title


def said_of(made: StepRevision) -> SafeString:
    """After it was published; of the first wording there is no way back."""
    look, back = (reverse(f"admin:mailing_step_{name}", args=[made.step_id]) for name in ("look", "versions"))
    if made.number == 1:
        return format_html('Published. <a href="{}">Look at it</a>', look)
    waiting = shown.count(how_many_wait(made.step), "person who waits", "people who wait")
    return format_html(
        "Published as wording {}: {} for it will read this. "
        '<a href="{}">Look at it</a> · <a href="{}">Put an earlier wording back</a>',
        made.number, waiting, look, back,
    )  # fmt: skip


def how_many_passed(step: Step) -> int:
    """People beyond this letter who have not got it; 0 where letters are in no order, or it is not in it."""
    is_loose = step.sequence.kind in kinds.LOOSE
    return 0 if is_loose or step.archived_at or not step.revision_id else reaching.passed(step).count()


def how_many_wait(step: Step) -> int:
    """People whose next letter it is, or for whom it lies in the queue."""
    queued = Letter.objects.filter(revision__step=step, state__in=Letter.WAITING).count()
    return queued + Run.objects.filter(next_step=step, state=Run.State.ACTIVE).count()


@admin.register(StepRevision)
class StepRevisionAdmin(ReadOnly, admin.ModelAdmin[StepRevision]):
    list_display = ["subject", "step", "number", "created_at"]
    list_filter = ["step__sequence"]
    list_select_related = ["step__sequence"]
    search_fields = ["subject", "body"]
    fields = ["step", "number", "subject", "preheader", "body", "text", "created_at"]
