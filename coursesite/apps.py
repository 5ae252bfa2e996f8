from django.apps import AppConfig


class CoursesiteConfig(AppConfig):
    name = "coursesite"

    def ready(self) -> None:
        from coursesite import checks  # noqa: F401  (registers itself)
