from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
    verbose_name = "Status page"

    def ready(self) -> None:
        from incidents import checks  # noqa: F401  (registers the system checks)
