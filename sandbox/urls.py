from django.urls import path

from sandbox import views

app_name = "sandbox"
urlpatterns = [
    path("pay/<str:key>/", views.pay, name="pay"),
    path("pay/<str:key>/verify/", views.verify, name="verify"),
    path("v1/<path:rest>", views.api, name="api"),
]
