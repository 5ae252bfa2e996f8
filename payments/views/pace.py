"""How often somebody may press what makes the gateway work or sends a letter."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest

RATE = "20/m/ip"  # nobody needs twenty in a minute
SLOWLY = "That was a lot in a short time. Nothing was charged. Wait a minute, then press the button again."


def too_fast(request: HttpRequest, action: str) -> bool:
    """Count one press; once there were too many, say so on the next page."""
    if ratelimit.consume(request, app="payments", action=action, config={action: RATE}):
        return False
    messages.error(request, SLOWLY)
    return True
