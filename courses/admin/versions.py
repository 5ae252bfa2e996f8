"""What a lesson, an exercise or a page said before: side by side word by word, and the way back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from accounts.desk import actor, needs
from courses import versions
from courses.models import Version
from coursesite.lib import clock, desk_log

ON_A_PAGE = 15


@dataclass(frozen=True)
class Line:
    version: Version
    is_newest: bool
    differences: list[versions.Difference]


class Versioned:
    """For the admin of what the import and the coach write: every saving is kept as a version."""

    opts: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.versions)
        name = f"courses_{self.opts.model_name}_versions"
        return [path("<int:pk>/versions/", page, name=name), *super().get_urls()]  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            versions.keep_first(row=type(obj)._default_manager.get(pk=obj.pk), now=clock.now())
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        versions.keep(row=form.instance, now=clock.now(), by=actor(request))

    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All of them, newest first, each against the one before; or any two that were asked for."""
        name = self.opts.model_name
        needs(request, f"courses.view_{name}")
        row = get_object_or_404(self.opts.model, pk=pk)
        kept = versions.of(row)
        if request.method == "POST":
            return self.bring_back(
                request, row, get_object_or_404(kept, number=number(request.POST.get("number")))
            )
        page = Paginator(kept, ON_A_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Earlier versions: {row}",
            "opts": self.opts,
            "row": row,
            "page": page,
            "lines": lines(list(page), kept),
            "numbers": list(kept.values_list("number", flat=True)),
            "asked": asked(request, kept),
            "back": reverse(f"admin:courses_{name}_change", args=[pk]),
            "may_change": request.user.has_perm(f"courses.change_{name}"),
        }
        return render(request, "courses/desk/versions.html", context)

    def bring_back(self, request: HttpRequest, row: Any, version: Version) -> HttpResponse:
        needs(request, f"courses.change_{self.opts.model_name}")
        now = clock.now()
        made = versions.restore(row=row, version=version, now=now, by=actor(request))
        if made:
            words = f"Version {version.number} of {row} brought back as version {made.number}."
            desk_log.record(actor=actor(request), kind=desk_log.Kind.CHANGED, words=words, now=now, about=row)
            messages.success(request, words)
        else:
            messages.info(request, "It says that already.")
        return redirect(request.path)


def lines(shown: list[Version], kept: Any) -> list[Line]:
    """Each with what it changed; the oldest of the page is compared with the next page's first."""
    if not shown:
        return []
    before = kept.filter(number__lt=shown[-1].number).first()
    newest = kept.first()
    return [
        Line(one, one == newest, versions.differences(older.said, one.said) if older else [])
        for one, older in zip(shown, [*shown[1:], before], strict=True)
    ]


def asked(request: HttpRequest, kept: Any) -> dict[str, Any] | None:
    """The comparison of two versions that the address names."""
    first, second = (kept.filter(number=number(request.GET.get(name))).first() for name in ("from", "to"))
    if not first or not second:
        return None
    return {"from": first, "to": second, "differences": versions.differences(first.said, second.said)}


def number(word: str | None) -> int:
    return int(word) if word and word.isdecimal() and len(word) < 8 else 0
