"""The least that Django and DRF need to create a row, on the product's database options."""

from statussite.settings import *

INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "tests.perf.bare"]
MIDDLEWARE = []
ROOT_URLCONF = "tests.perf.bare.urls"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
