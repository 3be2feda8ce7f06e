"""What no schema can say of the API, told to schemathesis."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """An empty parameter is as good as none, so that it breaks no rule."""
    return not query or "" not in query.values()
