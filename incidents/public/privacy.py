"""What is stored about those who subscribe: the periods are those that the purges go by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models.farewell import FAREWELL_FOR
from incidents.models.idempotency import KEPT
from incidents.models.personal import FOLLOWED_FOR, UNVERIFIED_FOR
from incidents.models.retention import ATTEMPTS_FOR, DELIVERIES_FOR


@dataclass(frozen=True)
class Stored:
    what: str
    why: str
    until: str


def stored() -> Iterator[Stored]:
    yield Stored(
        _("Your e-mail address, or the address of your endpoint and who answers for it"),
        _("To send what you asked for. Addresses of endpoints, and the secrets that sign for them, are encrypted."),
        _("until you unsubscribe"),
    )
    yield Stored(
        _("What you want to be told, how often, and when you asked for it, confirmed it and last changed it"),
        _("To send only that, and to know that it was you who asked."),
        _("until you unsubscribe"),
    )
    yield Stored(
        _("Whether you could be reached lately, since when not, and why nothing is sent to you any more"),
        _("To stop writing to what is gone."),
        _("until you unsubscribe"),
    )
    yield Stored(
        _("When and how often a link was mailed to you"),
        _("So that nobody can flood your mailbox with them."),
        _("until you unsubscribe"),
    )
    yield Stored(
        _("An address that was typed in and never confirmed"),
        _("To mail the link that confirms it."),
        _("%(span)s after it was last typed in") % {"span": _days(UNVERIFIED_FOR)},
    )
    yield Stored(
        _("That you follow single incidents and nothing else"),
        _("To tell you how they go on."),
        _("%(span)s after the last of them is over") % {"span": _days(FOLLOWED_FOR)},
    )
    yield Stored(
        _("That a message was sent to you, or could not be, and when; not what it said"),
        _("To send each message once, and to find out why one did not arrive."),
        _("%(span)s; from when you unsubscribe on, it says no more to whom it went") % {"span": _days(DELIVERIES_FOR)},
    )
    yield Stored(
        _("Your address after you have unsubscribed, encrypted"),
        _("To send the one mail that says so: where many read at one address, the others are to know."),
        _("until that mail is sent, for %(span)s at most") % {"span": _days(FAREWELL_FOR)},
    )
    yield Stored(
        _("Each attempt to send it, and what your mail server or endpoint answered: a number, and the kind of error"),
        _("To try again at the right time, and to find out why it did not arrive."),
        _days(ATTEMPTS_FOR),
    )
    yield Stored(
        _(
            "The answer to a request that a program sent with a key to try it again, encrypted, and numbers in place of"
            " the network address that it came from and of the e-mail address that it was about"
        ),
        _("To answer a second try as the first one, to nobody else, and to forget it when you ask for that."),
        _hours(KEPT),
    )
    yield Stored(
        _("That you asked to be erased, when, and a number in place of your address"),
        _("To be able to show that it was done. Nobody can tell the address from the number."),
        _("for good"),
    )


def _days(span: timedelta) -> str:
    return ngettext("%(n)d day", "%(n)d days", span.days) % {"n": span.days}


def _hours(span: timedelta) -> str:
    hours = span // timedelta(hours=1)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
