"""The product's settings, made independent of the developer's environment (but for DATABASE_URL), and faster."""

import os

os.environ["DEBUG"] = "false"
os.environ["SECRET_KEY"] = "known to everybody and good for tests only"
os.environ["SECURITY_CONTACT"] = "mailto:security@example.com"

from statussite.settings import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files come straight from their sources, without a collectstatic before.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
