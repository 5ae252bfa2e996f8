from django.apps import AppConfig


class PostboxConfig(AppConfig):
    name = "postbox"
    verbose_name = "Postbox"
