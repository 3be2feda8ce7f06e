import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statussite.settings")

from django.conf import settings
from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application

GIVE_UP = 3  # gunicorn's master ends with a worker that says so; after any other status it starts the next one

django_application = get_wsgi_application()

# A server does not run the system checks by itself; an unsound configuration must not start. Of those
# that ask a database only our own of SQLite is made: it does not take one that is away for one that is wrong.
found = [*run_checks(), *run_checks(tags=["sqlite"], databases=["default"])]
if errors := [message for message in found if message.is_serious()]:
    sys.stderr.writelines(f"Cannot start: {error.msg} ({error.id})\n" for error in errors)
    raise SystemExit(GIVE_UP)

from incidents.published.serving import published  # noqa: E402  (needs the applications)
from statussite.metrics import Counted, keep_counting  # noqa: E402  (as above)

keep_counting()

# While the pages themselves are worked on, each visit shows them as they are.
application = Counted(django_application if settings.DEBUG else published(django_application))
