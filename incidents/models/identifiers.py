import re
import secrets
import string

LENGTH = 12
ALPHABET = string.ascii_lowercase + string.digits
_SHAPE = re.compile(rf"[{ALPHABET}]{{{LENGTH}}}")


def new_id() -> str:
    """12 random characters [a-z0-9], about 62 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_id(value: str) -> bool:
    """Whether it could be one; what could not is not worth a query."""
    return _SHAPE.fullmatch(value) is not None
