"""The one settings file. Everything that differs between places comes from the environment.

Variables (all optional in development; `./hotline` sets what it needs):

    HOTLINE_ENV             development | test | production
    HOTLINE_SECRET_KEY      required in production, at least 50 characters
    HOTLINE_HOSTS           host names served, comma separated; required in production
    HOTLINE_ORIGINS         https://... origins trusted for forms behind a proxy
    HOTLINE_TRUSTED_PROXIES how many proxies stand in front and append to X-Forwarded-For
    DATABASE_URL            postgis://user:password@host:port/name
    HOTLINE_PREPARED        off: no prepared statements, for a pooler that does not know them
    HOTLINE_REDIS_URL       throttles and the "look" of the live gateway
    HOTLINE_BROKER_URL      Celery's queue; the same Redis, or RabbitMQ
    HOTLINE_VAR             data folder; HOTLINE_MEDIA_ROOT for photos and videos alone
    HOTLINE_MEDIA_S3_BUCKET photos and videos in S3 instead, with HOTLINE_MEDIA_S3_ENDPOINT where it
                            is not Amazon's; keys as boto3 finds them (AWS_ACCESS_KEY_ID ...)
    HOTLINE_MEDIA_MAX_BYTES, _FILES, _PIXELS, _SECONDS  limits of a file, a report, a photo, a video
    HOTLINE_MEDIA_DECODER_MB, _CPU_S    what one file may cost to open
    HOTLINE_REQUEST_MAX_BYTES           one report with all its files
    HOTLINE_ANONYMOUS_REPORTS           reports of a client without a key, such as 60/10minute
    HOTLINE_ANSWER_URGENT_S, _NORMAL_S, HOTLINE_MISSES, HOTLINE_POSITION_FRESH_S,
    HOTLINE_NO_WORKER_RETRY_S, HOTLINE_WEIGHT_LOAD_M, _OWN_COMMUNITY_M, _STALE_M    dispatch
    HOTLINE_READS_AT_ONCE               reads that can wait, admitted by a busy web process
    HOTLINE_PORT, HOTLINE_LIVE_PORT, HOTLINE_LIVE_URL   where the pages find the live gateway
    HOTLINE_TILES_URL, HOTLINE_TILES_ATTRIBUTION        a real tile service under the outlines
    HOTLINE_PROVINCE        division code of the province served
    HOTLINE_WEB_WORKERS, HOTLINE_WEB_THREADS   web processes (2) and threads of each (8)
    HOTLINE_READS_AT_ONCE   threads of a busy web process for reads that can wait (2)

A value that makes no sense stops the start with a sentence that names the variable.
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

# Lets `ModelAdmin[User]` and the like be written at run time.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()  # type: ignore[no-untyped-call]

ENVIRONMENT = env.str("HOTLINE_ENV", "development")
if ENVIRONMENT not in {"development", "test", "production"}:
    raise ImproperlyConfigured(
        f"HOTLINE_ENV is {ENVIRONMENT!r}; it must be development, test or production."
    )
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("HOTLINE_DEBUG", False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("HOTLINE_DEBUG must be off in production.")

DEVELOPMENT_SECRET = "development-only-" + "x" * 50
SECRET_KEY = env.str("HOTLINE_SECRET_KEY", "" if PRODUCTION else DEVELOPMENT_SECRET)
if PRODUCTION and (len(SECRET_KEY) < 50 or SECRET_KEY == DEVELOPMENT_SECRET):
    raise ImproperlyConfigured("HOTLINE_SECRET_KEY must be set, secret and 50 characters or more.")

ALLOWED_HOSTS = env.list("HOTLINE_HOSTS", default=[] if PRODUCTION else ["*"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("HOTLINE_HOSTS must name the hosts served in production.")
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("HOTLINE_HOSTS must not be '*' in production.")
CSRF_TRUSTED_ORIGINS = env.list("HOTLINE_ORIGINS", default=[])


def _port(name: str, default: int) -> int:
    port = env.int(name, default)
    if not 0 < port < 65536:
        raise ImproperlyConfigured(f"{name} is {port}; it must lie between 1 and 65535.")
    return port


def _whole(name: str, default: int) -> int:
    number = env.int(name, default)
    if number < 0:
        raise ImproperlyConfigured(f"{name} is {number}; it must not be negative.")
    return number


PORT = _port("HOTLINE_PORT", 8000)
LIVE_PORT = _port("HOTLINE_LIVE_PORT", PORT + 1)
# Empty: the pages take their own host with the live port. One origin behind a proxy sets it.
LIVE_URL = env.str("HOTLINE_LIVE_URL", "")
if LIVE_URL and urlsplit(LIVE_URL).scheme not in {"http", "https"} and LIVE_URL[0] != "/":
    raise ImproperlyConfigured("HOTLINE_LIVE_URL must be http://..., https://... or a path.")
TRUSTED_PROXIES = _whole("HOTLINE_TRUSTED_PROXIES", 0)
TILES_URL = env.str("HOTLINE_TILES_URL", "")
TILES_ATTRIBUTION = env.str("HOTLINE_TILES_ATTRIBUTION", "")
PROVINCE = env.str("HOTLINE_PROVINCE", "210000")
# While a web process is busy, so many of its threads may serve reads that can wait.
WEB_THREADS = _whole("HOTLINE_WEB_THREADS", 8)
READS_AT_ONCE = _whole("HOTLINE_READS_AT_ONCE", 2)

# --- Data -----------------------------------------------------------------------------------

VAR = Path(env.str("HOTLINE_VAR", str(BASE_DIR / "var")))
DATABASES = {"default": env.db_url("DATABASE_URL", "postgis://hotline@localhost/hotline")}
if DATABASES["default"]["ENGINE"] != "django.contrib.gis.db.backends.postgis":
    raise ImproperlyConfigured("DATABASE_URL must begin with postgis:// - PostGIS is required.")
# A new connection costs ten times a statement: each thread keeps its own, checked once a request.
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    # For the statements of districts.prepared alone; all others are sent with their parameters.
    "prepare_threshold": 3 if env.bool("HOTLINE_PREPARED", True) else None,
    "connect_timeout": 5,
    "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("HOTLINE_REDIS_URL", "redis://localhost:6379/0")
CELERY_BROKER_URL = env.str("HOTLINE_BROKER_URL", REDIS_URL)

MEDIA_ROOT = Path(env.str("HOTLINE_MEDIA_ROOT", str(VAR / "media")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["incidents.uploads.IncomingHandler"]
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
MEDIA_MAX_BYTES = _whole("HOTLINE_MEDIA_MAX_BYTES", 200 * 1024 * 1024)
# One request with all its files.
REQUEST_MAX_BYTES = _whole("HOTLINE_REQUEST_MAX_BYTES", 250 * 1024 * 1024)
MEDIA_MAX_PIXELS = _whole("HOTLINE_MEDIA_MAX_PIXELS", 50_000_000)
MEDIA_MAX_FILES = _whole("HOTLINE_MEDIA_MAX_FILES", 10)
# Read far enough to say in our words that these are too many.
DATA_UPLOAD_MAX_NUMBER_FILES = 2 * MEDIA_MAX_FILES
MEDIA_MAX_SECONDS = _whole("HOTLINE_MEDIA_MAX_SECONDS", 600)
# What one file may cost to open; a 48-megapixel HEIC of a phone needs 300 MB and 1.3 s.
MEDIA_DECODER_MB = _whole("HOTLINE_MEDIA_DECODER_MB", 400)
MEDIA_DECODER_CPU_S = _whole("HOTLINE_MEDIA_DECODER_CPU_S", 5)

# --- Apps -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "maps",
    "dispatch",
    "incidents",
    "accounts",
    "districts",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "rest_framework",
    "rest_framework_gis",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "config.shedding.ShedReads",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.LiveOrigin",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.Unavailable",
    "django.middleware.common.CommonMiddleware",
    "config.gate.Gate",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.house",
            ],
        },
    },
]

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignup"
ACCOUNT_LOGOUT_ON_GET = False
# Behind so many proxies the client's address is that many places from the right.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "config.handlers.csrf_failure"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
# The load balancer asks for health in plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"

_tiles_origin = (
    f"{urlsplit(TILES_URL).scheme}://{urlsplit(TILES_URL).netloc}".replace("{s}", "*")
    if TILES_URL
    else ""
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # folium writes inline scripts; each carries the page's nonce.
        "script-src": [SELF, NONCE],
        # Leaflet and folium set style attributes on their elements.
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:", *([_tiles_origin] if _tiles_origin else [])],
        # What was chosen is shown before it is sent.
        "media-src": [SELF, "blob:"],
        # config.middleware adds the live gateway's origin, which depends on the request's host.
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Words ----------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True

# --- Static files: our own, and the front-end libraries of package-lock.json -------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
_NODE = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    (f"lib/{name}", path)
    for name, path in [
        ("leaflet", _NODE / "leaflet" / "dist"),
        ("markercluster", _NODE / "leaflet.markercluster" / "dist"),
        ("jquery", _NODE / "jquery" / "dist"),
        ("bootstrap", _NODE / "bootstrap" / "dist"),
        ("fontawesome", _NODE / "@fortawesome" / "fontawesome-free"),
        ("awesome-markers", _NODE / "leaflet.awesome-markers" / "dist"),
        ("exifreader", _NODE / "exifreader" / "dist"),
        ("folium", Path(find_spec("folium").submodule_search_locations[0]) / "templates"),  # type: ignore[union-attr,index]
    ]
    if path.is_dir()
]


def _media_storage() -> dict[str, Any]:
    """Photos and videos: below MEDIA_ROOT, or in a bucket that nobody but us can read."""
    bucket = env.str("HOTLINE_MEDIA_S3_BUCKET", "")
    if not bucket:
        return {"BACKEND": "incidents.storage.DurableStorage"}
    return {
        "BACKEND": "incidents.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("HOTLINE_MEDIA_S3_ENDPOINT", "") or None,
            "default_acl": None,
            "querystring_auth": True,
            "file_overwrite": True,
        },
    }


STORAGES = {
    "default": _media_storage(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- API ------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "incidents.parsers.TolerantJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "incidents.api_errors.render",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hotline 12345",
    "VERSION": "1",
    "DESCRIPTION": "File a geotagged report, follow it, and see incidents on a live map.",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.add_plain_views",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
ANONYMOUS_REPORTS = env.str("HOTLINE_ANONYMOUS_REPORTS", "60/10minute")

# --- Dispatch: limits and weights are the city's to choose (dispatch.clocks, .ranking) ---------

DISPATCH_LIMITS: dict[str, Any] = {
    "answer_urgent": timedelta(seconds=_whole("HOTLINE_ANSWER_URGENT_S", 300)),
    "answer_normal": timedelta(seconds=_whole("HOTLINE_ANSWER_NORMAL_S", 1800)),
    "misses": _whole("HOTLINE_MISSES", 3),
    "fresh": timedelta(seconds=_whole("HOTLINE_POSITION_FRESH_S", 600)),
    "retry": timedelta(seconds=_whole("HOTLINE_NO_WORKER_RETRY_S", 60)),
}
DISPATCH_WEIGHTS = {
    "full_load_m": env.float("HOTLINE_WEIGHT_LOAD_M", 1500.0),
    "own_community_m": env.float("HOTLINE_WEIGHT_OWN_COMMUNITY_M", 400.0),
    "stale_position_m": env.float("HOTLINE_WEIGHT_STALE_M", 200.0),
}

# --- Tasks ----------------------------------------------------------------------------------

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
# No bound on what a worker fetches ahead: an acknowledgement that Redis did not take would use up
# one place for ever, and after two of them the worker would stand still. Our tasks are only wakes.
CELERY_WORKER_PREFETCH_MULTIPLIER = 0
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
}
# A web request must not wait for a dead queue: one try, and the sweep catches up.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ROUTES = {"incidents.tasks.sweep_media": {"queue": "media"}}
CELERY_BEAT_SCHEDULE = {
    "sweep-undispatched": {"task": "dispatch.tasks.sweep", "schedule": 5.0},
    "sweep-media": {"task": "incidents.tasks.sweep_media", "schedule": 10.0},
    "refresh-shifts": {"task": "dispatch.tasks.refresh_workers", "schedule": 30.0},
    "heartbeat": {"task": "maps.tasks.heartbeat", "schedule": 10.0},
    "forget-leftovers": {"task": "incidents.tasks.forget_leftovers", "schedule": 3600.0},
    "forget-outbox": {"task": "incidents.tasks.forget_outbox", "schedule": 3600.0},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # While no worker runs the queue must not fill with sweeps nobody needs any more.
    _entry["options"] = {"expires": _entry["schedule"]}

# --- GDAL and GEOS come with the wheels of pyogrio and shapely -------------------------------


def _bundled(package: str, name: str) -> str | None:
    spec = find_spec(package)
    folder = Path(spec.origin).parent.parent if spec and spec.origin else Path()
    found = sorted((folder / f"{package}.libs").glob(f"{name}*"))
    return str(found[0]) if found else None


GDAL_LIBRARY_PATH = env.str("GDAL_LIBRARY_PATH", "") or _bundled("pyogrio", "libgdal")
GEOS_LIBRARY_PATH = env.str("GEOS_LIBRARY_PATH", "") or _bundled("shapely", "libgeos_c")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
