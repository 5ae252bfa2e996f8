"""The forms of the shelf of photographs: pictures come in by one or by many, and each is described."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from courses.models import Course
from coursesite.lib import photos

MOST = 40  # files of one form


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or many; clean is a list of (file, photo). A fault names its file."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[tuple[UploadedFile[Any], photos.Photo]]:
        given = data if isinstance(data, list | tuple) else [data]
        found, faults = [], []
        for one in given[:MOST]:
            file = super().clean(one, initial)
            try:
                found.append((file, photo_of(file)))
            except ValidationError as error:
                faults.append(f"{file.name}: {error.messages[0]}")
        if len(given) > MOST:
            faults.append(f"At most {MOST} pictures at a time.")
        if faults:
            raise ValidationError(faults)
        return found


def photo_of(file: UploadedFile[Any]) -> photos.Photo:
    """Raises ValidationError in words."""
    if refused := getattr(file, "refused", ""):
        raise ValidationError(refused)
    if (file.size or 0) > photos.MEGABYTES * 1_000_000:
        raise ValidationError(
            f"The picture is larger than {photos.MEGABYTES} MB. Save it smaller and try again."
        )
    try:
        return photos.ready(file.read())
    except photos.BadPhoto as error:
        raise ValidationError(str(error)) from error


class Described(forms.Form):
    """What is said of a picture; a mix-in of both forms."""

    alt = forms.CharField(
        label="What is to be seen", max_length=300, required=False,
        help_text="For who cannot see it, and where it does not load. One sentence that says what matters in it.",
    )  # fmt: skip
    decorative = forms.BooleanField(
        label="It only decorates", required=False, help_text="Then it is left out of what is read aloud."
    )
    caption = forms.CharField(max_length=200, required=False, help_text="Stands below it; may be empty.")

    def say(self, needed: bool) -> None:
        data = self.cleaned_data
        if data.get("alt") and data.get("decorative"):
            self.add_error("decorative", "Either it says something, or it only decorates.")
        if needed and not data.get("alt") and not data.get("decorative"):
            self.add_error("alt", "Say what is to be seen, or tick that it only decorates.")


class AddForm(Described):
    course = forms.ModelChoiceField(Course.objects.all())
    pictures = FilesField(
        label="Pictures",
        help_text="JPEG, PNG or WebP, at most 20 MB each. Of many, each is described afterwards.",
    )
    name = forms.SlugField(
        max_length=80,
        required=False,
        help_text="What lessons call it, like window-seat. Empty: the file’s name.",
    )
    field_order = ("course", "pictures", "alt", "decorative", "caption", "name")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_one = len(data.get("pictures") or []) <= 1
        self.say(needed=is_one)
        if not is_one and (data.get("name") or data.get("alt")):
            self.add_error("name", "A name and a description go with one picture. Leave both empty for many.")
        return data


class ChangeForm(Described):
    fresh = forms.FileField(
        label="Another picture in its place",
        required=False,
        help_text="Every lesson that shows this one shows it then.",
    )

    def clean_fresh(self) -> photos.Photo | None:
        file = self.cleaned_data["fresh"]
        return photo_of(file) if file else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.say(needed=True)
        return data
