from django.urls import path

from sandbox import portal_views, views

app_name = "sandbox"
urlpatterns = [
    path("pay/<str:key>/", views.pay, name="pay"),
    path("pay/<str:key>/verify/", views.verify, name="verify"),
    path("portal/<str:key>/", portal_views.page, name="portal"),
    path("v1/<path:rest>", views.api, name="api"),
]
