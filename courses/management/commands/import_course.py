"""manage.py import_course FILE: shows what a zip of a course would change; with --yes it does so."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.importing import arrival
from courses.importing.arrival import Arrival
from courses.importing.report import BadContent, Fate, Report, fingerprint
from coursesite.lib import clock


class Command(BaseCommand):
    help = "Takes in a course that export_course or the desk wrote. Without --yes it only tells what it would change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--yes", action="store_true", help="do it, after asking again whether it still holds"
        )
        parser.add_argument(
            "--take", action="append", default=[], metavar="NAME",
            help="take the file's although it was edited at the desk since; may be said several times",
        )  # fmt: skip

    def handle(self, *, file: Path, yes: bool, take: list[str], **options: Any) -> None:
        try:
            with file.open("rb") as source, arrival.unpacked(source) as found:
                self.tell(self.work(found, yes=yes, take=take))
        except FileNotFoundError as error:
            raise CommandError(f"There is no file {file}.") from error
        except BadContent as error:
            raise CommandError("\n".join(["Nothing was changed.", *error.faults])) from error
        except arrival.StaleError as error:
            raise CommandError(
                "Nothing was changed: somebody works at the desk. Please run it again."
            ) from error
        if not yes:
            self.stdout.write("Nothing was changed. With --yes it is done.")

    def work(self, found: Arrival, *, yes: bool, take: list[str]) -> Report:
        planned = arrival.plan(found, now=clock.now(), take=take)
        names = {one.name for one in planned.items if one.fate == Fate.KEPT or one.taken}
        if strange := sorted(set(take) - names):
            raise BadContent(
                [f"--take {one}: nothing of that name was edited at the desk." for one in strange]
            )
        if not yes:
            return planned
        return arrival.carry_out(found, now=clock.now(), seen=fingerprint(planned.items), take=take)

    def tell(self, report: Report) -> None:
        for one in report.items:
            if one.fate != Fate.SAME:
                self.stdout.write(f"{one.fate}{' (taken from the file)' if one.taken else ''}: {one.name}")
            for change in one.changes:
                self.stdout.write(f"    {change.field}: {change.before!r} -> {change.after!r}")
        for warning in report.warnings:
            self.stdout.write(f"warning: {warning}")
        counts = {fate: len(report.of(fate)) for fate in Fate}
        self.stdout.write(", ".join(f"{count} {fate}" for fate, count in counts.items() if count))
