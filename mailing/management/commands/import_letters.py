"""Bring the letters of content/ into the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coursesite.lib import clock
from mailing import letterfiles, publish

SAYS = {"new": "new", "changed": "changed", "kept": "left alone: edited at the desk since"}


class Command(BaseCommand):
    help = "Publish content/letters/<sequence>/*.md. Safe to repeat; never overwrites what was edited at the desk."

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        counts: dict[str, int] = {}
        refused = []
        for directory in sorted(letterfiles.folder().iterdir()):
            for path in letterfiles.files(directory.name):
                try:
                    outcome = letterfiles.bring_in(path=path, now=now)
                except publish.Refused as error:
                    refused.append(f"{directory.name}/{error}")
                    continue
                counts[outcome.word] = counts.get(outcome.word, 0) + 1
                if outcome.word in SAYS:
                    self.stdout.write(f"{directory.name}/{path.name}: {SAYS[outcome.word]}")
        self.stdout.write("Letters: " + (", ".join(f"{n} {word}" for word, n in counts.items()) or "none"))
        if refused:
            raise CommandError("Not published:\n" + "\n".join(refused))
