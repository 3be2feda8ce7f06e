"""E-mail addresses: what one may be, when two are the same, and how to name one without saying it."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.crypto import salted_hmac
from django.utils.encoding import punycode

from incidents import rules
from incidents.errors import Violations
from incidents.models.identifiers import ALPHABET, LENGTH

MAX_ADDRESS = 254
_MAX_LOCAL_PART = 64
_QUOTED_OR_LITERAL = '"['  # legal, but for a mailbox of somebody who subscribes only ever used to attack

_is_address = EmailValidator(allowlist=[])


def check_address(field: str, value: str) -> Violations:
    """Exactly one address at a named host; blank edges do not count."""
    found, address = Violations(), rules.tidy(value)
    if len(address) > MAX_ADDRESS:
        found.add(field, "max_length", f"Must have at most {MAX_ADDRESS} characters.")
    elif not _is_valid(address):
        found.add(field, "invalid_email", "Give one e-mail address, such as ann@example.com.")
    return found


def fold(address: str) -> str:
    """Two spellings of one address fold alike: letter case and the form of the domain make no difference."""
    local, _, domain = rules.tidy(address).rpartition("@")
    return f"{local}@{_wire_form(domain)}".lower()


def pseudonym(address: str) -> str:
    """12 characters that stand for the address: always the same, and nothing but a guess leads back."""
    digest = salted_hmac("incidents.address", fold(address), algorithm="sha256").digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])


def _is_valid(address: str) -> bool:
    try:
        _is_address(address)
    except ValidationError:
        return False
    fits = len(address.rpartition("@")[0]) <= _MAX_LOCAL_PART and len(fold(address)) <= MAX_ADDRESS
    return fits and not any(sign in address for sign in _QUOTED_OR_LITERAL)


def _wire_form(domain: str) -> str:
    try:
        return punycode(domain)
    except UnicodeError:
        return domain
