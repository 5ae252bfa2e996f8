"""The desk for money. What happened is shown, nothing of it is typed; what changes goes through the verbs.

`orders`, `claims`, `coupons`, `gifts`, `plans`, `papers` and `inbox` are the lists and pages; `giving_back` and
`deciding` the pages on which something is done; `shown` is what they share.
"""

from payments.admin import claims, coupons, gifts, inbox, orders, papers, plans

__all__ = ["claims", "coupons", "gifts", "inbox", "orders", "papers", "plans"]
