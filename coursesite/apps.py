from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CoursesiteConfig(AppConfig):
    name = "coursesite"

    def ready(self) -> None:
        from coursesite import checks  # noqa: F401  (registers itself)


class DeskConfig(AdminConfig):
    default_site = "accounts.desk.Desk"
    verbose_name = "Log"
