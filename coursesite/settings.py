"""All settings. Safe defaults run on a bare checkout; every other value comes from the environment.

What each variable means for the owner of a server stands in README.md. What must never be together is refused by
coursesite/checks.py; what security asks for is pinned by tests/coursesite/test_settings.py.
"""

import os
import secrets
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF

from coursesite.lib import env, mail_url

django_stubs_ext.monkeypatch()  # ModelAdmin[User] and the like exist at run time too

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

# ---- what kind of site this is ----
IS_PRODUCTION = env.boolean("PRODUCTION")
DEBUG = env.boolean("DEBUG")
DEV_PAGES = env.boolean("DEV_PAGES", not IS_PRODUCTION)  # mailbox, all component states, moving the clock
VAR = env.path("VAR", BASE_DIR / "var")
VAR.mkdir(parents=True, exist_ok=True)
PORT = env.integer("PORT", 8000)
SITE_URL = env.text("SITE_URL", "" if IS_PRODUCTION else f"http://localhost:{PORT}").rstrip("/")
SITE_NAME = env.text("SITE_NAME", "The Pain Relief Coach")
COACH_EMAIL = env.text("COACH_EMAIL", "" if IS_PRODUCTION else "coach@example.org")
SELLER_NAME = env.text("SELLER_NAME", "" if IS_PRODUCTION else "The Pain Relief Coach")
POSTAL_ADDRESS = env.text("POSTAL_ADDRESS", "" if IS_PRODUCTION else "1 Practice Street, Anytown")
EMERGENCY_NUMBER = env.text("EMERGENCY_NUMBER", "911")
ERASED_FILE = VAR / "erased"  # whose data was removed, as hashes: for `erase_again` after a restore
PAPER = env.text(
    "PAPER", "letter"
)  # what pages to print are set on: letter or a4; readers may choose the other
CLOCK_FILE: Path | None = None if IS_PRODUCTION else VAR / "clock"


def practice_key() -> str:
    """A random key that stays the same over restarts, for a site that is not in production."""
    file = VAR / "secret_key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50))
    return file.read_text()


SECRET_KEY = env.secret("SECRET_KEY") or ("" if IS_PRODUCTION else practice_key())
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Under it the addresses that must not be written to are hashed: it never changes. Who rotates SECRET_KEY sets this to
# the first SECRET_KEY, or all of them would be forgotten.
SUPPRESSION_SALT = env.secret("SUPPRESSION_SALT") or SECRET_KEY
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += LOOPBACK
# Who comes by one of these is led to SITE_URL. A phone would find itself at localhost: there only loopback leads.
OWN_HOSTS = LOOPBACK if urlsplit(SITE_URL).hostname in LOOPBACK else list(ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# ---- apps ----
INSTALLED_APPS = [
    "coursesite.apps.CoursesiteConfig",
    "payments",
    "courses",
    "accounts",
    "mailing",
    "sandbox",
    "postbox",
    "look",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "coursesite.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "servestatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "coursesite.middleware.headers",
    "csp.middleware.CSPMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "coursesite.middleware.one_address",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.recent.Middleware",
    "django_htmx.middleware.HtmxMiddleware",
    "coursesite.middleware.no_nul",
]
ROOT_URLCONF = "coursesite.urls"
ASGI_APPLICATION = "coursesite.asgi.application"
WSGI_APPLICATION = None
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coursesite.context.site",
            ],
        },
    }
]

# ---- data ----
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_URL = env.secret("DATABASE_URL") or f"sqlite:///{VAR / 'site.sqlite3'}"
DATABASE: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
if "sqlite" in DATABASE["ENGINE"]:
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because threads and the live server must see what a test wrote; one for each process of the run.
    DATABASE["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"coursesite-test-{os.getpid()}.sqlite3")}
else:
    DATABASE["OPTIONS"] = {
        **DATABASE.get("OPTIONS", {}),
        "connect_timeout": 3,
        "options": "-c statement_timeout=30000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
    }
    DATABASE["CONN_HEALTH_CHECKS"] = True
    DATABASE["TEST"] = {"NAME": f"coursesite_test_{os.getpid()}"}  # two runs on one server do not meet
    # An ASGI server runs each request in a thread of its own, so connections live in a pool there, not in threads.
    if env.boolean("DATABASE_POOL"):
        DATABASE["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": env.integer("DATABASE_POOL_SIZE", 10),
            "timeout": 5,
        }
    else:
        DATABASE["CONN_MAX_AGE"] = 60
DATABASES = {"default": DATABASE}

REDIS_URL = env.secret("REDIS_URL")
REDIS_TIMEOUTS = {"socket_timeout": 3, "socket_connect_timeout": 3}
# Limits against guessing are counted in the database also where there is Redis: with the broker gone or frozen people
# still sign in and buy, and no limit vanishes (security.md R4, R5, R30). Many entries, or a flood would push them out.
CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# ---- Celery rings the bell; the rows are the queue (ARCHITECTURE.md) ----
CELERY_BROKER_URL = env.secret("CELERY_BROKER_URL") or REDIS_URL or "memory://localhost/"
EMBEDDED = CELERY_BROKER_URL.startswith("memory://")
TICK_SECONDS = env.integer("TICK_SECONDS", 2 if EMBEDDED else 30)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {} if EMBEDDED else {**REDIS_TIMEOUTS, "visibility_timeout": 600}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"


def rung(task: str, seconds: int) -> dict[str, Any]:
    """A bell of beat's. What lies in the broker while no worker runs is dropped before the next one comes."""
    return {"task": task, "schedule": seconds, "options": {"expires": min(max(seconds - 1, 1), 3600)}}


CELERY_BEAT_SCHEDULE = {
    "letters": rung("mailing.tasks.tick", TICK_SECONDS),
    "bounces": rung("mailing.tasks.hear", 300),
    "webhooks": rung("payments.tasks.work_inbox", TICK_SECONDS),
    "gifts": rung("payments.tasks.write_gifts", TICK_SECONDS * 10),
    "reconcile": rung("payments.tasks.reconcile", 600),
    "reconcile_far_back": rung("payments.tasks.reconcile_far_back", 86400),
    "reminders": rung("payments.tasks.remind", 600),
    "unconfirmed": rung("courses.tasks.forget_unconfirmed", 86400),
    "links": rung("courses.tasks.check_links", TICK_SECONDS * 30),
    "unproven": rung("accounts.tasks.forget_unproven", 86400),
}

# ---- payments: live Stripe or the sandbox that plays it, by these values alone ----
STRIPE_SECRET_KEY = env.secret("STRIPE_SECRET_KEY") or ("" if IS_PRODUCTION else "sk_test_sandbox_local")
STRIPE_API_BASE = env.text("STRIPE_API_BASE")
SANDBOX_ENABLED = STRIPE_SECRET_KEY.startswith("sk_test_sandbox")
SANDBOX_ALLOWED = env.boolean("SANDBOX_ALLOWED")
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox_local"  # noqa: S105  (practice only)
SANDBOX_WEBHOOK_URL = env.text("SANDBOX_WEBHOOK_URL", f"http://127.0.0.1:{PORT}/stripe/webhook/")
STRIPE_WEBHOOK_SECRETS = env.words(
    "STRIPE_WEBHOOK_SECRETS", SANDBOX_WEBHOOK_SECRET if SANDBOX_ENABLED else ""
)
STRIPE_WEBHOOK_URL = SANDBOX_WEBHOOK_URL if SANDBOX_ENABLED else ""  # empty: SITE_URL and our path
STRIPE_HTTP_CLIENT = "sandbox.doors.Client" if SANDBOX_ENABLED and not STRIPE_API_BASE else ""
STRIPE_TIMEOUT_SECONDS = 10
if SANDBOX_ENABLED:
    CELERY_BEAT_SCHEDULE["sandbox"] = rung("sandbox.tasks.deliver", TICK_SECONDS)
STRIPE_PAYMENT_METHODS = env.words("STRIPE_PAYMENT_METHODS", "card" if IS_PRODUCTION else "card,sepa_debit")
STRIPE_TAX = env.text(
    "STRIPE_TAX", "included"
)  # counted, added: by Stripe Tax; payments/checks.py knows the words
HOLD_ACCESS_ON_DISPUTE = env.boolean("HOLD_ACCESS_ON_DISPUTE", True)
SELLER_VAT_ID = env.text("SELLER_VAT_ID")
SELLER_TAX_NUMBER = env.text("SELLER_TAX_NUMBER")
VAT_RATE_POINTS = env.integer(
    "VAT_RATE_POINTS", 0
)  # hundredths of a percent inside every price: 1900 is 19 %
VAT_NOTE = env.text("VAT_NOTE")  # like "No VAT is charged: small business"
PAYMENT_PAGE_ORIGINS = (
    [] if SANDBOX_ENABLED else ["https://checkout.stripe.com", "https://billing.stripe.com"]
)

# ---- mail ----
EMAIL_URL = env.secret("EMAIL_URL")
MAILBOX_DIR = VAR / "mailbox"
vars().update(mail_url.chosen(EMAIL_URL, env.text("EMAIL_BACKEND")))
EMAIL_TIMEOUT = 30  # for a connection and each command; the final dot has ten minutes (mailing/smtp.py)
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", f"{SITE_NAME} <{COACH_EMAIL or 'coach@example.org'}>")
LETTERS_FROM_EMAIL = env.text("LETTERS_FROM_EMAIL", DEFAULT_FROM_EMAIL)  # of what can be unsubscribed from
SERVER_EMAIL = DEFAULT_FROM_EMAIL
BOUNCE_MAILBOX = env.secret(
    "BOUNCE_MAILBOX"
)  # where they lie: maildir:///path or imaps://user:password@host/INBOX
# What the mail provider tells by webhook to /letters/events/<name>/, its requests signed with user:password.
MAIL_WEBHOOKS = env.words("MAIL_WEBHOOKS")  # postmark, mailgun, brevo, mailjet, sparkpost
ANYMAIL: dict[str, Any] = {
    "WEBHOOK_SECRET": env.secret("MAIL_WEBHOOK_SECRET"),
    "MAILGUN_WEBHOOK_SIGNING_KEY": env.secret("MAILGUN_SIGNING_KEY"),
    **env.secrets("ANYMAIL_"),  # what the API of EMAIL_BACKEND needs, such as ANYMAIL_RESEND_API_KEY
    "REQUESTS_TIMEOUT": env.integer("ANYMAIL_REQUESTS_TIMEOUT", 30),  # seconds
}
MAIL_ALLOW_LIST = env.words("MAIL_ALLOW_LIST")  # outside production real mail goes to these addresses only
MAIL_DKIM_SELECTORS = env.words("MAIL_DKIM_SELECTORS")  # names of the keys that letters are signed with
BOUNCE_DOMAIN = env.text(
    "BOUNCE_DOMAIN"
)  # bounces come to bounce+<word>@ this; empty: to the sender's address
MAIL_PER_MINUTE = env.integer("MAIL_PER_MINUTE", 0)  # what the mail provider's plan allows; 0: no limit
MAIL_PER_HOUR = env.integer("MAIL_PER_HOUR", 0)
MAIL_PER_DAY = env.integer("MAIL_PER_DAY", 0)
LAST_TICK_FILE = (
    VAR / "last-tick"
)  # tells a database that was restored from one that went on (mailing/restored.py)

# ---- wires between floors, by string, because imports only go down ----
LETTER_GUARD = "courses.reminders.answers"  # may these letters still go?
LETTER_LESSONS = "courses.reminders.lessons"  # which lessons letters of a sequence can be about
LETTER_CONDITIONS = "courses.reminders.conditions"  # for whom letters with a condition go out, in words
LETTER_CANDIDATES = "courses.journeys.candidates"  # who is there already when a sequence begins to write
LETTER_RETURNS = "courses.returns.came_back"  # who came back to a lesson soon after a letter
LETTER_AUDIENCE = "courses.audiences.named"  # whom a letter to many may mean
ADDRESS_PROVEN = "payments.claims.address_proven"  # somebody has just shown that an address is theirs
OFFER_STATE = "payments.offers.state"  # what this browser's own order says in the price box
DESK_ROLES = "coursesite.roles.RIGHTS"  # what coach, assistant and owner may do
MORNING = "courses.admin.morning.context"  # what the desk's front page shows
MONEY_NEEDS = "payments.morning.needs"  # what of the money waits for the coach
PERSON_STORY = "payments.buyers.story"  # what one person bought, for the desk's page about them
PAID_NOT_IN = "payments.morning.not_in"  # who paid and is in no course
MONEY_LATELY = "payments.morning.sales"  # what came in by day and currency
DESK_OPEN_TO = "accounts.desk.is_open_to"  # may this person sit at the desk? Asked by the practice payments
PRACTICE_PAYMENTS = "sandbox.desk.address_for" if SANDBOX_ENABLED else ""  # where this person may play them

# ---- accounts ----
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "courses:learn"
LOGOUT_REDIRECT_URL = "courses:home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "signup": "10/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "10/m/ip,3/m/key",
}
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "add_email": "accounts.forms.NewAddressForm",
    "set_password": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.OtherPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"activate_totp": "accounts.forms.TotpForm", "add_webauthn": "accounts.forms.PasskeyForm"}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
STAFF_NEEDS_SECOND_FACTOR = env.boolean("STAFF_NEEDS_SECOND_FACTOR", IS_PRODUCTION)
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
USERSESSIONS_TRACK_ACTIVITY = False

# ---- cookies, headers, limits ----
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/live/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
S3_BUCKET = env.text("S3_BUCKET")
S3_ENDPOINT = env.text("S3_ENDPOINT", "https://s3.amazonaws.com")
MEDIA_ORIGINS = [S3_ENDPOINT] if S3_BUCKET else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *MEDIA_ORIGINS],
        "media-src": [SELF, *MEDIA_ORIGINS],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *PAYMENT_PAGE_ORIGINS],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
    }
}

# ---- words, files ----
LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"
SITE_TIME_ZONE = env.text(
    "SITE_TIME_ZONE", "America/New_York"
)  # for people whose own zone we do not know yet
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
# The editor of the desk is one prebuilt file of this package; none of its Python is loaded.
EDITOR_FILES = Path(str(getattr(find_spec("django_prose_editor"), "origin", ""))).parent / "static"
STATICFILES_DIRS = [BASE_DIR / "static", EDITOR_FILES]
# Files of lessons lie in MEDIA_ROOT. With a bucket (S3 or anything that speaks it; `pip install django-storages[s3]`,
# which nothing else needs) they lie there, private, and are fetched by addresses that die after minutes.
S3_STORAGE = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": S3_BUCKET,
        "endpoint_url": S3_ENDPOINT,
        "region_name": env.text("S3_REGION") or None,
        "access_key": env.secret("S3_KEY"),
        "secret_key": env.secret("S3_SECRET"),
        "addressing_style": "path",  # one origin for the policy above, whatever the bucket is called
        "signature_version": "s3v4",
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": 300,
        "file_overwrite": False,
    },
}
# Every uploaded file is shown to it: clamd://host:3310, clamd:///path/to/socket, or the dotted name of a function.
UPLOAD_SCANNER = env.text("UPLOAD_SCANNER")
UPLOAD_SCANNER_MAY_FAIL = env.boolean("UPLOAD_SCANNER_MAY_FAIL")  # take files also while it does not answer
X_ACCEL_PREFIX = env.text(
    "X_ACCEL_PREFIX"
)  # like /protected/: nginx sends the files (README.md has its part)
STORAGES = {
    "default": S3_STORAGE if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = DEBUG
MEDIA_ROOT = VAR / "media"
PICTURES_QUOTA_MB = env.integer("PICTURES_QUOTA_MB", 2000)  # what the photographs of lessons may take up
# Look at links that lead out of the site each week. Off in embedded mode: there only when somebody presses the button.
CHECK_LINKS = env.boolean("CHECK_LINKS", not EMBEDDED)
MEDIA_URL = ""  # nothing is served by address; courses.views.files asks for the right first
CONTENT_DIR = BASE_DIR / "content"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "coursesite.lib.logs.Line"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
TEST_RUNNER = "django.test.runner.DiscoverRunner"
