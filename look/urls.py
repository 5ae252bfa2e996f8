from django.urls import path

from look import views

app_name = "look"
urlpatterns = [
    path("", views.components, name="components"),
    path("sales/", views.sales, name="sales"),
    path("lesson/", views.lesson, name="lesson"),
    path("drawings/", views.drawings, name="drawings"),
    path("page/<slug:name>/", views.page, name="page"),
]
