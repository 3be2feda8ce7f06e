"""All settings, from the environment only; `docs/settings.md` lists every variable."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import drf_spectacular_sidecar
from whitenoise.compress import Compressor

from statussite import databases, logs, mail, policy, tracing
from statussite import environment as env

# In a checkout templates and static files lie beside the packages, and so does the data. An installed package carries
# the first two, and works where it is started.
CHECKOUT = Path(__file__).resolve().parent.parent
IS_CHECKOUT = (CHECKOUT / "templates").is_dir()
PAGES_DIR = CHECKOUT if IS_CHECKOUT else CHECKOUT / "statussite"
BASE_DIR = CHECKOUT if IS_CHECKOUT else Path.cwd()

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.secret("SECRET_KEY")
if not SECRET_KEY and not DEBUG:
    env.refuse("SECRET_KEY", "is missing: set it to 50 or more random characters (or DEBUG=true on your own machine).")
SECRET_KEY_FALLBACKS = env.keys("SECRET_KEY_FALLBACKS", least=32)

SITE_URL = env.site_url("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
if DEBUG:
    env.only_here("DEBUG", urlsplit(SITE_URL).hostname, *ALLOWED_HOSTS)
SECURE = SITE_URL.startswith("https://")

# The page

PAGE_NAME = env.text("PAGE_NAME", "Status")
PAGE_LOGO = env.text("PAGE_LOGO")
PAGE_ACCENT = env.colour("PAGE_ACCENT")
PAGE_PRODUCT_URL = env.text("PAGE_PRODUCT_URL")
PAGE_SUPPORT_URL = env.text("PAGE_SUPPORT_URL")
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")
PAGE_LINKS = env.links("PAGE_LINKS")
PAGE_TIME_ZONE = env.time_zone("PAGE_TIME_ZONE", "UTC")
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français"), ("zh-hans", "简体中文")]
PAGE_LANGUAGE = env.choice("PAGE_LANGUAGE", "en", tuple(dict(LANGUAGES)))

TIME_ZONE = PAGE_TIME_ZONE
LANGUAGE_CODE = PAGE_LANGUAGE
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [PAGES_DIR / "locale"]

# Applications

INSTALLED_APPS = [
    "incidents",
    "statussite.desk.DeskConfig",
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
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]

MIDDLEWARE = [
    "statussite.health.HealthMiddleware",
    *([tracing.MIDDLEWARE] if tracing.is_wanted() else []),
    "statussite.middleware.RequestContextMiddleware",
    "statussite.middleware.UnreadBodyMiddleware",
    "statussite.languages.LanguageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "statussite.middleware.BrowserPolicyMiddleware",
    "statussite.middleware.NoNulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "statussite.deadline.DatabaseDeadlineMiddleware",
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
        "DIRS": [PAGES_DIR / "templates"],
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

# Database

DATABASES = {"default": databases.prepared(env.database("DATABASE_URL", f"sqlite:///{BASE_DIR}/data/status.sqlite3"))}
IS_SQLITE = databases.is_sqlite(DATABASES["default"])
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

MAIL_SECONDS = 15  # for one message, however slow the relay is
MAILERS = {"default": mail.mailer("EMAIL_URL", "console:", timeout=MAIL_SECONDS)}
NOTIFICATION_HOLD = env.number("NOTIFICATION_HOLD", 30)  # seconds in which ops can withdraw or correct an update
MAINTENANCE_REMINDERS = env.numbers("MAINTENANCE_REMINDERS", (24, 1), least=1, most=720)  # hours before the start
MAILS_PER_SECOND = env.number("MAILS_PER_SECOND", 50)  # 0: as fast as it goes
HOOKS_PER_SECOND = env.number("HOOKS_PER_SECOND", 20)
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL")  # none: `manage.py worker` is all that is needed
DEFAULT_FROM_EMAIL = mail.sender("DEFAULT_FROM_EMAIL", f"status@{urlsplit(SITE_URL).hostname}")

# Webhooks: where else than to the public internet they may lead (`incidents.guard`)

WEBHOOK_ALLOW_PRIVATE = env.networks("WEBHOOK_ALLOW_PRIVATE")
WEBHOOK_ALLOW_HTTP = env.flag("WEBHOOK_ALLOW_HTTP", False)

# Public pages as bytes (`incidents.published`)

PUBLISHED_DIR = env.text("PUBLISHED_DIR", str(BASE_DIR / "data" / "published"))

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [
    PAGES_DIR / "static",
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
# Only what is linked to is kept and compressed: that is a quarter of the time and of the names held in memory.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# Security: with `statussite.policy` what a strict header scanner calls A+

SECURE_CSP = policy.CONTENT_SECURITY
PERMISSIONS_POLICY = policy.PERMISSIONS
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_SSL_REDIRECT = False  # the proxy in front does it; behind it every request looks plain
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # which asks for that
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a shift; counted from the login
if SECURE:  # with this prefix browsers take them from this host alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", False)
OTP_TOTP_ISSUER = PAGE_NAME
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0  # `incidents.logins` counts wrong codes
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

# Monitoring: who may read /metrics, by address or by token; without either, nobody

METRICS_ALLOWED = env.networks("METRICS_ALLOWED")
METRICS_TOKEN = env.keys("METRICS_TOKEN", least=16)

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
    "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken", "incidents.api.machines.MachineAccess"),
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
JWT_ISSUER = env.text("JWT_ISSUER", most=200)
JWT_AUDIENCE = env.text("JWT_AUDIENCE")
JWT_MAX_MINUTES = env.number("JWT_MAX_MINUTES", 15, least=1)
env.all_or_none(JWT_JWKS_URL=JWT_JWKS_URL, JWT_ISSUER=JWT_ISSUER, JWT_AUDIENCE=JWT_AUDIENCE)

# Latency, if somebody measures it

PROMETHEUS_URL = env.base_url("PROMETHEUS_URL")
LATENCY_QUERY = env.template(
    "LATENCY_QUERY",
    '1000 * histogram_quantile(0.95, sum by (le)(rate(http_request_duration_seconds_bucket{service="{service}"}[5m])))',
    "{service}",
)

# Logs: one JSON object a line, so that nothing a client sends can forge a second one

LOG_FORMAT = env.choice("LOG_FORMAT", "console" if DEBUG else "json", ("json", "console"))
LOGGING = logs.to_stderr(LOG_FORMAT)
