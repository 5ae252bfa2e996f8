"""Where the gateway tells of news. Understood or not it says 200, so that the gateway keeps talking to us."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from coursesite.lib import clock
from payments import gateway, inbox

log = logging.getLogger(__name__)


@login_not_required
@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    try:
        signature = request.headers.get("Stripe-Signature", "")
        inbox.receive(body=request.body, signature=signature, now=clock.now())
    except (gateway.TooLargeError, RequestDataTooBig):
        inbox.count_refusal(reason=gateway.TooLargeError.reason, now=clock.now())
        return HttpResponse(status=413)
    except gateway.BadEventError as bad:
        log.warning("Webhook refused: %s", bad)
        inbox.count_refusal(reason=bad.reason, now=clock.now())
        return HttpResponse(status=400)
    except inbox.NotYetError:
        return HttpResponse(status=503)
    return HttpResponse(status=200)
