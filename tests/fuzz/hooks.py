"""What no schema can say of the API, told to schemathesis."""

import uuid
from typing import Any

import schemathesis
from schemathesis.generation.meta import CoverageScenario

from incidents.api.schema.headers import KEY

_KEY, _EXAMPLE = KEY["name"], KEY["example"]
_EMPTY: tuple[object, ...] = ("", [], {})  # all written as `name=`


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """An empty parameter is as good as none, so that it breaks no rule."""
    return not any(value in _EMPTY for value in (case.query or {}).values())


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The document's one example of a key would make conflicts of nearly all writes.

    What leaves out a header stays as it is: the edited request would be taken for one that is right.
    """
    leaves_out = getattr(case.meta.phase.data, "scenario", None) == CoverageScenario.MISSING_PARAMETER
    if case.headers.get(_KEY) == _EXAMPLE and not leaves_out:
        case.headers[_KEY] = str(uuid.uuid4())
