"""All settings, from the environment only; `docs/settings.md` lists every variable."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import drf_spectacular_sidecar
from django.utils.csp import CSP

from statussite import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY and not DEBUG:
    env.refuse("SECRET_KEY", "is missing: set it to 50 or more random characters (or DEBUG=true on your own machine).")
if SECRET_KEY and len(SECRET_KEY) < 32:
    env.refuse("SECRET_KEY", "must have at least 32 characters.")
SECRET_KEY_FALLBACKS = env.keys("SECRET_KEY_FALLBACKS", least=32)

SITE_URL = env.site_url("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
SECURE = SITE_URL.startswith("https://")

# The page

PAGE_NAME = env.text("PAGE_NAME", "Status")
PAGE_LOGO = env.text("PAGE_LOGO")
PAGE_PRODUCT_URL = env.text("PAGE_PRODUCT_URL")
PAGE_SUPPORT_URL = env.text("PAGE_SUPPORT_URL")
PAGE_TIME_ZONE = env.time_zone("PAGE_TIME_ZONE", "UTC")
PAGE_LANGUAGE = env.choice("PAGE_LANGUAGE", "en", ("en",))

TIME_ZONE = PAGE_TIME_ZONE
LANGUAGE_CODE = PAGE_LANGUAGE
USE_TZ = True
USE_I18N = True

# Applications

INSTALLED_APPS = [
    "incidents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
]

MIDDLEWARE = [
    "statussite.health.LivenessMiddleware",
    "statussite.middleware.RequestContextMiddleware",
    "statussite.middleware.UnreadBodyMiddleware",
    "statussite.middleware.NoNulMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "statussite.errors.RefusedMethods",
]

ROOT_URLCONF = "statussite.urls"
WSGI_APPLICATION = "statussite.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Database: SQLite must take its write lock at BEGIN, or racing writers fail halfway (`incidents.checks` insists).

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    # As many as threads that serve, and a few; who waits longer than this for one is told so.
    "pool": {"min_size": 1, "max_size": 12, "timeout": 3},
    "options": "-c lock_timeout=2000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=60000",
}

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'data' / 'status.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
DATABASES["default"]["OPTIONS"] = {
    **(SQLITE_OPTIONS if IS_SQLITE else POSTGRES_OPTIONS),
    **DATABASES["default"].get("OPTIONS", {}),
}
if IS_SQLITE:
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # Who closes the last connection folds the whole write-ahead log into the file: not after every request.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # Tests race threads against one another, which an in-memory database cannot host.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}.test"}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache and rate limits

REDIS_URL = env.redis("REDIS_URL")
MEMORY_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 50_000},  # the least used go first; at 300, the default, so would most clients' counts
}
REDIS_CACHE = {"BACKEND": "statussite.cache.RedisOrMemoryCache", "LOCATION": REDIS_URL}
CACHES = {"default": REDIS_CACHE if REDIS_URL else MEMORY_CACHE}
RATELIMIT_ENABLE = env.flag("RATE_LIMITS", True)
RATELIMIT_FAIL_OPEN = True

# Mail

MAILERS = {"default": env.mailer("EMAIL_URL", "console:", timeout=15)}
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", f"status@{urlsplit(SITE_URL).hostname}")

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("swagger-ui", Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Security: what a strict header scanner calls A+

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_SSL_REDIRECT = False  # the proxy in front does it; behind it every request looks plain
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
env.number("WEB_CONCURRENCY", 1, least=1)  # gunicorn reads it, and would explain less

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "incidents.api.schema.operation.OperationSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "CHECK_REVOKE_TOKEN": True,
    "LEEWAY": 30,
    "AUTH_TOKEN_CLASSES": (
        "rest_framework_simplejwt.tokens.AccessToken",
        "incidents.api.machines.MachineAccess",
    ),
}
INTERNAL_API_KEYS = env.keys("INTERNAL_API_KEYS", least=16)
SPECTACULAR_SETTINGS = {
    "TITLE": "Status API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SORT_OPERATIONS": False,
    "PREPROCESSING_HOOKS": ["incidents.api.schema.document.in_order"],
    "POSTPROCESSING_HOOKS": ["incidents.api.schema.document.finish"],
}

# An outside issuer, whose users need no account here

JWT_JWKS_URL = env.private_url("JWT_JWKS_URL")
JWT_ISSUER = env.text("JWT_ISSUER")
JWT_AUDIENCE = env.text("JWT_AUDIENCE")
env.all_or_none(JWT_JWKS_URL=JWT_JWKS_URL, JWT_ISSUER=JWT_ISSUER, JWT_AUDIENCE=JWT_AUDIENCE)
if len(JWT_ISSUER) > 200:
    env.refuse("JWT_ISSUER", "must have at most 200 characters.")

# Latency, if somebody measures it

PROMETHEUS_URL = env.base_url("PROMETHEUS_URL")
LATENCY_QUERY = env.template(
    "LATENCY_QUERY",
    "1000 * histogram_quantile(0.95, sum by (le) "
    '(rate(http_request_duration_seconds_bucket{service="{service}"}[5m])))',
    "{service}",
)

# Logs: one JSON object a line, so that nothing a client sends can forge a second one

LOG_FORMAT = env.choice("LOG_FORMAT", "console" if DEBUG else "json", ("json", "console"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "statussite.logs.JsonFormatter"},
        "console": {
            "()": "statussite.logs.ConsoleFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
