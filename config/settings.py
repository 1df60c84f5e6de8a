"""All settings, read once from the environment. Without any variable this is a development site.

.env.example lists every variable.
"""

import sys
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from config import environment
from config.logs import is_no_pulse
from config.sqlite import KeepingFiles
from config.static_files import add_headers

BASE_DIR = Path(__file__).resolve().parent.parent

env = environment.Environment()
if "pytest" not in sys.modules:  # tests must not reach what .env names
    env.read_env(BASE_DIR / ".env")

# --- The site ----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=True)
if not DEBUG:
    required = ("SECRET_KEY", "SITE_URL", "LINK_KEYS", "ADDRESS_KEY", "MAIL_URL", "MAIL_FROM")
    environment.require({name: env.str(name, default="") for name in required})

# The name of the site on pages, feeds, files and pictures. A newsletter has its own name.
SITE_NAME = env.str("SITE_NAME", default="").strip() or "AI Economy Pulse"
SITE_URL = environment.site_url(env.str("SITE_URL", default="http://127.0.0.1:8000"))
SITE_HOST = urlsplit(SITE_URL).hostname or ""
environment.refuse_public_debug(DEBUG, SITE_HOST)
HAS_HTTPS = SITE_URL.startswith("https://")
# The SQLite database, development mail, what this machine remembers.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)
# Where manage.py backup writes: better on another disk.
BACKUP_DIR = env.str("BACKUP_DIR", default=str(DATA_DIR / "backups"))

SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-" + "x" * 40)
# Signs links in mail. Not SECRET_KEY: these links must always work, while a leaked SECRET_KEY is
# replaced immediately. Old keys stay in the ring and verify old mail.
LINK_KEYS = environment.key_ring(env.str("LINK_KEYS", default="dev:only-for-development-links"))
# The key of the hashes of suppressed addresses. With another key they would not be found.
ADDRESS_KEY = env.str("ADDRESS_KEY", default="only-for-development-addresses")

ALLOWED_HOSTS = [SITE_HOST, *env.list("ALLOWED_HOSTS", default=[])]
if DEBUG:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
# The number of our reverse proxies; X-Forwarded-* is trusted from these only.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# --- Applications ------------------------------------------------------------------------------

# The order of our apps is the order of registered answers (config/registry.py).
INSTALLED_APPS = [
    "glossary",
    "newsletter",
    "config.apps.ConfigConfig",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_tasks_db",
    "simple_history",
]

MIDDLEWARE = [
    "config.middleware.RequestId",
    "config.middleware.ResponsePolicy",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.CompressPublic",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.CleanAddress",
    "config.middleware.RevalidateByETag",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.bodies.BoundedBody",
    "config.middleware.CleanForm",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "config.context_processors.site",
                "newsletter.context_processors.promo",
            ]
        },
    }
]
FORM_RENDERER = "config.forms.Renderer"

# --- Databases and caches ----------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR}/db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "factory": KeepingFiles,
        # Writers queue at BEGIN instead of failing halfway; readers never wait for them.
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000; "
            "PRAGMA foreign_keys=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that is away must not keep threads waiting for minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
# With SQLite too: opening a file takes as long as many queries, and closing the last one empties
# its log.
DATABASES["default"]["CONN_MAX_AGE"] = 60

# Each process has its own cache, unless CACHE_URL names one that all share. A list of series needs
# the glances of all of them, 1 kB each: 10,000 entries are 10 MB and serve as many series.
# Pictures of 50 kB have a separate cache of 25 MB, so that they never displace glances, and so have
# parts of pages, 4 kB each (the `cache` tag of templates).
if CACHE_URL := env.str("CACHE_URL", default=""):
    code = (BASE_DIR / name for name in ("config", "glossary", "newsletter", "templates", "static"))
    shared = ["default", "pictures", "template_fragments", "pages"]
    CACHES = dict.fromkeys(shared, environment.shared_cache(CACHE_URL, code))
else:
    CACHES = {
        "default": env.cache_url_config("locmemcache://?max_entries=10000"),
        "pictures": env.cache_url_config("locmemcache://pictures?max_entries=500"),
        "template_fragments": env.cache_url_config("locmemcache://fragments?max_entries=5000"),
    }
if DEBUG and "pytest" not in sys.modules:  # templates change
    CACHES["template_fragments"] = env.cache_url_config("dummycache://")

# Megabytes of finished public pages that each process keeps, besides the cache that all share
# (config/page_cache.py); 0: none. In development templates change.
PAGE_CACHE = env.int("PAGE_CACHE", default=0 if DEBUG else 64)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# --- Mail --------------------------------------------------------------------------------------

MAIL_URL = env.str("MAIL_URL", default="")
if MAIL_URL:
    MAILERS = {"default": environment.mailer(MAIL_URL)}
else:
    MAILERS = {
        "default": {
            "BACKEND": "config.development.mailbox.EmailBackend",
            "OPTIONS": {"folder": str(DATA_DIR / "mail")},
        }
    }
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default=formataddr((SITE_NAME, "pulse@example.org")))
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = env.list("OPERATORS", default=[])
# Shows what /healthz keeps from others, and /metrics.
HEALTH_TOKEN = environment.secret("HEALTH_TOKEN", env.str("HEALTH_TOKEN", default=""))
# What the clock gets after each round in which nothing was found broken.
PING_URL = env.str("PING_URL", default="")
# Who answers for requests to other sites: publishers such as the SEC want a mail address.
CONTACT = env.str("CONTACT", default="").strip()
EMAIL_SUBJECT_PREFIX = f"[{SITE_HOST}] "
# Issues may use another relay than single mails.
BULK_MAIL_URL = env.str("BULK_MAIL_URL", default="")
MAILERS["bulk"] = environment.mailer(BULK_MAIL_URL) if BULK_MAIL_URL else MAILERS["default"]
# Each delivery has a signed address for bounces in this domain. "": bounces go to the From address.
BOUNCE_DOMAIN = env.str("BOUNCE_DOMAIN", default="")
# The selector of the relay's DKIM signature, which manage.py doctor looks up.
DKIM_SELECTOR = env.str("DKIM_SELECTOR", default="")
# A mailbox for mail that asks to leave; the second address in List-Unsubscribe.
LEAVE_ADDRESS = env.str("LEAVE_ADDRESS", default="")
# A mailbox in which bounces, complaints and mail to LEAVE_ADDRESS arrive, and nothing else: what is
# read is removed.
BOUNCE_MAILBOX = environment.mailbox(env.str("BOUNCE_MAILBOX", default=""))
# A provider that posts bounces and complaints to /webhooks/ESP/, in django-anymail's words, such as
# "postmark", and what anymail must know of it: WEBHOOK_SECRET and the provider's own key.
ANYMAIL = env.dict("ANYMAIL", default={})
ESP = environment.provider(env.str("ESP", default=""), ANYMAIL)
# Signing up with an address in these domains is refused.
DISPOSABLE_DOMAINS = environment.domains(env.str("DISPOSABLE_DOMAINS", default=""))
# How many workers send one issue, and over how many connections each.
SEND_WORKERS = env.int("SEND_WORKERS", default=1)
SEND_CONNECTIONS = env.int("SEND_CONNECTIONS", default=4)
# Messages per second of all workers together, and per minute to one domain. 0: no limit.
SEND_RATE = env.float("SEND_RATE", default=0)
SEND_DOMAIN_RATE = env.float("SEND_DOMAIN_RATE", default=0)
# For a new sending domain: messages on the first day, doubled each day after. 0: no limit.
SEND_FIRST_DAY = env.int("SEND_FIRST_DAY", default=0)

# --- Language and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"

# --- Static files ------------------------------------------------------------------------------

STATIC_URL = "/static/"
# Beside the code, because each version has its own: within the image, for example.
STATIC_ROOT = Path(env.str("STATIC_DIR", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static_files.CollectedFiles"
    }
}
if not DEBUG:
    WHITENOISE_USE_FINDERS = True  # what was not collected is sent as it is in the code
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers

# --- Security ----------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# With no-referrer browsers would send "Origin: null" from our own forms.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HAS_HTTPS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=True)
    # Who sets them to 0 knows what Django would warn of.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SECURE_SSL_REDIRECT = True
    # A one-click unsubscribe POST must not be redirected (RFC 8058, section 3.1).
    SECURE_REDIRECT_EXEMPT = [r"^u/", r"^(healthz|livez)$", r"^metrics$"]
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_HTTPONLY = True
# Unused, a log-in ends after this; config/sessions.py has the other limits.
SESSION_COOKIE_AGE = 12 * 3600
PASSWORD_RESET_TIMEOUT = 30 * 60
# Whether people who may send issues, export or erase readers, or do everything, need a code from
# an app besides their password.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=not DEBUG)

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"

# --- Logs (what happened, never to whom) -------------------------------------------------------

LOG_FORMAT = environment.choice("LOG_FORMAT", env.str("LOG_FORMAT", default="line"), "line", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.logs.Formatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "config.logs.JSONFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": [is_no_pulse],
        },
        "operators": {"class": "config.logs.OperatorMail", "formatter": "line", "level": "ERROR"},
    },
    "root": {
        "handlers": ["console"] if DEBUG else ["console", "operators"],
        "level": env.str("LOG_LEVEL", default="INFO"),
    },
    "loggers": {
        # Django would mail errors with the whole request, including addresses and links.
        "django": {"handlers": [], "level": "INFO"},
        # Bad hosts and oversized forms come from outside: logged, never mailed.
        "django.security": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django_tasks_db": {"level": "WARNING"},
        # It names each of its detectors for each mail.
        "flufl.bounce": {"level": "CRITICAL"},
    },
}
