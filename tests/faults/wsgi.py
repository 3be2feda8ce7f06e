"""The product with shorter waits, which tells what it does; `server.running(app="tests.faults.wsgi")` serves it.

Each answer names its process in `X-Process`. Each render adds a line to the file $RENDERED: process, path.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django

django.setup()

from incidents.published import publisher, rendering, wsgi  # noqa: E402
from tests.faults.wsgi_constants import SAY_SO_AFTER  # noqa: E402

publisher.SAY_SO_AFTER = SAY_SO_AFTER
publisher.AGAIN_AFTER = 1.0
wsgi.SOON_STALE = 1.5
if "RENEW_AFTER" in os.environ:
    publisher.RENEW_AFTER = float(os.environ["RENEW_AFTER"])

_render = rendering.render


def _render_and_tell(path: str, revision: int) -> Any:
    with open(os.environ["RENDERED"], "a") as told:  # noqa: PTH123
        told.write(f"{os.getpid()} {path}\n")
    return _render(path, revision)


rendering.render = _render_and_tell

from statussite.wsgi import application as product  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def and_name_the_process(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        return start_response(status, [*headers, ("X-Process", str(os.getpid()))], *more)

    return product(environ, and_name_the_process)
