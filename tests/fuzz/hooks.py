"""What no schema can say of the API, told to schemathesis."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """An empty parameter is as good as none, so that it breaks no rule."""
    return not case.query or "" not in case.query.values()
