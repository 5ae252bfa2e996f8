from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/code/confirm/", views.confirm_code, name="confirm_code"),  # before allauth's own
    path("profile/", views.profile, name="profile"),
    path("profile/zone/", views.profile_zone, name="profile_zone"),
    path("invited/<str:token>/", views.invited, name="invited"),
    path("show/", views.show, name="show"),
]
