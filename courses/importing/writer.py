"""Values of files into rows: made or changed when the files say so, left alone when somebody edited them since."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Model, Q

from courses import release, rules, versions
from courses.importing import parts
from courses.importing.report import Change, Fate, Item, Report, changes
from courses.models import Lesson, Module

# What a lesson's rule says when it says nothing does not count: rows imported before there was such a word stay ours.
SILENT = {"film_url": "", "release_at": None, "release_by": rules.LAST, **dict.fromkeys(parts.RULE_KEYS, "")}

GAP = "\0"  # in no text


def hashed(values: dict[str, Any]) -> str:
    values = {name: value for name, value in values.items() if name not in SILENT or value != SILENT[name]}
    return json.dumps(values, sort_keys=True, default=str)


def digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(hashed(values).encode()).hexdigest()


def as_imported(row: Any, stands: dict[str, Any]) -> dict[str, Any]:
    """What stands in a row, at the place that its file gave it: who moves it at the desk edits no word of it.

    Only the hash tells which place that was, so each is tried; the text, which comes first, is hashed once. As it
    stands, when its words were edited.
    """
    if digest(stands) == row.source_hash or not isinstance(row, Lesson | Module):
        return stands
    text, *rest = hashed({**stands, **dict.fromkeys(next(places(row)), GAP)}).split(json.dumps(GAP))
    begun = hashlib.sha256(text.encode())
    for place in places(row):
        tried = begun.copy()
        for value, after in zip(place.values(), rest, strict=True):
            tried.update(f"{value}{after}".encode())
        if tried.hexdigest() == row.source_hash:
            return {**stands, **place}
    return stands


def places(row: Lesson | Module) -> Iterator[dict[str, int]]:
    """Every place of its course that a file can have given it."""
    if isinstance(row, Module):
        yield from ({"position": number} for number in range(1, row.course.modules.count() + 1))
        return
    most = row.course.lessons.count()
    for module in row.course.modules.order_by("position").values_list("pk", flat=True):
        yield from ({"module_id": module, "position": number} for number in range(1, most + 1))


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Values as a person reads them: a module by its name."""
    if "module_id" not in values:
        return values
    module = Module.objects.filter(pk=values["module_id"]).first()
    return {**values, "module_id": str(module or "a new module")}


@dataclass
class Writer:
    """Puts rows in place and tells the report; `seen` are the rows the files still name.

    `take` names what the file wins although it was edited by hand. A `dry` writer tells the same and writes nothing.
    """

    report: Report
    now: dt.datetime
    take: frozenset[str] = frozenset()
    dry: bool = False

    def __post_init__(self) -> None:
        self.seen: dict[type[Model], set[int]] = {}
        # given once all lessons are there; the last word: is it new to students?
        self.rules: list[tuple[Lesson, dict[str, Any], bool]] = []
        self.saved: list[tuple[Storage, str]] = []  # new files, taken out again if anything fails

    @contextmanager
    def whole(self) -> Iterator[None]:
        """All rows and files or none: one transaction, and files that were saved go again when it fails."""
        try:
            with transaction.atomic():
                yield
        except BaseException:
            for storage, name in self.saved:
                storage.delete(name)
            raise

    def put(self, model: type[Any], where: dict[str, Any], values: dict[str, Any], name: str) -> Any:
        """The row found by `where`, made or brought to `values` unless it was edited by hand."""
        row, wanted = self.find(model, where), digest(values)
        if row is None:
            self.tell(name, Fate.ADDED)
            return self.save(model(**where), values, wanted)
        self.seen.setdefault(model, set()).add(row.pk)
        stands = parts.read(row, values)
        ours = as_imported(row, stands)
        if ours != stands:  # moved at the desk, whose order counts
            values = {**values, **{one: stands[one] for one in ("module_id", "position") if one in stands}}
        mark, is_away = digest(stands), getattr(row, "archived_at", None) is not None
        if mark == digest(values):
            self.tell(name, Fate.BACK if is_away else Fate.SAME, mark=mark)
            self.adopt(row, wanted)
            return row
        is_edited = row.source_hash != digest(ours)
        taken = is_edited and name in self.take
        fate = Fate.KEPT if is_edited and not taken else Fate.CHANGED
        self.tell(name, fate, changes(named(stands), named(values)), mark=mark, taken=taken)
        return row if fate == Fate.KEPT else self.save(row, values, wanted)

    def find(self, model: type[Any], where: dict[str, Any]) -> Any:
        """None also for what would belong to a row that is not there yet. Locked unless dry: whoever saves it at the
        desk at this moment comes before us or after us, and is asked."""
        if any(isinstance(value, Model) and value.pk is None for value in where.values()):
            return None
        found = model.objects.filter(**where)
        return (found if self.dry else found.select_for_update(of=("self",))).first()

    def tell(
        self, name: str, fate: Fate, changed: tuple[Change, ...] = (), *, mark: str = "", taken: bool = False
    ) -> None:
        self.report.items.append(Item(name, fate, changed, mark, taken))

    def save(self, row: Any, values: dict[str, Any], wanted: str) -> Any:
        if self.dry:
            return row
        if isinstance(row, Lesson):
            self.rules.append((row, values, row.pk is None or not row.is_written))
            if row.pk is not None and values["status"] != Lesson.Status.PUBLISHED:
                release.withdraw(lesson=row, now=self.now)
        row.source_hash = wanted
        if hasattr(row, "archived_at"):
            row.archived_at = None
        parts.write(row, values)
        if isinstance(row, versions.Row):
            versions.keep(row=row, now=self.now, note="from the files")
        self.seen.setdefault(type(row), set()).add(row.pk)
        return row

    def adopt(self, row: Any, wanted: str) -> None:
        """The row says what the file says; a row once archived is wanted again."""
        if not self.dry and (row.source_hash != wanted or getattr(row, "archived_at", None)):
            row.source_hash = wanted
            if hasattr(row, "archived_at"):
                row.archived_at = None
            row.save()

    def retire(self, rows: Any, model: type[Any]) -> None:
        """What the files no longer name: lessons, modules, prices are archived, words deleted. Edited rows are kept,
        and modules that hold a lesson which stays."""
        for row in rows.exclude(pk__in=self.seen.get(model, set())).exclude(source_hash=""):
            is_ours = digest(as_imported(row, parts.read(row, parts.names(row)))) == row.source_hash
            if isinstance(row, Module) and self.stays_in(row):
                self.tell(str(row), Fate.KEPT)
            elif hasattr(row, "archived_at"):
                self.archive(row, model, is_ours)
            elif is_ours:
                self.tell(str(row), Fate.ARCHIVED)
                if not self.dry:
                    row.delete()
            else:
                self.tell(str(row), Fate.KEPT)

    def stays_in(self, module: Module) -> bool:
        """Does a lesson stand in it that the files still name elsewhere, or that was made at the desk?"""
        stays = Q(pk__in=self.seen.get(Lesson, set())) | Q(source_hash="")
        return module.lessons.filter(stays, archived_at=None).exists()

    def archive(self, row: Any, model: type[Any], is_ours: bool) -> None:
        """Where being archived is part of what the files say, it counts as theirs, not as an edit."""
        if row.archived_at is not None:
            return
        self.tell(str(row), Fate.ARCHIVED)
        if self.dry:
            return
        row.archived_at = self.now
        mark = digest(parts.read(row, parts.names(row))) if is_ours else row.source_hash
        model.objects.filter(pk=row.pk).update(archived_at=self.now, source_hash=mark)
