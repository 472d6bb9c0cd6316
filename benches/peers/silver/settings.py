"""django-silver as somebody would run it: PostgreSQL, tokens, no debugging.

The environment says what differs from run to run: PEER_DATABASE (a postgres:// URL).
"""

import os
import secrets
from urllib.parse import unquote, urlsplit

_database = urlsplit(os.environ["PEER_DATABASE"])

# It signs cookies, and nobody here has one. Each process of a server takes its own.
SECRET_KEY = secrets.token_hex(32)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

INSTALLED_APPS = [
    "dal",
    "dal_select2",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "rest_framework.authtoken",
    "silver",
]

# What Django gives a new project.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _database.hostname,
        "PORT": _database.port,
        "USER": unquote(_database.username),
        "PASSWORD": unquote(_database.password or ""),
        "NAME": _database.path.lstrip("/"),
        # Each thread keeps its connection: Django's advice where connecting costs.
        "CONN_MAX_AGE": 600,
    },
}

REST_FRAMEWORK = {
    # The cheapest of the framework's own kinds: basic authentication hashes a password at each call.
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "silver.api.pagination.LinkHeaderPagination",
    "PAGE_SIZE": 50,
}

# Nothing is paid here; silver wants the names.
PAYMENT_PROCESSORS = {}
PAYMENT_METHOD_SECRET = b""
SILVER_AUTOMATICALLY_CREATE_TRANSACTIONS = False
