"""Django's settings for the stand-in, made from its command line."""

from pathlib import Path
from secrets import token_hex

from django.conf import settings


def configure(database: Path, *, unique: bool, bulk: bool) -> None:
    """Tell Django what it needs to know."""
    settings.configure(
        SECRET_KEY=token_hex(),
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        TIME_ZONE="UTC",
        ROOT_URLCONF="heliport.urls",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "heliport"],
        # It counts the bytes of each answer, without which no connection stays open.
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        APPEND_SLASH=False,
        DATABASES={"default": sqlite(database)},
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        LOGGING_CONFIG=None,
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": ["heliport.rights.NamedTokenAuthentication"],
            "DEFAULT_RENDERER_CLASSES": [
                "rest_framework.renderers.JSONRenderer",
                "heliport.linked_data.JSONLDRenderer",
            ],
            "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        },
        UNIQUE_IDENTIFIERS=unique,
        BULK=bulk,
    )


def sqlite(database: Path) -> dict:
    """Return a database that many threads can write to: each waits for its turn."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": database,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 60,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }
