"""manage.py export_course SLUG FILE: a course with its letters, films and pages as one zip."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.importing import parcel
from courses.importing.report import BadContent
from courses.models import Course


class Command(BaseCommand):
    help = "Writes a course into a zip that the desk and import_course read. The same course gives the same bytes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)

    def handle(self, *, slug: str, file: Path, **options: Any) -> None:
        """The file appears under its name when it is whole. The second run writes the same."""
        course = Course.objects.filter(slug=slug).first()
        if course is None:
            known = ", ".join(Course.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no course {slug}. There is: {known}.")
        begun = file.with_name(f"{file.name}.part")
        try:
            with begun.open("wb") as into:
                count = parcel.write(course, into)
            begun.replace(file)
        except BadContent as error:
            raise CommandError("\n".join(error.faults)) from error
        finally:
            begun.unlink(missing_ok=True)
        self.stdout.write(f"{slug}: {count} files in {file}")
