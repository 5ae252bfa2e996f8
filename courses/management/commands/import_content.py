"""manage.py import_content: take content/courses/ and content/pages/ into the site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.importing import reading, writing
from courses.importing.report import BadContent, Report
from coursesite.lib import clock


class Command(BaseCommand):
    help = "Takes courses and pages from text files. Rows edited by hand since are kept; running twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--strict", action="store_true", help="a drawing that is missing is an error too")
        parser.add_argument(
            "--from", dest="folder", type=Path, default=settings.CONTENT_DIR, help="the content folder"
        )

    def handle(self, *, strict: bool, folder: Path, **options: Any) -> None:
        faults: list[str] = []
        for one in sorted((folder / "courses").glob("*/")):
            try:
                files = reading.course(one, root=folder)
                self.tell(writing.course(files, now=clock.now(), strict=strict))
            except BadContent as error:
                faults += [f"{one.name} was left as it was.", *error.faults]
        try:
            self.tell(writing.pages(reading.pages(folder / "pages", root=folder), now=clock.now()))
        except BadContent as error:
            faults += ["The pages were left as they were.", *error.faults]
        if faults:
            raise CommandError("\n".join(faults))

    def tell(self, report: Report) -> None:
        for line in report.lines:
            self.stdout.write(line)
