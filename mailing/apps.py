from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "mailing"
    verbose_name = "Letters"

    def ready(self) -> None:
        from mailing import receivers  # noqa: F401  (connects to what the provider tells)
