"""`make soak`: a steady, mixed load for SECONDS (1200); what must not grow is looked at all the while."""

import os
import sys

import django


def main() -> int:
    from tests.soak.soaking import soak

    return soak(float(os.environ.get("SECONDS") or 1200))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    sys.exit(main())
