"""What a form of the desk said when it was opened, what is saved now, and what was typed: field by field, as text.

A field is named as the page names it: `title`, or for a row of an inline `checks:7:question`, where 7 is the row's key.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.forms import BaseForm, BaseInlineFormSet, MultiWidget

FormSet = BaseInlineFormSet[Any, Any, Any]


@dataclass(frozen=True)
class Mark:
    """What a browser sends back of the page it was given: a hash for each field, and the last line of the log."""

    fields: Mapping[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def text(self) -> str:
        return json.dumps({"fields": dict(self.fields), "line": self.line}, separators=(",", ":"))


def read(text: str) -> Mark | None:
    """The mark of a posted form; None for a page that had none, or one that nobody of ours made."""
    try:
        found = json.loads(text)
        return Mark({str(name): str(value) for name, value in found["fields"].items()}, int(found["line"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def mark(texts: Mapping[str, str], line: int) -> Mark:
    return Mark({name: hashed(text) for name, text in texts.items()}, line)


def texts(form: BaseForm, formsets: list[FormSet]) -> dict[str, str]:
    """Of a page as it is shown before anybody types."""
    found = {name: initial(form, name) for name in shown(form)}
    for formset in formsets:
        for row in formset.initial_forms:
            for name in shown(row):
                found[row_field(formset, row.instance.pk, name)] = initial(row, name)
    return found


def row_field(formset: FormSet, pk: object, name: str) -> str:
    return f"{formset.prefix}:{pk}:{name}"


def shown(form: BaseForm) -> Iterator[str]:
    """The fields that somebody can see and change."""
    for name, one in form.fields.items():
        if not (one.disabled or one.widget.is_hidden or name in ("DELETE", "ORDER")):
            yield name


def initial(form: BaseForm, name: str) -> str:
    one = form.fields[name]
    return as_text(one, one.prepare_value(form.get_initial_for_field(one, name)))


def plain(widget: Any) -> Any:
    """The widget that draws the field, without the admin's links around it."""
    return widget.widget if isinstance(widget, RelatedFieldWidgetWrapper) else widget


def as_text(one: forms.Field, value: Any) -> str:
    """As it stands in the field, whichever way it came there."""
    widget = plain(one.widget)
    if isinstance(widget, MultiWidget):
        values: Any = value if isinstance(value, list | tuple) else widget.decompress(value)
        return " ".join(
            str(part.format_value(v) or "") for part, v in zip(widget.widgets, values, strict=False)
        )
    if isinstance(widget, forms.CheckboxInput):
        return "yes" if value else ""
    if isinstance(widget, forms.FileInput):
        return str(getattr(value, "name", "") or "")
    said = widget.format_value(value)
    if isinstance(said, list | tuple):
        return ", ".join(sorted(str(part) for part in said if part not in (None, "")))
    return str("" if said is None else said).replace("\r\n", "\n").strip()


def typed(one: forms.Field, data: Any, files: Any, html_name: str, *, kept: str) -> str:
    """What was posted for a field. A file that was not chosen anew stays as `kept`."""
    value = one.widget.value_from_datadict(data, files, html_name)
    if isinstance(plain(one.widget), forms.FileInput):
        return kept if value is None else ("" if value is False else f"{value} (new file)")
    return as_text(one, one.prepare_value(value))


def as_posted(form: BaseForm, name: str, html_name: str) -> dict[str, list[str]]:
    """What a browser would send for the field of an unbound form, by the name it has on the page."""
    one = form.fields[name]
    value = one.prepare_value(form.get_initial_for_field(one, name))
    widget = plain(one.widget)
    if isinstance(widget, MultiWidget):
        parts: Any = value if isinstance(value, list | tuple) else widget.decompress(value)
        ends: list[str] = widget.widgets_names  # type: ignore[attr-defined]
        both = zip(widget.widgets, ends, parts, strict=False)
        return {f"{html_name}{end}": [str(part.format_value(v) or "")] for part, end, v in both}
    if isinstance(widget, forms.CheckboxInput):
        return {html_name: ["on"] if value else []}
    if isinstance(widget, forms.FileInput):
        return {html_name: []}
    said = widget.format_value(value)
    if isinstance(said, list | tuple):
        return {html_name: [str(part) for part in said if part not in (None, "")]}
    return {html_name: ["" if said is None else str(said)]}
