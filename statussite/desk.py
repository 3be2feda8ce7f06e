"""The admin: one site of ours, in place of Django's own."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver


class DeskSite(AdminSite):
    # What is imported in here has models, which are not ready when this module is.

    def has_permission(self, request: HttpRequest) -> bool:
        from incidents.admin import entrance

        return super().has_permission(request) and entrance.has_second_factor(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from incidents.admin import entrance, factor

        return [*entrance.urls(), *factor.urls(), *super().get_urls()]

    def password_change(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> Any:
        from incidents.admin import accounts

        answer = super().password_change(request, {**(extra_context or {})})
        if answer.status_code == 302:
            accounts.tell_of_new_password(request, request.user)
        return answer


class DeskConfig(AdminConfig):
    default_site = "statussite.desk.DeskSite"

    def ready(self) -> None:
        super().ready()  # now each app has registered what it has
        from incidents.admin import accounts

        accounts.take_over()
