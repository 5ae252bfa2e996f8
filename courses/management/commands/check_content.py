"""manage.py check_content: what a careful editor would ask of content/; --write puts its table into docs/content.md,
--against FOLDER names words in a row that content/ shares with the texts in that folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.importing.report import BadContent
from courses.proofreading import overlap, reader, shelf, table

DOCUMENT = settings.BASE_DIR / "docs" / "content.md"


class Command(BaseCommand):
    help = "Checks lessons, exercises, letters and pages in content/, and prints a table. Reads files only."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="put the table into docs/content.md")
        parser.add_argument(
            "--from", dest="folder", type=Path, default=settings.CONTENT_DIR, help="the content folder"
        )
        parser.add_argument(
            "--into", dest="document", type=Path, default=DOCUMENT, help="the document to write"
        )

        parser.add_argument("--against", type=Path, help="a folder of texts of others, each a .txt file")

    def handle(
        self, *, folder: Path, write: bool, document: Path, against: Path | None, **options: Any
    ) -> None:
        try:
            found = shelf.read(folder)
        except BadContent as error:
            raise CommandError("\n".join(error.faults)) from error
        self.stdout.write(table.plain(found))
        if write:
            document.write_text(table.into(document.read_text(encoding="utf-8"), found), encoding="utf-8")
        if against:
            self.compare(found, against)
        if faults := reader.faults(found):
            raise CommandError("\n".join([*faults, f"{len(faults)} faults."]))
        self.stdout.write("Nothing to mend.")

    def compare(self, found: shelf.Shelf, against: Path) -> None:
        """A reader decides: names and fixed terms are nobody's, a sentence is."""
        try:
            others = overlap.sources(against)
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        runs = sorted(overlap.shared(shelf.stretches(found), others), key=lambda one: -len(one.words))
        self.stdout.write("\n".join([*map(str, runs), f"{len(runs)} matches with {len(others)} texts."]))
