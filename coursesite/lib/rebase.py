"""Typed on a page that somebody else has changed since: what both touched, and the typed form on top of what is saved.

Whoever touched a field alone keeps it. Only where both changed the same field somebody has to decide.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.forms import BaseForm
from django.http import QueryDict

from coursesite.lib import compare, opened
from coursesite.lib.opened import FormSet, Mark


@dataclass(frozen=True)
class Change:
    """A field that somebody else changed: what it says now, and what was typed over it (None: not touched)."""

    label: str
    theirs: str
    mine: str | None

    @property
    def pieces(self) -> list[compare.Piece]:
        return compare.pieces(self.theirs, self.mine or "")


@dataclass
class Typed:
    """A posted form beside the same form as it is saved now."""

    data: QueryDict
    files: Any
    mark: Mark
    form: BaseForm
    formsets: list[FormSet]
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = self.data.copy()
        self.main()
        for formset in self.formsets:
            self.rows(formset)

    @property
    def is_disputed(self) -> bool:
        return any(change.mine is not None for change in self.changes)

    def main(self) -> None:
        for name in opened.shown(self.form):
            html_name = self.form.add_prefix(name)
            self.settle(self.form, name, html_name, name, str(self.form[name].label))

    def settle(
        self, form: BaseForm, name: str, html_name: str, key: str, label: str, *, gone: bool = False
    ) -> None:
        """One field that is there on both sides. What only they changed goes into the typed form. `gone`: the row
        was to be deleted."""
        now = opened.initial(form, name)
        before = self.mark.fields.get(key)
        if before is None or before == opened.hashed(now):
            return
        mine = opened.typed(form.fields[name], self.data, self.files, html_name, kept=now)
        if gone:
            self.changes.append(Change(label, now, "(deleted)"))
        elif mine == now:
            return
        elif opened.hashed(mine) == before:
            self.changes.append(Change(label, now, None))
            self.put(opened.as_posted(form, name, html_name))
        else:
            self.changes.append(Change(label, now, mine))

    def put(self, values: dict[str, list[str]]) -> None:
        for name, several in values.items():
            self.data.setlist(name, several)
            if not several:
                self.data.pop(name, None)

    # ---- inlines ----
    def rows(self, formset: FormSet) -> None:
        """Rows that both know, rows of theirs that are new or gone, and rows of mine."""
        known = {str(row.instance.pk): row for row in formset.initial_forms}
        before = {key.split(":")[1] for key in self.mark.fields if key.startswith(f"{formset.prefix}:")}
        posted = list(self.posted(formset))
        there = [number for number, pk in posted if pk in known]
        for number, pk in posted:
            if pk in known:
                self.row(formset, known[pk], number)
        added = [row for pk, row in known.items() if pk not in before]
        mine = [number for number, pk in posted if not pk and not self.is_twin(formset, number, added)]
        lost = [
            number for number, pk in posted if pk and pk not in known and self.is_touched(formset, number, pk)
        ]
        for number, pk in posted:
            if pk and pk not in known:
                kept = " Yours is below, as a new one." if number in lost else ""
                self.changes.append(Change(f"{singular(formset)} {number + 1}", f"(deleted){kept}", None))
        unseen = [row for pk, row in known.items() if pk not in {pk for _, pk in posted}]
        for row in unseen:
            if row in added:
                self.changes.append(Change(f"{singular(formset)}: {row.instance}", "(added)", None))
        self.write(formset, there, unseen, mine + lost)

    def posted(self, formset: FormSet) -> Iterator[tuple[int, str]]:
        """Number on the page and key of each posted row; a new one has none."""
        total = self.data.get(f"{formset.prefix}-TOTAL_FORMS", "")
        for number in range(min(int(total), 1000) if total.isdecimal() else 0):
            yield number, self.data.get(f"{formset.prefix}-{number}-id", "")

    def row(self, formset: FormSet, row: BaseForm, number: int) -> None:
        gone = bool(self.data.get(f"{formset.prefix}-{number}-DELETE"))
        for name in opened.shown(row):
            label = f"{singular(formset)} {number + 1}, {row[name].label}"
            key = opened.row_field(formset, row.instance.pk, name)  # type: ignore[attr-defined]
            self.settle(row, name, f"{formset.prefix}-{number}-{name}", key, label, gone=gone)

    def text(self, formset: FormSet, number: int, name: str) -> str:
        one = formset.empty_form.fields[name]
        return opened.typed(one, self.data, self.files, f"{formset.prefix}-{number}-{name}", kept="")

    def is_touched(self, formset: FormSet, number: int, pk: str) -> bool:
        """Was anything typed into a row that they deleted?"""
        return not self.data.get(f"{formset.prefix}-{number}-DELETE") and any(
            opened.hashed(self.text(formset, number, name))
            != self.mark.fields.get(f"{formset.prefix}:{pk}:{name}")
            for name in opened.shown(formset.empty_form)
        )

    def is_twin(self, formset: FormSet, number: int, added: list[Any]) -> bool:
        """A new row that is saved already: the form was sent twice."""
        names = list(opened.shown(formset.empty_form))
        mine = [self.text(formset, number, name) for name in names]
        return any(mine == [opened.initial(row, name) for name in names] for row in added)

    def write(self, formset: FormSet, there: list[int], unseen: list[Any], new: list[int]) -> None:
        """Number the rows anew: those that are saved, then the new ones."""
        prefix = formset.prefix
        kept = {number: self.fields_of(prefix, number) for number in [*there, *new]}
        for name in [
            name for name in self.data if name.startswith(f"{prefix}-") and not name.endswith("_FORMS")
        ]:
            if name.split("-")[1].isdecimal():
                del self.data[name]
        rows = [kept[number] for number in there]
        for row in unseen:
            values: dict[str, list[str]] = {"id": [str(row.instance.pk)]}
            for name in opened.shown(row):
                values |= opened.as_posted(row, name, name)
            rows.append(values)
        rows += [kept[number] | {"id": [""]} for number in new]
        for number, values in enumerate(rows):
            self.put({f"{prefix}-{number}-{name}": several for name, several in values.items()})
        self.data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
        self.data[f"{prefix}-INITIAL_FORMS"] = str(len(there) + len(unseen))

    def fields_of(self, prefix: Any, number: int) -> dict[str, list[str]]:
        start = f"{prefix}-{number}-"
        return {
            name[len(start) :]: self.data.getlist(name) for name in list(self.data) if name.startswith(start)
        }


def singular(formset: FormSet) -> str:
    model: Any = formset.model
    return str(model._meta.verbose_name).capitalize()
