"""What forms say of what is wrong in them, in the reader's language. For programs the rules have words of their own."""

from django.utils.translation import gettext_lazy as _

from incidents.errors import Violations

_SAID = {
    "max_length": _("This is too long."),
    "invalid_email": _("Give one e-mail address, such as ann@example.com."),
    "required": _("Give the address that messages are to be posted to."),
    "invalid_url": _("Give an address such as https://example.com/hook."),
    "invalid_scheme": _("Must begin with https://."),
    "invalid_port": _("The port must be 443 or 8443."),
    "credentials": _("Must not contain a user name or password."),
    "fragment": _("Must not contain a “#”."),
    "wrong_host": _("This is no address that the chosen product gives out."),
    "unknown_host": _("This host cannot be found."),
    "unanswered": _("Where this host leads cannot be found out right now. Try again in a minute."),
    "blocked_address": _("Nothing may be sent to this host."),
}


def told(violations: Violations) -> dict[str, str]:
    """Of each field the first one; of a list, the first of its items."""
    return {
        fault.field.partition("[")[0]: str(_SAID.get(fault.code, fault.description))
        for fault in reversed(violations.found)
    }
