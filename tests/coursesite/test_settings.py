"""The settings that security.md §4 asks for, and the boot matrix of CF-1."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.deploy_check import check


@pytest.mark.anywhere
def test_production_settings_pass_every_check_in_silence() -> None:
    result = check()
    assert (result.returncode, result.stdout) == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.anywhere
def test_a_providers_api_is_set_by_the_environment_alone() -> None:
    backend = "anymail.backends.resend.EmailBackend"
    assert check(EMAIL_URL="", EMAIL_BACKEND=backend, ANYMAIL_RESEND_API_KEY="re_1").returncode == 0


@pytest.mark.anywhere
def test_what_anymail_calls_by_its_own_name_is_not_emptied_by_ours() -> None:
    keys = {"ANYMAIL_WEBHOOK_SECRET": "user:password", "ANYMAIL_MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    assert check(MAIL_WEBHOOKS="mailgun", **keys).returncode == 0


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"DEBUG": "1"}, "DEBUG is on."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or weak."),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS has a wildcard."),
        ({"ALLOWED_HOSTS": ".example.org"}, "ALLOWED_HOSTS has a wildcard."),
        ({"CSRF_TRUSTED_ORIGINS": "https://*.example.org"}, "CSRF_TRUSTED_ORIGINS has a wildcard."),
        ({"SITE_URL": ""}, "SITE_URL is not set."),
        ({"SITE_URL": "http://course.example.org"}, "SITE_URL is not https."),
        ({"EMAIL_URL": ""}, "EMAIL_URL is not set"),
        ({"EMAIL_URL": "", "EMAIL_BACKEND": "smtp"}, "say anymail.backends.<provider>.EmailBackend"),
        ({"EMAIL_BACKEND": "anymail.backends.resend.EmailBackend"}, "set one of them"),
        (
            {"EMAIL_URL": "", "EMAIL_BACKEND": "anymail.backends.resend.EmailBackend"},
            "ANYMAIL_RESEND_API_KEY",
        ),
        ({"EMAIL_URL": "", "EMAIL_BACKEND": "anymail.backends.nobody.EmailBackend"}, "EMAIL_BACKEND: "),
        ({"ANYMAIL_REQUESTS_TIMEOUT": "half a minute"}, "say a whole number."),
        ({"POSTAL_ADDRESS": ""}, "POSTAL_ADDRESS is not set."),
        ({"MAIL_WEBHOOKS": "postmark"}, "MAIL_WEBHOOKS is set without a secret"),
        (
            {"MAIL_WEBHOOKS": "mailgun", "MAIL_WEBHOOK_SECRET": "user:password"},
            "an empty key signs for anybody",
        ),
        ({"STRIPE_SECRET_KEY": ""}, "STRIPE_SECRET_KEY is not set"),
        ({"STRIPE_WEBHOOK_SECRETS": ""}, "no webhook secret"),
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_sandbox_local"}, "practice webhook secret"),
        ({"STRIPE_SECRET_KEY": "sk_test_sandbox_local"}, "SANDBOX_ALLOWED"),
        ({"DEV_PAGES": "1"}, "Practice pages are on"),
        ({"CELERY_BROKER_URL": "memory://"}, "in-process broker"),
        ({"PAPER": "a5"}, "PAPER='a5' is not a size we print on."),
        ({"PRODUCTION": ""}, "A live Stripe key on a site that is not in production."),
    ],
)
def test_production_refuses(changes: dict[str, str], says: str) -> None:
    result = check(**changes)
    assert result.returncode != 0
    assert says in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCOUNT_EMAIL_VERIFICATION", "mandatory"),
        ("ACCOUNT_SIGNUP_FIELDS", ["email*"]),
        ("ACCOUNT_LOGIN_METHODS", {"email"}),
        ("ACCOUNT_LOGIN_BY_CODE_ENABLED", True),
        ("ACCOUNT_PREVENT_ENUMERATION", True),
        ("ACCOUNT_REAUTHENTICATION_REQUIRED", True),
        ("ACCOUNT_EMAIL_NOTIFICATIONS", True),
        ("ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE", True),
        ("MFA_SUPPORTED_TYPES", ["totp", "webauthn", "recovery_codes"]),
        ("SESSION_COOKIE_HTTPONLY", True),
        ("SESSION_COOKIE_SAMESITE", "Lax"),
        ("CSRF_COOKIE_HTTPONLY", True),
        ("EMAIL_TIMEOUT", 30),
        ("CELERY_ACCEPT_CONTENT", ["json"]),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", 1),
        ("MEDIA_URL", "/"),
        ("DATA_UPLOAD_MAX_MEMORY_SIZE", 1_000_000),
    ],
)
def test_pinned(name: str, value: Any) -> None:
    assert getattr(settings, name) == value


def test_argon2_comes_first() -> None:
    assert settings.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_the_policy_allows_nothing_inline() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert {
        name for name, sources in directives.items() if any("unsafe" in source for source in sources)
    } == set()
    assert directives["default-src"] == ["'none'"]


@pytest.mark.django_db
def test_sqlite_writes_ahead_and_takes_the_lock_first() -> None:
    if connection.vendor != "sqlite":
        assert settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] == 3
        return
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert settings.DATABASES["default"]["OPTIONS"]["timeout"] >= 5


def test_r30_limits_are_counted_where_no_frozen_redis_can_stop_a_sign_in() -> None:
    backend = said_by("settings.CACHES['default']['BACKEND']", REDIS_URL="redis://127.0.0.1:9/0")
    assert backend == "django.core.cache.backends.db.DatabaseCache"


def test_a_phone_is_not_led_to_localhost_where_it_would_find_itself() -> None:
    loopback = ["localhost", "127.0.0.1", "[::1]"]
    assert said_by("settings.OWN_HOSTS", ALLOWED_HOSTS="192.168.1.5") == str(loopback)
    elsewhere = {"ALLOWED_HOSTS": "www.example.org", "SITE_URL": "https://example.org"}
    assert said_by("settings.OWN_HOSTS", **elsewhere) == str(["www.example.org", *loopback])


def said_by(expression: str, **changes: str) -> str:
    """What a setting is with other variables around it."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "coursesite.settings", **changes}
    code = f"from django.conf import settings; print({expression})"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    return said.stdout.strip()
