"""Where the mail provider tells what became of a letter: django-anymail reads its words, `receivers` acts on them."""

from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

READERS = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}


@csrf_exempt  # a machine posts here; user and password in the request are its right to do so
@login_not_required
@never_cache
@require_POST
def provider_events(request: HttpRequest, provider: str) -> HttpResponse:
    """Open only for providers named in MAIL_WEBHOOKS, and never without a secret. 400 for what is forged or unread."""
    reader = READERS.get(provider) if provider in settings.MAIL_WEBHOOKS else None
    if reader is None or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    try:
        answer: HttpResponse = reader.as_view()(request)
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest("This cannot be read.\n", content_type="text/plain")
    return answer
