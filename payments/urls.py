from django.urls import path

from payments.views import (
    again,
    buy,
    claims,
    gifts,
    health,
    orders,
    papers,
    plans,
    purchases,
    webhook,
    withdrawals,
)

app_name = "payments"
urlpatterns = [
    path("buy/<slug:slug>/", buy.buy, name="buy"),
    path("orders/", purchases.purchases, name="orders"),
    path("orders/<uuid:key>/back/", orders.back, name="return"),
    path("orders/<uuid:key>/status/", orders.status, name="status"),
    path("orders/<uuid:key>/cancelled/", orders.cancelled, name="cancelled"),
    path("orders/<uuid:key>/pay/", orders.resume, name="resume"),
    path("orders/<uuid:key>/receipt/", papers.overview, name="receipt"),
    path("orders/<uuid:key>/papers/<str:number>/", papers.paper, name="paper"),
    path("orders/<uuid:key>/papers/<str:number>.pdf", papers.paper_pdf, name="paper_pdf"),
    path("orders/<uuid:key>/enter/", claims.enter, name="enter"),
    path("orders/<uuid:key>/take/", claims.take, name="take"),
    path("orders/<uuid:key>/address/", claims.correct, name="correct"),
    path("orders/<uuid:key>/withdraw/", withdrawals.withdraw, name="withdraw"),
    path("orders/<uuid:key>/card/", plans.card, name="card"),
    path("orders/<uuid:key>/card/changed/", plans.card_changed, name="card_changed"),
    path("orders/<uuid:key>/pay-late/", plans.pay_late, name="pay_late"),
    path("again/<str:token>/", again.again, name="again"),
    path("gifts/<str:code>/", gifts.gift, name="gift"),
    path("claims/<str:token>/", claims.claim, name="claim"),
    path("desk/payments/health/", health.health, name="health"),
    path("stripe/webhook/", webhook.webhook, name="webhook"),
]
