"""Two people, or two tabs, at one form of the desk: nobody's words are overwritten without a question.

The page carries a mark of what it showed (`opened`). When somebody else saved meanwhile, the form comes back with what
was typed, on top of what is saved now, and says who changed what; only where both changed the same field a button
decides. Between looking and saving the row is locked.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from coursesite.lib import opened
from coursesite.lib.opened import FormSet
from coursesite.lib.rebase import Change, Typed

OPENED, MINE = "_opened", "_mine"  # names in the posted form: the mark; the mark of what may be overwritten
REFUSED = "Not saved yet: this was changed while you had it open. What you typed is all here."


@dataclass(frozen=True)
class Conflict:
    changes: list[Change]
    lines: list[LogEntry]
    is_disputed: bool
    now: str


class Together(admin.ModelAdmin[Any]):
    """For the admin of a model whose rows are written by hand."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        with transaction.atomic():
            if request.method == "POST" and object_id is not None:
                lock(self.model, object_id)
            self.ask_first(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def ask_first(self, request: HttpRequest, object_id: str | None) -> None:
        """Has somebody else saved since the posted page was made? Then the request goes on as one that asks. Twice:
        looked at once."""
        if request.method != "POST" or object_id is None or hasattr(request, "conflict"):
            return
        request.conflict = None  # type: ignore[attr-defined]
        mark = opened.read(request.POST.get(MINE) or request.POST.get(OPENED, ""))
        if mark is None:
            return
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_change_permission(request, obj):
            return
        typed = Typed(request.POST, request.FILES, mark, *self.saved(request, obj))
        if typed.changes:
            now = opened.mark(opened.texts(typed.form, typed.formsets), last_line(obj))
            lines = list(log_of(obj).filter(pk__gt=mark.line).select_related("user").order_by("pk"))
            conflict = Conflict(typed.changes, lines, typed.is_disputed, now.text)
            request.conflict, request.POST = conflict, typed.data  # type: ignore[attr-defined, assignment]

    def saved(self, request: HttpRequest, obj: models.Model) -> tuple[BaseForm, list[FormSet]]:
        """The form of the page as it would be shown now."""
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        kind: Any = super().get_form(request, obj, change=True, fields=fields)
        form = kind(instance=obj)
        formsets: list[FormSet] = []
        for kind_of_rows, inline in self.get_formsets_with_inlines(request, obj):
            if inline.has_change_permission(request, obj):
                made: Any = kind_of_rows(
                    instance=obj,
                    prefix=kind_of_rows.get_default_prefix(),
                    queryset=inline.get_queryset(request),
                )
                formsets.append(made)
        return form, formsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """While there is a conflict no form is valid: the admin shows it again and saves nothing."""
        made: Any = super().get_form(request, obj, change, **kwargs)
        return type(made)(made.__name__, (Refused, made), {}) if getattr(request, "conflict", None) else made

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None and self.has_change_permission(request, obj):
            context["opened"] = self.mark(request, context, obj)
            context["conflict"] = getattr(request, "conflict", None)
        return super().render_change_form(request, context, *args, **kwargs)

    def mark(self, request: HttpRequest, context: dict[str, Any], obj: models.Model) -> str:
        """Of a page that comes back with faults it is the one it had: what is saved was not looked at anew."""
        posted = request.POST.get(MINE) or request.POST.get(OPENED, "")
        if request.method == "POST" and opened.read(posted):
            return posted
        form = context["adminform"].form
        formsets = [one.formset for one in context["inline_admin_formsets"] if one.has_change_permission]
        return opened.mark(opened.texts(form, formsets), last_line(obj)).text


class Refused:
    """A form that is shown again."""

    def clean(self: Any) -> Any:
        super().clean()  # type: ignore[misc]
        raise ValidationError(REFUSED)


def lock(model: type[models.Model], object_id: str) -> None:
    """Whoever saves the same row at this moment waits until we are done, and then sees what we did."""
    try:
        rows = model._default_manager.select_for_update(of=("self",), no_key=True)  # others may point to it
        list(rows.filter(pk=object_id).values_list("pk"))
    except (ValueError, ValidationError):
        return  # no such row: the admin says so


def log_of(obj: models.Model) -> models.QuerySet[LogEntry]:
    kind = ContentType.objects.get_for_model(obj)
    return LogEntry.objects.filter(content_type=kind, object_id=str(obj.pk))


def last_line(obj: models.Model) -> int:
    return log_of(obj).order_by("-pk").values_list("pk", flat=True).first() or 0
