"""Pay pages and webhooks, for whoever looks closely."""

from django.contrib import admin

from coursesite.lib.desk import ReadOnly
from payments.models import Attempt, EventInbox


@admin.register(Attempt)
class AttemptAdmin(ReadOnly, admin.ModelAdmin[Attempt]):
    list_display = ["session_id", "order", "state", "decline_code", "mismatch", "created_at"]
    list_filter = ["state"]
    list_select_related = ["order"]
    search_fields = ["=session_id", "=payment_intent_id", "=subscription_id", "order__email"]
    exclude = ["url"]  # whoever has it can pay, and sees the buyer's address


@admin.register(EventInbox)
class EventInboxAdmin(ReadOnly, admin.ModelAdmin[EventInbox]):
    list_display = ["event_id", "type", "state", "reason", "tries", "received_at", "done_at"]
    list_filter = ["state", "type", "livemode"]
    search_fields = ["=event_id", "=object_id", "=payment_intent_id"]
