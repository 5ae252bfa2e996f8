"""What the web server runs. Refuses to start on settings that would be dangerous in production."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django_application = get_asgi_application()

from coursesite import checks, limits  # noqa: E402  (need the apps to be ready)

checks.refuse_to_start_on_errors()
application = limits.Limits(django_application)
