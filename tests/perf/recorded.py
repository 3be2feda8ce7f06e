"""The least that a WSGI application can do: answers that were recorded from the product, chosen by the path alone.

$RECORDED names the file: path → [status, headers, body in base64].
"""

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def _read() -> dict[str, tuple[str, list[tuple[str, str]], tuple[bytes, ...]]]:
    recorded = json.loads(Path(os.environ["RECORDED"]).read_text())
    return {
        path: (status, [(name, value) for name, value in headers], (base64.b64decode(body),))
        for path, (status, headers, body) in recorded.items()
    }


_ANSWERS = _read()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    status, headers, body = _ANSWERS[environ["PATH_INFO"]]
    start_response(status, headers)
    return body
