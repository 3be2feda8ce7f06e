import pytest

from incidents.notify.outgoing import post
from incidents.notify.transport import TransportError

HOST, PUBLIC = "hook.example", "93.184.216.34"
HEADERS = {"Content-Type": "application/json"}


def failure(url: str, body: bytes = b"{}") -> TransportError:
    with pytest.raises(TransportError) as caught:
        post(url, body, HEADERS)
    return caught.value
