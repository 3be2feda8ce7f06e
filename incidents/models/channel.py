"""By which means somebody is told, and how often."""

from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    SLACK = "slack"
    TEAMS = "teams"


SIGNED = (Channel.WEBHOOK,)  # what goes there carries a signature; the others' addresses are secret enough


class DigestFrequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"
