"""One run of django-drip-campaigns 1.16.2, by a Python that has it (`make bench-letters PEER=...`): as many users as
asked, one drip with the same text, its own `run`. Prints one JSON line. Knows nothing of this site."""

import json
import os
import resource
import sys
import time

import dj_database_url
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": dj_database_url.parse(os.environ["PEER_DATABASE_URL"])},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "drip"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="x" * 50,
    USE_TZ=True,
    SITE_ID=1,
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=int(os.environ["RELAY_PORT"]),
    EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from drip.models import Drip, QuerySetRule, SentDrip  # noqa: E402

BODY = os.environ.get("PEER_BODY", "<p>Hello {{ user.first_name }}, it is open.</p>")


def main() -> None:
    number, mark = int(sys.argv[1]), sys.argv[2]
    call_command("migrate", verbosity=0, interactive=False)
    User.objects.bulk_create(
        [
            User(username=f"{mark}{n}", email=f"{mark}{n}@example.org", first_name="Ann", password="!")
            for n in range(number)
        ],
        batch_size=500,
    )
    drip = Drip.objects.create(
        name=f"drip {mark}", enabled=True, from_email="coach@example.org", subject_template="Letter 1",
        body_html_template=BODY,
    )  # fmt: skip
    QuerySetRule.objects.create(
        drip=drip, method_type="filter", field_name="username", lookup_type="startswith", field_value=mark
    )
    begun, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    drip.drip.run()
    seconds, spent = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    used = spent.ru_utime + spent.ru_stime - cpu.ru_utime - cpu.ru_stime
    sent = SentDrip.objects.filter(drip=drip).count()
    print(json.dumps({"sent": sent, "seconds": seconds, "cpu": used, "rss": spent.ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
