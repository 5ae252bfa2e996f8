"""manage.py export_content DIR: courses and pages as text files; importing them into an empty site gives the same."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from courses.importing import export
from courses.models import Course


class Command(BaseCommand):
    help = "Writes every course and page into a folder, in the form that import_content reads."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **options: Any) -> None:
        for one in Course.objects.all():
            count = export.course(one, folder / "courses" / one.slug)
            self.stdout.write(f"{one.slug}: {count} files")
        self.stdout.write(f"pages: {export.pages(folder / 'pages')} files")
