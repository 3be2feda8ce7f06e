"""The product, which stands still where a request asks for it; `server.running(app="tests.stalling")` serves it.

`X-Stall: inside` stops it before the write commits, `X-Stall: after` when that is done and nothing is answered yet.
Standing, it has written its process id into the file $STALLED; it goes on when that is gone.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.apps import apps

from statussite.wsgi import application as product

STALLED = Path(os.environ["STALLED"])
_asked = threading.local()
Event: Any = apps.get_model("incidents", "Event")  # loaded by `statussite.wsgi`, and not to be imported before it
_record = Event.record


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _asked.place = environ.get("HTTP_X_STALL")
    answer = product(environ, start_response)
    _stand_if("after")
    return answer


def _record_and_stand(*arguments: Any, **facts: Any) -> None:
    _record(*arguments, **facts)
    _stand_if("inside")


def _stand_if(place: str) -> None:
    if getattr(_asked, "place", None) != place:
        return
    _asked.place = None
    STALLED.with_suffix(".new").write_text(str(os.getpid()))
    STALLED.with_suffix(".new").replace(STALLED)
    while STALLED.exists():
        time.sleep(0.02)


Event.record = staticmethod(_record_and_stand)  # the last step of a write
