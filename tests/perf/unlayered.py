"""Django alone: every answer is made by a view, ours as well as those of the bare project."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statussite.settings")
application = get_wsgi_application()
