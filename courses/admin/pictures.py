"""The shelf of photographs: brought in, described, replaced, and taken away when nothing shows them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import slugify

from accounts.desk import actor, needs
from courses import pictures
from courses.admin import uploads
from courses.admin.picture_forms import AddForm, ChangeForm
from courses.models import Course, Picture
from coursesite.lib import clock, desk, desk_log, opened, sending

YOURS = "Yours is below: save again to put it in its place. A picture you chose has to be chosen again."


class Speechless(admin.SimpleListFilter):
    title = "description"
    parameter_name = "described"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "still to be described"), ("yes", "described")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        missing = Picture.objects.speechless().values("pk")
        if self.value() == "no":
            return queryset.filter(pk__in=missing)
        return queryset.exclude(pk__in=missing) if self.value() == "yes" else queryset


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin[Picture]):
    nothing_yet = "Photographs brought in here can be put into lessons."
    list_display = ["look", "name", "says", "measures", "shown_in"]
    list_display_links = ["name"]
    list_filter = ["course", Speechless]
    search_fields = ["name", "alt", "caption"]
    search_help_text = "Name, or words of the description."
    list_per_page = 50
    actions = None
    change_list_template = "courses/desk/pictures.html"

    def get_urls(self) -> list[URLPattern]:
        show = self.admin_site.admin_view(self.show)
        return [
            path("<int:pk>/show/<int:width>/", show, name="courses_picture_show"),
            *super().get_urls(),
        ]

    def show(self, request: HttpRequest, pk: int, width: int) -> HttpResponseBase:
        needs(request, "courses.view_picture")
        return sending.sent(request, get_object_or_404(Picture, pk=pk).of_width(width))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        room = pictures.quota()
        context = {"quota": room, "used": room.used / 1_000_000, "limit": room.limit // 1_000_000}
        response = super().changelist_view(request, {**context, **(extra_context or {})})
        listed = getattr(response, "context_data", {}).get("cl")
        if listed is not None:
            counted = pictures.counts(listed.result_list)
            for one in listed.result_list:
                one.shown_in_lessons = counted[one.pk]
        return response

    @admin.display(description="picture")
    def look(self, picture: Picture) -> str:
        url = reverse("admin:courses_picture_show", args=[picture.pk, 480])
        return format_html('<img class="thumb" src="{}" alt="" width="96" height="72" loading="lazy">', url)

    @admin.display(description="description", ordering="alt")
    def says(self, picture: Picture) -> str:
        if not picture.is_described:
            return desk.pill("still to be described", desk.TAKE_CARE, "caution")
        return picture.alt or "Only decorates."

    @admin.display(description="size", ordering="stored_bytes")
    def measures(self, picture: Picture) -> str:
        return f"{picture.width} × {picture.height}, {picture.stored_bytes / 1_000_000:.1f} MB"

    @admin.display(description="shown in")
    def shown_in(self, picture: Picture) -> str:
        number = int(getattr(picture, "shown_in_lessons", 0))
        return f"{number} lesson{'' if number == 1 else 's'}" if number else "nothing yet"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        needs(request, "courses.add_picture")
        uploads.examine(request)
        first = Course.objects.first()
        form = AddForm(request.POST or None, request.FILES or None, initial={"course": first})
        if request.method == "POST" and form.is_valid():
            made, faults = taken_in(form.cleaned_data)
            for fault in faults:
                form.add_error("pictures", fault)
            if made:
                messages.success(request, f"{len(made)} picture{'' if len(made) == 1 else 's'} kept.")
            if made and not faults:
                many = f"{reverse('admin:courses_picture_changelist')}?described=no"
                return redirect(
                    many if len(made) > 1 else reverse("admin:courses_picture_change", args=[made[0].pk])
                )
        return self.page(request, "Bring in pictures", form, "courses/desk/picture_add.html")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        needs(request, "courses.view_picture")
        uploads.examine(request)
        one = get_object_or_404(
            Picture.objects.select_related("course"), pk=object_id if object_id.isdigit() else 0
        )
        said = {"alt": one.alt, "decorative": one.decorative, "caption": one.caption}
        seen = request.POST.get("seen", "") or mark(one)
        form = ChangeForm(request.POST or None, request.FILES or None, initial=said)
        if request.method == "POST":
            needs(request, "courses.change_picture")
            if form.is_valid():
                if self.changed(request, one, form, seen):
                    return redirect(request.path)
                seen = mark(Picture.objects.get(pk=one.pk))  # which the page that comes back tells
        return self.page(
            request,
            f"Picture {one.name}",
            form,
            "courses/desk/picture.html",
            picture=one,
            seen=seen,
            uses=pictures.uses(one),
        )

    @transaction.atomic
    def changed(self, request: HttpRequest, one: Picture, form: ChangeForm, seen: str) -> bool:
        """Whether it was saved. What somebody else saved since the page was opened is shown first."""
        data, one = form.cleaned_data, Picture.objects.select_for_update().get(pk=one.pk)
        if seen != mark(one):
            form.add_error(
                None, f"Somebody changed this picture while you had it open. {stands(one)} {YOURS}"
            )
            return False
        try:
            if data["fresh"]:
                pictures.replace(picture=one, photo=data["fresh"], now=clock.now())
        except pictures.Full as full:
            form.add_error("fresh", str(full))
            return False
        one.alt, one.decorative, one.caption = data["alt"], data["decorative"], data["caption"]
        one.save(update_fields=["alt", "decorative", "caption"])
        self.log_change(request, one, f"Picture {one.name} changed.")
        messages.success(request, "Saved.")
        return True

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        needs(request, "courses.delete_picture")
        one = get_object_or_404(Picture, pk=object_id if object_id.isdigit() else 0)
        if request.method == "POST":
            try:
                pictures.remove(picture=one)
            except pictures.InUse as found:
                messages.error(request, f"It was not taken away. {found}")
                return redirect(reverse("admin:courses_picture_change", args=[one.pk]))
            desk_log.record(
                actor=actor(request), kind=desk_log.Kind.DELETED, words=f"Picture {one.name}", now=clock.now()
            )
            messages.success(request, f"The picture {one.name} is gone.")
            return redirect(reverse("admin:courses_picture_changelist"))
        return self.page(
            request, f"Take {one.name} away?", None, "courses/desk/picture_delete.html", picture=one,
            uses=pictures.uses(one),
        )  # fmt: skip

    def page(self, request: HttpRequest, title: str, form: Any, template: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "opts": self.opts,
            **more,
        }
        return render(request, template, context)


def mark(one: Picture) -> str:
    """Of what a page shows of a picture."""
    return opened.hashed(repr((one.digest, one.alt, one.decorative, one.caption)))


def stands(one: Picture) -> str:
    said = f"It says “{one.alt}” now." if one.alt else "It only decorates now."
    return f"{said} The line below it says “{one.caption}”." if one.caption else said


def taken_in(data: dict[str, Any]) -> tuple[list[Picture], list[str]]:
    """The pictures kept, and why the others were not."""
    made, faults = [], []
    for file, photo in data["pictures"]:
        name = (
            data["name"] or slugify(str(file.name).rpartition(".")[0])[:80] or f"picture-{photo.digest[:8]}"
        )
        try:
            made.append(
                pictures.add(
                    course=data["course"], name=name, photo=photo, alt=data["alt"], decorative=data["decorative"],
                    caption=data["caption"], now=clock.now(),
                )
            )  # fmt: skip
        except (pictures.Full, pictures.NameTaken) as error:
            faults.append(f"{file.name}: {error}")
    return made, faults
