"""Every route of the API, as its URLconf has it."""

import re
from dataclasses import dataclass
from typing import Any

from incidents.api.urls import urlpatterns
from incidents.api.views import Audience, UnknownPath

_OPEN_PART = re.compile(r"\(\?P<\w+>[^)]*\)")


@dataclass(frozen=True)
class Route:
    path: str  # with {} for what it leaves open
    actions: dict[str, str]  # method → action
    view: type[Any]
    audience: Audience

    def __str__(self) -> str:
        return self.path

    @property
    def methods(self) -> set[str]:
        return (
            {method.upper() for method in self.actions} | ({"HEAD"} if "get" in self.actions else set()) | {"OPTIONS"}
        )

    @property
    def is_read_in_public(self) -> bool:
        operation = self.view.operations.get(self.actions.get("get"))
        is_for_all = operation is not None and operation.is_open and not operation.is_personal
        return is_for_all and self.audience is not Audience.OPS


def routes() -> list[Route]:
    views: list[Any] = [pattern for pattern in urlpatterns if pattern.callback.cls is not UnknownPath]  # type: ignore[attr-defined]
    return [_route(pattern) for pattern in views]


def _route(pattern: Any) -> Route:
    view = pattern.callback
    path = "/" + _OPEN_PART.sub("{}", str(pattern.pattern).removeprefix("^").removesuffix("/?$")).replace("\\", "")
    return Route(path, dict(view.actions), view.cls, view.initkwargs.get("audience", view.cls.audience))
