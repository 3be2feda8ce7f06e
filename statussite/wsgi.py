import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statussite.settings")

from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

# A server does not run the system checks by itself; an unsound configuration must not start.
if errors := [message for message in run_checks() if message.is_serious()]:
    raise SystemExit("\n".join(f"Cannot start: {error.msg} ({error.id})" for error in errors))
