"""Settings that are missing or contradict each other, said in words that tell what to do.

In production these are errors and the server refuses to start: Django's own `check --deploy` stays silent about most
of them (security.md CF-1).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

Finding = tuple[bool, str, str]  # wrong?, what is wrong, what to do


def production_findings() -> Iterator[Finding]:
    key = settings.SECRET_KEY
    yield settings.DEBUG, "DEBUG is on.", "Unset DEBUG."
    yield (
        len(key) < 50 or len(set(key)) < 10,
        "SECRET_KEY is missing or weak.",
        "Set 50 or more random characters.",
    )
    yield not settings.SITE_URL, "SITE_URL is not set.", "Set it to the site's address, https://…"
    yield bool(settings.SITE_URL) and not settings.HTTPS, "SITE_URL is not https.", "Serve the site over TLS."
    hosts = settings.ALLOWED_HOSTS
    yield (
        any(host == "*" or host.startswith(".") for host in hosts),
        "ALLOWED_HOSTS has a wildcard.",
        "Name each host.",
    )
    origins = settings.CSRF_TRUSTED_ORIGINS
    yield (
        any("*" in origin for origin in origins),
        "CSRF_TRUSTED_ORIGINS has a wildcard.",
        "Name each origin.",
    )
    yield settings.DEV_PAGES, "Practice pages are on in production.", "Unset DEV_PAGES."
    yield (
        not settings.EMAIL_URL and not settings.EMAIL_BACKEND.startswith("anymail."),
        "EMAIL_URL is not set, so no mail would leave.",
        "Set smtps://user:password@host:465, or EMAIL_BACKEND for a provider's API.",
    )
    for name in ("COACH_EMAIL", "SELLER_NAME", "POSTAL_ADDRESS"):
        yield not getattr(settings, name), f"{name} is not set.", "Letters and receipts must name it."
    yield (
        not settings.STRIPE_SECRET_KEY,
        "STRIPE_SECRET_KEY is not set.",
        "Set it, or SANDBOX_ALLOWED=1 to practise.",
    )


def safety_findings() -> Iterator[Finding]:
    hasher = settings.PASSWORD_HASHERS[0].lower()
    yield (
        not ("argon2" in hasher or "scrypt" in hasher),
        "The first password hasher is weak.",
        "Use Argon2 first.",
    )
    yield (
        len(settings.AUTH_PASSWORD_VALIDATORS) < 3,
        "Passwords are not validated.",
        "Restore the validators.",
    )
    cache = settings.CACHES["default"]["BACKEND"].lower()
    yield (
        "locmem" in cache or "dummy" in cache,
        "The cache is not shared.",
        "Limits need the database cache.",
    )
    backend = settings.EMAIL_BACKEND.lower()
    yield "console" in backend or "postbox" in backend, "Mail does not leave this machine.", "Set EMAIL_URL."
    for what, path in (("Uploaded files", settings.MEDIA_ROOT), ("The database", database_file())):
        yield exposed(path), f"{what} would lie in a public folder.", "Move VAR out of the static folders."
    yield settings.SESSION_COOKIE_AGE > 60 * 60 * 24 * 90, "Sessions live too long.", "At most 90 days."
    yield not settings.SESSION_COOKIE_SECURE, "Cookies would travel without TLS.", "Set SITE_URL to https://…"


def provider_fault() -> str:
    """What the API of EMAIL_BACKEND lacks, in django-anymail's words."""
    if not settings.EMAIL_BACKEND.startswith("anymail."):
        return ""
    try:
        mail.get_connection()
    except (ImproperlyConfigured, ImportError) as error:
        return str(error)
    return ""


def contradictions() -> Iterator[Finding]:
    yield (
        bool(settings.SECRET_KEY_FALLBACKS) and settings.SUPPRESSION_SALT == settings.SECRET_KEY,
        "SECRET_KEY was rotated, and addresses that must not be written to would be forgotten.",
        "Set SUPPRESSION_SALT to the first SECRET_KEY, and never change it.",
    )
    yield from mail_contradictions()
    redis, broker = settings.REDIS_URL, settings.CELERY_BROKER_URL
    yield (
        settings.EMBEDDED and bool(redis),
        "REDIS_URL is set, yet Celery uses the in-process broker.",
        "Unset CELERY_BROKER_URL or point it to Redis.",
    )
    yield (
        not settings.EMBEDDED and not broker.startswith(("redis", "amqp")),
        "CELERY_BROKER_URL is not a broker we know.",
        "Use redis://… or amqp://…",
    )
    yield (
        settings.PAPER not in ("letter", "a4"),
        f"PAPER={settings.PAPER!r} is not a size we print on.",
        "Say letter or a4.",
    )
    live = settings.STRIPE_SECRET_KEY.startswith(("sk_live", "rk_live"))
    yield (
        live and not settings.IS_PRODUCTION,
        "A live Stripe key on a site that is not in production.",
        "Set PRODUCTION=1, or use a test key.",
    )
    yield (
        live and settings.SANDBOX_WEBHOOK_SECRET in settings.STRIPE_WEBHOOK_SECRETS,
        "The practice webhook secret beside a live key: anybody could forge a payment.",
        "Set STRIPE_WEBHOOK_SECRETS to the endpoint's own signing secret (whsec_…) from Stripe's dashboard.",
    )


def mail_contradictions() -> Iterator[Finding]:
    yield (
        bool(settings.MAIL_WEBHOOKS) and ":" not in settings.ANYMAIL["WEBHOOK_SECRET"],
        "MAIL_WEBHOOKS is set without a secret: anybody could say that an address bounced.",
        "Set MAIL_WEBHOOK_SECRET to user:password, and give the provider https://user:password@… as address.",
    )
    yield (
        "mailgun" in settings.MAIL_WEBHOOKS and not settings.ANYMAIL["MAILGUN_WEBHOOK_SIGNING_KEY"],
        "MAIL_WEBHOOKS names mailgun without its signing key: an empty key signs for anybody.",
        "Set MAILGUN_SIGNING_KEY to the HTTP webhook signing key of Mailgun's dashboard.",
    )
    fault = provider_fault()
    yield bool(fault), f"EMAIL_BACKEND: {fault}", "Set what is missing in the environment, as ANYMAIL_…"


def database_file() -> Path | None:
    name = settings.DATABASES["default"].get("NAME", "")
    return Path(str(name)) if "sqlite" in settings.DATABASES["default"]["ENGINE"] else None


def exposed(path: Path | str | None) -> bool:
    """Would the web server hand out this path?"""
    if path is None:
        return False
    place = Path(path).resolve()
    public = [
        Path(settings.STATIC_ROOT).resolve(),
        *(Path(folder).resolve() for folder in settings.STATICFILES_DIRS),
    ]
    return place == Path("/") or any(place.is_relative_to(folder) for folder in public)


def as_messages(
    findings: Iterator[Finding], kind: Callable[..., CheckMessage], prefix: str
) -> list[CheckMessage]:
    return [
        kind(what, hint=todo, id=f"coursesite.{prefix}{number:03d}")
        for number, (wrong, what, todo) in enumerate(findings, 1)
        if wrong
    ]


@register(Tags.security)
def production_is_safe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not settings.IS_PRODUCTION:
        return []
    return as_messages(production_findings(), Error, "P") + as_messages(safety_findings(), Error, "S")


@register(Tags.compatibility)
def settings_agree(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return as_messages(contradictions(), Error if settings.IS_PRODUCTION else Warning, "C")


def refuse_to_start_on_errors() -> None:
    """Called by the web server in production. Raises ImproperlyConfigured with every error and its remedy."""
    if not settings.IS_PRODUCTION:
        return
    errors = [message for message in run_checks(include_deployment_checks=True) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("This site must not start like this:\n" + "\n".join(map(str, errors)))
