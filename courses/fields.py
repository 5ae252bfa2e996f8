"""Lists of the models as plain lines of text, so that nobody at the desk has to write JSON."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString

from coursesite.lib import localtime, money

FIRST_YEAR, LAST_YEAR = 2000, 2100


class TextField(forms.CharField):
    """Text as it was written, its last line end too: browsers send CR LF, files and our Markdown know LF alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").replace("\r\n", "\n")
        return text if text.strip() else ""


class MarkdownInput(forms.Textarea):
    """A text area that the desk's editor is put in front of (static/js/writing); without JavaScript it is the field.

    `kinds` are the directives that this text may hold.
    """

    def __init__(self, *kinds: str, rows: int = 20) -> None:
        super().__init__(attrs={"rows": rows, "class": "vLargeTextField"})
        self.kinds = kinds

    class Media:
        js = (forms.Script("js/writing/main.js", type="module"),)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        data = {
            "data-editor": static("django_prose_editor/editor.js"),
            "data-read": reverse("admin:courses_lesson_read"),
            "data-shelf": reverse("admin:courses_lesson_shelf") if self.kinds else "",
            "data-kinds": " ".join(self.kinds),
        }
        return super().get_context(name, value, {**data, **(attrs or {})})


class FileInput(forms.ClearableFileInput):
    """Says in the browser already that a file is too large, before it travels (static/js/writing/files.js). A file that
    is there is shown from the `address` that the site sends it from: none has a public one."""

    template_name = "courses/desk/_file.html"

    def __init__(self, *, megabytes: int, accept: str, address: Callable[[Any], str]) -> None:
        super().__init__(attrs={"data-most-mb": str(megabytes), "accept": accept})
        self.address = address

    class Media:
        js = (forms.Script("js/writing/files.js", type="module"),)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)
        where = self.address(value.instance) if context["widget"]["is_initial"] else ""
        return render_to_string(self.template_name, context | {"address": where})


class AsLines(forms.CharField):
    """Shown as lines, kept as something else: changed is what reads differently, so that history tells the truth."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = str(self.prepare_value(initial) or "")
        return shown.strip() != str(data or "").replace("\r\n", "\n").strip()


class LinesField(AsLines):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), help_text="One a line.", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]


class AnswersField(AsLines):
    """The answers of a self-check, one a line; the right one begins with a star."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "One a line; begin the right one with a star: * No, they show a link."
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), help_text=help_text, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"* {one['text']}" if one.get("right") else str(one["text"]) for one in value)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        answers = [{"text": line.lstrip("* "), "right": line.startswith("*")} for line in lines]
        if len(answers) < 2:
            raise ValidationError("Give at least two answers.")
        if sum(bool(answer["right"]) for answer in answers) != 1:
            raise ValidationError("Begin exactly one answer with a star: that is the right one.")
        return answers


class SourcesField(AsLines):
    """Where a lesson comes from, one a line: CODE | what it is and what it can tell."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = "One a line: CODE | what it is, what it can and cannot tell. The code may be left out."
        super().__init__(widget=forms.Textarea(attrs={"rows": 5}), help_text=help_text, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(
            f"{one['code']} | {one['text']}" if one.get("code") else one["text"] for one in value
        )

    def clean(self, value: Any) -> list[dict[str, str]]:
        found = []
        for line in (super().clean(value) or "").splitlines():
            code, bar, text = (part.strip() for part in line.partition("|"))
            if bar and text:
                found.append({"code": code, "text": text})
            elif code:
                found.append({"text": code})
        return found


def near(day: dt.date) -> None:
    """Raises ValidationError for a year that is a slip of the hand."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(f"Write a year between {FIRST_YEAR} and {LAST_YEAR}.")


class MomentField(forms.DateTimeField):
    """A day and a time as the clocks of the site's own zone show them; kept in UTC."""

    SHOWN = "%Y-%m-%dT%H:%M"

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=self.SHOWN)
        faults = {"invalid": "Write it like 2026-12-04 23:59."}
        formats = [self.SHOWN, f"{self.SHOWN}:%S", "%Y-%m-%d %H:%M"]
        super().__init__(widget=widget, error_messages=faults, input_formats=formats, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dt.datetime):
            return value
        return value.astimezone(localtime.zone(settings.SITE_TIME_ZONE)).strftime(self.SHOWN)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Minutes are shown, so minutes are compared: seconds that a file gave are no edit."""
        return str(data or "").strip() != (self.prepare_value(initial) or "")

    def to_python(self, value: Any) -> dt.datetime | None:
        typed = super().to_python(value)
        if typed is None:
            return None
        near(typed)
        return localtime.at(typed.date(), typed.time(), settings.SITE_TIME_ZONE)


DOSE = (
    "seconds",
    "hold_seconds",
    "repetitions",
    "sets",
    "rest_seconds",
    "sides",
    "times_per_day",
    "days_per_week",
)
SPAN = re.compile(r"(\d{1,4})(?:\s*(?:-|–|to)\s*(\d{1,4}))?")


class DoseField(AsLines):
    """The numbers of an exercise's dose that a timer can use, one a line: hold seconds: 2-3."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = (
            f"For a timer, one a line: hold seconds: 2-3. Known are {', '.join(DOSE).replace('_', ' ')}."
        )
        super().__init__(widget=forms.Textarea(attrs={"rows": 7}), help_text=help_text, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        # In the order of DOSE, because PostgreSQL keeps the keys of a JSON object in an order of its own.
        known = {name: place for place, name in enumerate(DOSE)}
        names = sorted(value, key=lambda name: known.get(name, len(DOSE)))
        return "\n".join(f"{name.replace('_', ' ')}: {span(value[name])}" for name in names)

    def clean(self, value: Any) -> dict[str, Any]:
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        return dict(dose_line(line) for line in lines)


def span(held: Any) -> str:
    """[2, 3] -> 2-3, [3, 3] and 3 -> 3."""
    least, most = held if isinstance(held, list) else (held, held)
    return str(least) if least == most else f"{least}-{most}"


def dose_line(line: str) -> tuple[str, Any]:
    """`hold seconds: 2-3` -> ("hold_seconds", [2, 3]). Raises ValidationError that names the line."""
    words, _, numbers = line.partition(":")
    name = words.strip().lower().replace(" ", "_")
    if name not in DOSE:
        raise ValidationError(f"“{line}”: {words.strip()} is not one of {', '.join(DOSE).replace('_', ' ')}.")
    found = SPAN.fullmatch(numbers.strip())
    if found is None:
        raise ValidationError(f"“{line}”: after the colon comes a number, or two like 2-3.")
    least, most = int(found[1]), int(found[2] or found[1])
    if least > most:
        raise ValidationError(f"“{line}”: the smaller number comes first.")
    return (name, least) if name == "sides" and least == most else (name, [least, most])


def price_text(minor: int, currency: str) -> str:
    """What stands in the price field: 14900, "usd" -> 149.00."""
    digits = money.exponent(currency)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def price_minor(text: str, currency: str) -> int:
    """149.00, "usd" -> 14900 minor units. Raises ValidationError in words for anything else."""
    digits = money.exponent(currency)
    found = re.fullmatch(r"(\d{1,6})(?:\.(\d+))?", text.strip())
    if found is None:
        raise ValidationError("Write the price as a number, like 149 or 149.00, with a point and no comma.")
    if len(found[2] or "") > digits:
        raise ValidationError(f"{currency.upper()} has {digits or 'no'} decimals.")
    return int(found[1] + (found[2] or "").ljust(digits, "0"))


def sold_minor(text: str, currency: str) -> int:
    """What something is sold for, in minor units. Raises ValidationError as above, and for what cannot be charged."""
    minor = price_minor(text, currency)
    if money.is_too_little(minor):
        least = money.amount_text(money.LEAST_MINOR, currency)
        raise ValidationError(f"Less than {least} cannot be charged. Write {least} or more.")
    return minor


# what a file of each kind begins with: (ending, offset, bytes)
FILM = (("mp4", 4, b"ftyp"), ("m4v", 4, b"ftyp"), ("webm", 0, b"\x1a\x45\xdf\xa3"))
CAPTIONS = (("vtt", 0, b"WEBVTT"),)
SOUND = (("mp3", 0, b"ID3"), ("mp3", 0, b"\xff\xfb"), ("mp3", 0, b"\xff\xf3"), ("m4a", 4, b"ftyp"))
SHEET = (("pdf", 0, b"%PDF-"), ("png", 0, b"\x89PNG\r\n"), ("jpg", 0, b"\xff\xd8\xff"), ("mp3", 0, b"ID3"))


def checked(file: Any, kinds: tuple[tuple[str, int, bytes], ...], *, megabytes: int) -> Any:
    """A fresh upload must be what its name says, and not too large. Raises ValidationError; kept files pass."""
    if not isinstance(file, UploadedFile):
        return file
    if refused := getattr(file, "refused", ""):
        raise ValidationError(refused)
    ending = str(file.name).rpartition(".")[2].lower()
    if (file.size or 0) > megabytes * 1_000_000:
        raise ValidationError(
            f"The file is larger than {megabytes} MB. Save it smaller, or give the address of a film somewhere else."
        )
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    if not any(ending == name and head[start:].startswith(magic) for name, start, magic in kinds):
        names = " or ".join(dict.fromkeys(name for name, *_ in kinds))
        raise ValidationError(f"This must be a real {names} file; what is in it counts, not its name.")
    return file
