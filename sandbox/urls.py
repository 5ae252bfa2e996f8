from django.urls import path

from sandbox import desk, portal_views, views

app_name = "sandbox"
urlpatterns = [
    path("", desk.payments, name="desk"),
    path("payments/<str:key>/", desk.happen, name="desk_payment"),
    path("refunds/<str:key>/", desk.refund, name="desk_refund"),
    path("disputes/<str:key>/", desk.dispute, name="desk_dispute"),
    path("events/", desk.events, name="desk_events"),
    path("events/<str:key>/", desk.resend, name="desk_resend"),
    path("troubles/", desk.troubles, name="desk_troubles"),
    path("troubles/plan/", desk.trouble, name="desk_plan"),
    path("troubles/clear/", desk.clear, name="desk_clear"),
    path("clock/", desk.move_clock, name="desk_clock"),
    path("pay/<str:key>/", views.pay, name="pay"),
    path("pay/<str:key>/verify/", views.verify, name="verify"),
    path("portal/<str:key>/", portal_views.page, name="portal"),
    path("v1/<path:rest>", views.api, name="api"),
]
