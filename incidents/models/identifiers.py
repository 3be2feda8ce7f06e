import secrets
import string

LENGTH = 12
ALPHABET = string.ascii_lowercase + string.digits


def new_id() -> str:
    """12 random characters [a-z0-9], about 62 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
