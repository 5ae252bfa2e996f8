from django.urls import path

from mailing import views

app_name = "mailing"
urlpatterns = [
    path("stop/<str:token>/", views.stop, name="stop"),
    path("choose/<str:token>/", views.preferences, name="preferences"),
]
