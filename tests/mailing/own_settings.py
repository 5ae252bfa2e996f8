"""The site's settings for processes that chaos and bench start: real mail to anybody, a guard that says yes."""

import os

from coursesite.settings import *  # noqa: F403
from coursesite.settings import VAR

CLOCK_FILE = VAR / "clock"  # the practice clock, so that a quarter of an hour need not be waited for
MAIL_ALLOW_LIST = ["@example.org"]  # the mail server is ours, on loopback
EMAIL_BACKEND = "mailing.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("RELAY_PORT", "9"))
EMAIL_HOST_USER = EMAIL_HOST_PASSWORD = ""
EMAIL_USE_TLS = EMAIL_USE_SSL = False
LETTER_GUARD = "tests.mailing.scene.guard"
