from django.urls import path

from mailing import views, webhooks

app_name = "mailing"
urlpatterns = [
    path("stop/<str:token>/", views.stop, name="stop"),
    path("choose/<str:token>/", views.preferences, name="preferences"),
    path("read/<str:token>/", views.read, name="read"),
    path("events/<slug:provider>/", webhooks.provider_events, name="provider_events"),
]
