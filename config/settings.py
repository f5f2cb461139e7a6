"""The one settings file. Everything that differs between places comes from the environment.

Variables (all optional in development; `./hotline` sets what it needs):

    HOTLINE_ENV             development | test | production
    HOTLINE_SECRET_KEY      required in production, at least 50 characters
    HOTLINE_VAULT_KEYS      keys of the vault of identities, each 32 bytes in base64, comma
                            separated: the first seals, all open; required in production
    HOTLINE_VAULT_INDEX_KEY another such key, for finding somebody by phone; required in production
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
    HOTLINE_ROOTS           folder of the daily roots of the history, better on another disk
    HOTLINE_MEDIA_MAX_BYTES, _FILES, _PIXELS, _SECONDS  limits of a file, a report, a photo, a video
    HOTLINE_MEDIA_DECODER_MB, _CPU_S    what one file may cost to open
    HOTLINE_REQUEST_MAX_BYTES           one report with all its files
    HOTLINE_LOGIN_TRIES_ACCOUNT (10), HOTLINE_LOGIN_TRIES_ADDRESS (100),
    HOTLINE_LOGIN_WINDOW_MIN (15)       failed log-ins of one account, of one address, in minutes
    HOTLINE_SECOND_FACTOR   required (in production) | offered | off: a code besides the password
    HOTLINE_ANONYMOUS_REPORTS           reports of a client without a key, such as 60/10minute
    HOTLINE_ANSWER_URGENT_S, _NORMAL_S, HOTLINE_MISSES, HOTLINE_POSITION_FRESH_S,
    HOTLINE_NO_WORKER_RETRY_S, HOTLINE_WEIGHT_LOAD_M, _OWN_COMMUNITY_M, _STALE_M,
    _OVERDUE_M, _KNOWN_M, HOTLINE_ORDER_S           dispatch: limits, and weights in metres
    HOTLINE_SILENT_MIN (120)            a worker with an order in hand is silent so long: the desk
    HOTLINE_BATCH_FROM (10), HOTLINE_BATCH_MOST (500)   so many waiting are matched together
    HOTLINE_CONNECTED_WITHIN_S          a call answered so soon counts as connected (15)
    HOTLINE_RECORDING_HOSTS where the telephone system keeps recordings, host names, comma separated
    HOTLINE_PUBLIC_URL      https://... as citizens reach the pages; links in messages begin with it
    HOTLINE_EMAIL_URL       smtp:// or smtp+tls://user:password@host:port; none: no e-mail
    HOTLINE_EMAIL_FROM      who writes it; required with the former
    HOTLINE_SMS_URL, _SECRET            the SMS gateway (docs/messages.md); none: no SMS
    HOTLINE_SMTP_PORT       where letters are received (docs/mailbox.md); none: nowhere. In
                            development `./hotline run` takes 25 above HOTLINE_PORT
    HOTLINE_SMTP_BIND (127.0.0.1), HOTLINE_MAIL_PROTOCOL (smtp, or lmtp), HOTLINE_MAIL_HOST
    HOTLINE_MAIL_TO         our mailboxes, comma separated; required with the port in production
    HOTLINE_MAIL_MAX_BYTES  of one letter (40 MB); HOTLINE_MAIL_RATE of one sender (60/10minute)
    HOTLINE_MAIL_CONNECTIONS            conversations at once (50); more are told to come again
    HOTLINE_GATEWAYS        who may bring us SMS and chat messages (docs/gateways.md): name:secret,
                            comma separated, or JSON {"name": "secret"}; 32 characters at least
    HOTLINE_IMAP_URL        imaps:// or imap+starttls://user:password@host:port/INBOX: a mailbox
                            that is emptied every minute (docs/mailbox.md); none: none
    HOTLINE_IMAP_DONE       folder for what was taken; empty: it stays, marked as read
    HOTLINE_QUIET_HOURS     when nobody is written to, such as 21:00-08:00; empty: never
    HOTLINE_WORKING_HOURS               open spans of a working day: 08:30-12:00,13:00-17:30
    HOTLINE_MAX_DISPATCHES (3), HOTLINE_MAX_EXTENSION_DAYS (10), HOTLINE_CALL_BACK_ATTEMPTS (3),
    HOTLINE_CALL_BACK_DAYS (2), HOTLINE_REWORKS (1), HOTLINE_REOPEN_DAYS (15),
    HOTLINE_CHECK_PERCENT (10), HOTLINE_RATING_LINK_DAYS (7)     limits of casework
    HOTLINE_NOT_FIXED (3)               so many who say "not fixed" put a closed case on the desk
    HOTLINE_USEFUL_PERCENT (89.8)       so many firms of a hundred should call the service useful
    HOTLINE_SUPERVISE_DAYS (1), HOTLINE_ESCALATE_DAYS (3), HOTLINE_ESCALATE_AGAIN_DAYS (7)
                                        after the due time, the ladder of supervision
    HOTLINE_CLUSTER_FEWEST (5)          open incidents of one thing at one place make a line on the
                            dispatcher's desk, where HOTLINE_CLUSTER_CHANCE (0.001) is the chance
                            that a pass over the whole house finds one by accident (docs/maps.md)
    HOTLINE_OPEN_DATA_FEWEST (3), HOTLINE_OPEN_DATA_AFTER_DAYS (7)    docs/open-data.md
    HOTLINE_PDF_FONT                    the bulletin's font: wqy-microhei.ttc of the distribution
    HOTLINE_CASE_FILES_DAYS (30)        docs/merged-lines.md
    HOTLINE_LOW_SCORE_HOURS (24), HOTLINE_SMS_ANSWERS (off)     docs/casework.md, docs/messages.md
    HOTLINE_SCORE_WEIGHTS               response, solved, satisfied in the month's score: 30,35,35
    HOTLINE_READS_AT_ONCE               reads that can wait, admitted by a busy web process
    HOTLINE_PORT, HOTLINE_LIVE_PORT, HOTLINE_LIVE_URL   where the pages find the live gateway
    HOTLINE_TILES_URL, HOTLINE_TILES_ATTRIBUTION        a real tile service under the outlines
    HOTLINE_PROVINCE        division code of the province served
    HOTLINE_WEB_WORKERS, HOTLINE_WEB_THREADS   web processes (2) and threads of each (8)
    HOTLINE_READS_AT_ONCE   threads of a busy web process for reads that can wait (2)

A value that makes no sense stops the start with a sentence that names the variable.
"""

import json
import re
from base64 import b64encode
from datetime import time, timedelta
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from limits import parse as parse_rate

from accounts.sealing import BadKey, key_from

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

# What says who somebody is lies sealed in the database; docs/privacy.md tells how to turn keys.
DEVELOPMENT_KEYS = {
    name: b64encode(sha256(f"{name} {DEVELOPMENT_SECRET}".encode()).digest()).decode()
    for name in ("HOTLINE_VAULT_KEYS", "HOTLINE_VAULT_INDEX_KEY")
}


def _vault_keys(name: str) -> list[str]:
    """Each checked here, so that a bad one stops the start and not somebody's report."""
    keys = env.list(name, default=[] if PRODUCTION else [DEVELOPMENT_KEYS[name]])
    if not keys or (PRODUCTION and DEVELOPMENT_KEYS[name] in keys):
        raise ImproperlyConfigured(f"{name} must be set and secret in production.")
    for n, key in enumerate(keys, start=1):
        try:
            key_from(key)
        except BadKey as error:
            raise ImproperlyConfigured(f"{name}: key {n} cannot be used; {error}.") from error
    return [str(key) for key in keys]


VAULT_KEYS = _vault_keys("HOTLINE_VAULT_KEYS")
VAULT_INDEX_KEY, *_more = _vault_keys("HOTLINE_VAULT_INDEX_KEY")
if _more or VAULT_INDEX_KEY in VAULT_KEYS:
    raise ImproperlyConfigured("HOTLINE_VAULT_INDEX_KEY must be one key, and none of the vault's.")

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


def _some(name: str, default: int) -> int:
    if not (number := _whole(name, default)):
        raise ImproperlyConfigured(f"{name} must be 1 or more.")
    return number


def _spans(name: str, default: str) -> tuple[tuple[time, time], ...]:
    """Spans of a day such as `08:30-12:00,13:00-17:30`, one after the other."""
    given = env.str(name, default)
    try:
        ends = [time.fromisoformat(end.strip()) for end in given.replace(",", "-").split("-")]
    except ValueError:
        ends = []
    if not ends or len(ends) % 2 or any(a >= b for a, b in pairwise(ends)):
        raise ImproperlyConfigured(f"{name} is {given!r}; it must be like 08:30-12:00,13:00-17:30.")
    return tuple(zip(ends[::2], ends[1::2], strict=True))


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
    # The same statements cost more to plan for each place (up to 3 ms) than to run.
    "options": "-c lock_timeout=10s -c idle_in_transaction_session_timeout=30s"
    " -c plan_cache_mode=force_generic_plan",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("HOTLINE_REDIS_URL", "redis://localhost:6379/0")
CELERY_BROKER_URL = env.str("HOTLINE_BROKER_URL", REDIS_URL)

# Outside the database, and in production better outside its machine's reach.
ROOTS = Path(env.str("HOTLINE_ROOTS", str(VAR / "roots")))
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
    "enterprises",
    "dispatch",
    "incidents",
    "accounts",
    "districts",
    "config",
    "config.apps.AdministratorConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
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
    "accounts.tracking.WhoDidIt",
    "accounts.demanding.SecondFactorFirst",
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

# Who looks changes nothing that is tracked; each statement of theirs would carry the context.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.CountingBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "accounts.adapter.ClosedSignup"
ACCOUNT_FORMS = {"change_password": "accounts.forms.ChangePassword"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# Ours (accounts.lockout) is counted in the database; allauth's would be in each process's memory.
ACCOUNT_RATE_LIMITS = False
# Behind so many proxies the client's address is that many places from the right.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
LOGIN_TRIES_ACCOUNT = _some("HOTLINE_LOGIN_TRIES_ACCOUNT", 10)
# An office shares one address.
LOGIN_TRIES_ADDRESS = _some("HOTLINE_LOGIN_TRIES_ADDRESS", 100)
SECOND_FACTOR = env.str("HOTLINE_SECOND_FACTOR", "required" if PRODUCTION else "offered")
if SECOND_FACTOR not in {"required", "offered", "off"}:
    raise ImproperlyConfigured(
        f"HOTLINE_SECOND_FACTOR is {SECOND_FACTOR!r}; it must be required, offered or off."
    )
MFA_ADAPTER = "accounts.second_factor.SealedFactors"
MFA_FORMS = {
    "authenticate": "accounts.forms.GiveCode",
    "reauthenticate": "accounts.forms.GiveCodeAgain",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody's address is verified here
MFA_TOTP_ISSUER = "Hotline 12345"
# A phone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
LOGIN_WINDOW = timedelta(minutes=_some("HOTLINE_LOGIN_WINDOW_MIN", 15))
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
            # Of a file that is read; the rest of it lies on the disk.
            "max_memory_size": 8 * 1024 * 1024,
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

# --- Business line --------------------------------------------------------------------------

USEFUL_PERCENT = env.float("HOTLINE_USEFUL_PERCENT", 89.8)
if not 0 <= USEFUL_PERCENT <= 100:
    raise ImproperlyConfigured(
        f"HOTLINE_USEFUL_PERCENT is {USEFUL_PERCENT}; it must lie between 0 and 100."
    )

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
    "own_cell_m": env.float("HOTLINE_WEIGHT_OWN_CELL_M", 300.0),
    "own_community_m": env.float("HOTLINE_WEIGHT_OWN_COMMUNITY_M", 400.0),
    "stale_position_m": env.float("HOTLINE_WEIGHT_STALE_M", 200.0),
    "overdue_m": env.float("HOTLINE_WEIGHT_OVERDUE_M", 1000.0),
    "known_m": env.float("HOTLINE_WEIGHT_KNOWN_M", 300.0),
    "order_s": env.float("HOTLINE_ORDER_S", 1800.0),
}
# Nothing was heard for so long of a worker who has signed for an order: the desk shows it.
SILENT_AFTER = timedelta(minutes=_whole("HOTLINE_SILENT_MIN", 120))
# So many waiting, and they are matched together, at most so many at a time (dispatch.batch).
BATCH_FROM = _whole("HOTLINE_BATCH_FROM", 10)
BATCH_MOST = _whole("HOTLINE_BATCH_MOST", 500)

# --- Casework: the calendar, the limits on a case, the ladder of supervision ---------------------

# Open spans of a working day; which days are working days is data (incidents.CalendarDay).
WORKING_HOURS = _spans("HOTLINE_WORKING_HOURS", "08:30-12:00,13:00-17:30")
CASE_LIMITS: dict[str, Any] = {
    "dispatches": _whole("HOTLINE_MAX_DISPATCHES", 3),
    "extension_days": _whole("HOTLINE_MAX_EXTENSION_DAYS", 10),
    "attempts": _whole("HOTLINE_CALL_BACK_ATTEMPTS", 3),
    "attempts_days": _whole("HOTLINE_CALL_BACK_DAYS", 2),
    "reworks": _whole("HOTLINE_REWORKS", 1),
    "low_score": timedelta(hours=_whole("HOTLINE_LOW_SCORE_HOURS", 24)),
    "reopen": timedelta(days=_whole("HOTLINE_REOPEN_DAYS", 15)),
}
# What is left of a merged line's file is deleted so long after it came, or was imported.
CASE_FILES_KEPT = timedelta(days=_whole("HOTLINE_CASE_FILES_DAYS", 30))
# Whether the gateway brings us the SMS that citizens send back (docs/messages.md).
SMS_ANSWERS = env.bool("HOTLINE_SMS_ANSWERS", default=False)
# So many who say that a closed incident is not fixed put it before whoever reopens.
DOUBTED_FROM = _whole("HOTLINE_NOT_FIXED", 3)
# How long a citizen's one-click link answers.
RATING_LINK_DAYS = _whole("HOTLINE_RATING_LINK_DAYS", 7)
# The share of replies that a quality checker looks at, in percent.
CHECK_PERCENT = _whole("HOTLINE_CHECK_PERCENT", 10)
# Rung by rung: the step, and when: a share of the limit before it is due, or time after.
LADDER: list[dict[str, Any]] = [
    {"step": "remind", "before": 0.2},
    {"step": "remind", "after": timedelta(0)},
    {"step": "supervise", "after": timedelta(days=_whole("HOTLINE_SUPERVISE_DAYS", 1))},
    {"step": "escalate", "after": timedelta(days=_whole("HOTLINE_ESCALATE_DAYS", 3))},
    {"step": "escalate", "after": timedelta(days=_whole("HOTLINE_ESCALATE_AGAIN_DAYS", 7))},
]

# Sudden clusters: how many together at least, and the chance of a false one in a pass.
CLUSTER_FEWEST = _whole("HOTLINE_CLUSTER_FEWEST", 5)
CLUSTER_CHANCE = env.float("HOTLINE_CLUSTER_CHANCE", 0.001)
if CLUSTER_FEWEST < 2 or not 0 < CLUSTER_CHANCE < 1:
    raise ImproperlyConfigured(
        "HOTLINE_CLUSTER_FEWEST must be 2 or more, HOTLINE_CLUSTER_CHANCE lie between 0 and 1."
    )
# Open data: how many people share what is told of a line, and how old a day is when published.
OPEN_DATA_FEWEST = _whole("HOTLINE_OPEN_DATA_FEWEST", 3)
OPEN_DATA_AFTER_DAYS = _whole("HOTLINE_OPEN_DATA_AFTER_DAYS", 7)
# The font of the bulletin's PDF: TrueType outlines (.ttf, .ttc), Chinese and Latin.
PDF_FONT = env.str("HOTLINE_PDF_FONT", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
# Of the month's score: response, solved, satisfied, in percent.
SCORE_WEIGHTS = tuple(env.list("HOTLINE_SCORE_WEIGHTS", cast=int, default=[30, 35, 35]))
if len(SCORE_WEIGHTS) != 3 or sum(SCORE_WEIGHTS) != 100 or min(SCORE_WEIGHTS) < 0:
    raise ImproperlyConfigured("HOTLINE_SCORE_WEIGHTS must be three shares that make 100.")

# --- Contacts ----------------------------------------------------------------------------------

# A call counts as connected when it was answered so soon after it was offered.
CONNECTED_WITHIN = timedelta(seconds=_whole("HOTLINE_CONNECTED_WITHIN_S", 15))

# Hosts that a recording may lie on; none: no link is taken.
RECORDING_HOSTS = frozenset(
    each.strip().lower() for each in env.list("HOTLINE_RECORDING_HOSTS", default=[])
)
if any(not re.fullmatch(r"[a-z0-9.-]+", each) for each in RECORDING_HOSTS):
    raise ImproperlyConfigured("HOTLINE_RECORDING_HOSTS must be host names, comma separated.")

# --- Messages to people: each channel is off until it is set (docs/messages.md) ------------------


def _url(name: str, default: str = "") -> str:
    """An address we or the citizen call; in clear only on this machine, and not in production."""
    given = env.str(name, default).rstrip("/")
    parts = urlsplit(given)
    local = not PRODUCTION and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    allowed = {"https", "http"} if local else {"https"}
    if given and (parts.scheme not in allowed or not parts.hostname):
        raise ImproperlyConfigured(f"{name} must be https://... .")
    return given


SMS_URL = _url("HOTLINE_SMS_URL")
SMS_SECRET = env.str("HOTLINE_SMS_SECRET", "")
if SMS_URL and len(SMS_SECRET) < 32:
    raise ImproperlyConfigured("HOTLINE_SMS_SECRET must have 32 characters or more.")
_email_url = env.str("HOTLINE_EMAIL_URL", "")
EMAIL_ON = bool(_email_url)
_email = env.email_url_config(_email_url or "dummymail://")  # type: ignore[no-untyped-call]
vars().update(_email)
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.str("HOTLINE_EMAIL_FROM", "")
if EMAIL_ON and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("HOTLINE_EMAIL_FROM must be an e-mail address.")
PUBLIC_URL = _url("HOTLINE_PUBLIC_URL", "" if PRODUCTION else f"http://127.0.0.1:{PORT}")
if (SMS_URL or EMAIL_ON) and not PUBLIC_URL:
    raise ImproperlyConfigured("HOTLINE_PUBLIC_URL must be set: messages hold links to it.")
# Letters that come in.
SMTP_PORT = _port("HOTLINE_SMTP_PORT", 1) if env.str("HOTLINE_SMTP_PORT", "") else 0
SMTP_BIND = env.str("HOTLINE_SMTP_BIND", "127.0.0.1")
MAIL_PROTOCOL = env.str("HOTLINE_MAIL_PROTOCOL", "smtp")
if MAIL_PROTOCOL not in {"smtp", "lmtp"}:
    raise ImproperlyConfigured(f"HOTLINE_MAIL_PROTOCOL is {MAIL_PROTOCOL!r}; smtp or lmtp.")
MAIL_HOST = env.str("HOTLINE_MAIL_HOST", "localhost")
MAIL_TO = frozenset(
    each.strip().lower()
    for each in env.list("HOTLINE_MAIL_TO", default=[] if PRODUCTION else ["12345@localhost"])
)
if not all("@" in each for each in MAIL_TO) or (SMTP_PORT and not MAIL_TO):
    raise ImproperlyConfigured("HOTLINE_MAIL_TO must name our mailboxes, such as 12345@city.cn.")
MAIL_MAX_BYTES = _some("HOTLINE_MAIL_MAX_BYTES", 40 * 1024**2)
MAIL_CONNECTIONS = _some("HOTLINE_MAIL_CONNECTIONS", 50)
MAIL_RATE = env.str("HOTLINE_MAIL_RATE", "60/10minute")
try:
    parse_rate(MAIL_RATE)
except ValueError:
    raise ImproperlyConfigured("HOTLINE_MAIL_RATE must be such as 60/10minute.") from None


def _imap(name: str) -> str:
    """A mailbox to fetch from; what is said of a bad one holds no word of it."""
    given = env.str(name, "")
    try:
        parts = urlsplit(given)
        _ = parts.port  # raises as well
    except ValueError:
        raise ImproperlyConfigured(f"{name}: its host or port cannot be read.") from None
    local = not PRODUCTION and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    allowed = {"imaps", "imap+starttls"} | ({"imap"} if local else set())
    whole = parts.scheme in allowed and parts.hostname and parts.username and parts.password
    if given and not whole:
        raise ImproperlyConfigured(f"{name} must be imaps://user:password@host/INBOX.")
    return given


IMAP_URL = _imap("HOTLINE_IMAP_URL")
IMAP_DONE = env.str("HOTLINE_IMAP_DONE", "")


def _gateways() -> dict[str, str]:
    """Who may bring messages, and the secret of each; no word of a secret in what is said."""
    given = env.str("HOTLINE_GATEWAYS", "").strip()
    try:
        pairs = (
            json.loads(given)
            if given.startswith("{")
            else dict(each.strip().split(":", 1) for each in given.split(",") if each.strip())
        )
    except ValueError:
        pairs = {"": ""}
    if not all(re.fullmatch(r"[a-z0-9-]{1,40}", name) for name in pairs):
        raise ImproperlyConfigured("HOTLINE_GATEWAYS must be name:secret,... or JSON.") from None
    for name, secret in pairs.items():
        if not isinstance(secret, str) or len(secret) < 32:
            raise ImproperlyConfigured(
                f"HOTLINE_GATEWAYS: the secret of {name} must have 32 characters or more."
            )
    if len(set(pairs.values())) != len(pairs):
        raise ImproperlyConfigured("HOTLINE_GATEWAYS: each gateway needs a secret of its own.")
    return pairs


GATEWAYS = _gateways()
QUIET_HOURS = env.str("HOTLINE_QUIET_HOURS", "21:00-08:00")
try:
    [time.fromisoformat(part) for part in QUIET_HOURS.split("-") if QUIET_HOURS]
except ValueError:
    raise ImproperlyConfigured("HOTLINE_QUIET_HOURS must be such as 21:00-08:00.") from None
if QUIET_HOURS and QUIET_HOURS.count("-") != 1:
    raise ImproperlyConfigured("HOTLINE_QUIET_HOURS must be such as 21:00-08:00.")
# A failed message is tried again after each of these; then it is given up.
MESSAGE_PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 900)]

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
CELERY_TASK_ROUTES = {
    "incidents.tasks.sweep_media": {"queue": "media"},
    # They open photos too.
    "incidents.tasks.read_letters": {"queue": "media"},
    "maps.tasks.publish_days": {"queue": "media"},
    "incidents.tasks.fetch_letters": {"queue": "media"},
    "incidents.tasks.import_cases": {"queue": "media"},
}
CELERY_BEAT_SCHEDULE = {
    "sweep-undispatched": {"task": "dispatch.tasks.sweep", "schedule": 5.0},
    "sweep-media": {"task": "incidents.tasks.sweep_media", "schedule": 10.0},
    "fetch-letters": {"task": "incidents.tasks.fetch_letters", "schedule": 60.0},
    "read-letters": {"task": "incidents.tasks.read_letters", "schedule": 10.0},
    "import-cases": {"task": "incidents.tasks.import_cases", "schedule": 10.0},
    "refresh-shifts": {"task": "dispatch.tasks.refresh_workers", "schedule": 30.0},
    "keep-positions": {"task": "dispatch.tasks.keep_positions", "schedule": 3600.0},
    "press-late": {"task": "incidents.tasks.press_late", "schedule": 30.0},
    "list-hand-overs": {"task": "dispatch.tasks.list_hand_overs", "schedule": 60.0},
    "resume-paused": {"task": "dispatch.tasks.resume_paused", "schedule": 60.0},
    "send-messages": {"task": "incidents.tasks.send_messages", "schedule": 10.0},
    "archive-closed": {"task": "incidents.tasks.archive_closed", "schedule": 3600.0},
    "freeze-months": {"task": "maps.tasks.freeze_months", "schedule": 3600.0},
    "publish-days": {"task": "maps.tasks.publish_days", "schedule": 3600.0},
    "reassign-firms": {"task": "enterprises.tasks.reassign_firms", "schedule": 60.0},
    "assign-advice": {"task": "enterprises.tasks.assign_advice", "schedule": 60.0},
    "push-policies": {"task": "enterprises.tasks.push_policies", "schedule": 3600.0},
    "roll-up": {"task": "maps.tasks.roll_up", "schedule": 2.0},
    "tell-places": {"task": "maps.tasks.tell_places", "schedule": 900.0},
    "watch-clusters": {"task": "maps.tasks.watch_clusters", "schedule": 20.0},
    "forget-days": {"task": "maps.tasks.forget_days", "schedule": 3600.0},
    "heartbeat": {"task": "maps.tasks.heartbeat", "schedule": 10.0},
    "forget-leftovers": {"task": "incidents.tasks.forget_leftovers", "schedule": 3600.0},
    "forget-case-files": {"task": "incidents.tasks.forget_case_files", "schedule": 3600.0},
    "forget-follows": {"task": "incidents.tasks.forget_follows", "schedule": 3600.0},
    "forget-outbox": {"task": "incidents.tasks.forget_outbox", "schedule": 3600.0},
    # Once a day there is something to do; the other times it looks for a day that was missed.
    "seal-days": {"task": "incidents.tasks.seal_days", "schedule": 3600.0},
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
