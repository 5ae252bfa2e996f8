"""Everything between a fresh checkout and a site that can start."""

import sys
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Migrate, import the course and its letters, collect static files; on a practice site make demo people."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to run again: what is there already stays as it is."""
        quiet = {"verbosity": 0}
        self.say("Preparing the database ...")
        call_command("migrate", interactive=False, **quiet)
        if "DatabaseCache" in settings.CACHES["default"]["BACKEND"]:
            call_command("createcachetable", **quiet)
        import_string("accounts.roles.prepare")()
        self.say("Importing the course and its letters ...")
        call_command("import_content")
        call_command("import_letters")
        self.say("Collecting styles, scripts and pictures ...")
        call_command("collectstatic", interactive=False, **quiet)
        if settings.DEV_PAGES:
            call_command("demo_people")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        sys.stdout.flush()
