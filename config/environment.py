"""Reads environment variables into settings, with errors that say what to do."""

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

MAIL_SCHEMES = {"smtp": {}, "smtp+tls": {"use_tls": True}, "smtps": {"use_ssl": True}}
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
CODE = {".py", ".html", ".txt", ".svg", ".css", ".js"}
DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+")
KEY_ID = re.compile(r"[a-z0-9]{1,8}")


class Variables(FileAwareMapping):  # type: ignore[misc]
    """The environment, in which NAME_FILE may name a file with the value of NAME: a secret."""

    def __getitem__(self, name: str) -> str:
        try:
            return str(super().__getitem__(name)).strip()  # most editors end a file with a new line
        except (OSError, UnicodeError) as error:
            path = self.env[f"{name}_FILE"]
            raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read.") from error


class Environment(environ.FileAwareEnv):  # type: ignore[misc]
    ENVIRON = Variables()


def mailer(url: str) -> dict[str, Any]:
    """Turn smtp://, smtp+tls:// or smtps://user:password@host:port into one entry of MAILERS."""
    parts = urlsplit(url)
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
        raise ImproperlyConfigured(
            "MAIL_URL must look like smtp+tls://user:password@mail.example.org:587 "
            "(schemes: smtp, smtp+tls, smtps)."
        )
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or MAIL_PORTS[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "timeout": 30,
            **MAIL_SCHEMES[parts.scheme],
        },
    }


def mailbox(text: str) -> SplitResult | None:
    """Take apart the path of a Maildir or mbox, or an imap address; None if there is none."""
    parts = urlsplit(text)
    is_server = parts.scheme in ("imap", "imap+tls", "imaps") and parts.hostname
    if text and not is_server and not text.startswith("/"):
        raise ImproperlyConfigured(
            "A mailbox is the path of a Maildir or an mbox, from the root on, or looks like "
            "imaps://user:password@mail.example.org/INBOX (schemes: imap, imap+tls, imaps)."
        )
    return parts if is_server else SplitResult("", "", text, "", "") if text else None


def provider(name: str, options: dict[str, str]) -> str:
    """Check the provider of ESP: its package, and the password of its webhook."""
    if name and find_spec("anymail") is None:
        raise ImproperlyConfigured("ESP needs a package: pip install django-anymail==15.2")
    user, _, password = options.get("WEBHOOK_SECRET", "").partition(":")
    if name and not (user and len(password) >= 16):
        raise ImproperlyConfigured(
            "ESP needs a password, which its webhook sends: "
            "ANYMAIL=WEBHOOK_SECRET=name:password, of 16 characters or more."
        )
    return name


def shared_cache(url: str, code: Iterable[Path]) -> dict[str, Any]:
    """Turn redis:// or rediss:// into one entry of CACHES; `code` are the folders of our code.

    The cache holds pickled objects, which another version of the code may not be able to use, and
    pages, which it may show differently: each version sees its own entries.
    """
    if urlsplit(url).scheme not in ("redis", "rediss"):
        raise ImproperlyConfigured(
            "CACHE_URL must look like redis://127.0.0.1:6379/0 (schemes: redis, rediss)."
        )
    if find_spec("redis") is None:
        raise ImproperlyConfigured("CACHE_URL needs a package: pip install redis==8.1.0")
    return {
        "BACKEND": "config.shared_cache.SharedCache",
        "LOCATION": url,
        "KEY_PREFIX": _version(code),
    }


def _version(code: Iterable[Path]) -> str:
    """Return what two machines have in common only if they run the same code."""
    version = hashlib.sha256()
    for path in sorted(path for each in code for path in each.rglob("*") if path.suffix in CODE):
        version.update(path.name.encode() + path.read_bytes())
    return version.hexdigest()[:16]


def domains(text: str) -> frozenset[str]:
    """Read domains with commas between, or the path of a file with one a line."""
    if text.startswith("/"):
        try:
            lines = Path(text).read_text("utf-8").splitlines()
        except (OSError, UnicodeError) as error:
            raise ImproperlyConfigured(f"DISPOSABLE_DOMAINS: {text} cannot be read.") from error
        entries = [line.partition("#")[0] for line in lines]
    else:
        entries = text.split(",")
    found = frozenset(filter(None, (entry.strip().lower() for entry in entries)))
    if wrong := sorted(each for each in found if not DOMAIN.fullmatch(each)):
        raise ImproperlyConfigured(
            f"DISPOSABLE_DOMAINS: “{wrong[0]}” is no domain such as example.org; an international "
            "name begins with xn--."
        )
    return found


def key_ring(text: str) -> dict[str, str]:
    """Read "k2:secret,k1:older secret" into {id: secret}; the first signs, all of them verify."""
    ring: dict[str, str] = {}
    for entry in text.split(","):
        key_id, _, secret = entry.strip().partition(":")
        if not KEY_ID.fullmatch(key_id) or len(secret) < 16 or key_id in ring:
            raise ImproperlyConfigured(
                "LINK_KEYS must be id:secret pairs with commas between, newest first: "
                "ids of 1 to 8 small letters or digits, secrets of 16 characters or more."
            )
        ring[key_id] = secret
    return ring


def site_url(text: str) -> str:
    """Check that SITE_URL is a bare origin, such as https://pulse.example.org, and return it."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ImproperlyConfigured(
            "SITE_URL must be the site's own origin, such as https://pulse.example.org."
        )
    if not parts.netloc.isascii():
        # It is part of mail headers, which are ASCII.
        raise ImproperlyConfigured(
            "SITE_URL must name its host as servers do: an international name begins with xn--."
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def choice(name: str, text: str, *allowed: str) -> str:
    if text not in allowed:
        raise ImproperlyConfigured(f"{name} is {text!r}. It may be {' or '.join(allowed)}.")
    return text


def secret(name: str, text: str) -> str:
    """Return a secret; "" is none. Raises ImproperlyConfigured for one that can be guessed."""
    if text and len(text) < 16:
        raise ImproperlyConfigured(f"{name} needs 16 characters or more, or leave it out.")
    return text


def is_written(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def write(file: Path, values: dict[str, str]) -> None:
    """Write a new .env, or an empty one, that nobody else can read. Raises OSError."""
    if is_written(file):
        raise FileExistsError(errno.EEXIST, "It is not empty", str(file))
    opened = os.open(file, os.O_CREAT | os.O_WRONLY, 0o600)
    os.fchmod(opened, 0o600)
    with os.fdopen(opened, "w") as lines:
        lines.writelines(f"{name}={quoted(text)}\n" for name, text in values.items())


def quoted(text: str) -> str:
    """Write a value so that Django, Docker and systemd read the same from .env."""
    if re.fullmatch(r"[\w.,:/@%+=-]*", text, re.ASCII):
        return text
    return f"'{text}'" if "'" not in text else '"' + re.sub(r'(["\\$`])', r"\\\1", text) + '"'


def require(texts: dict[str, str]) -> None:
    """Raise ImproperlyConfigured with all settings that are missing or cannot be read."""
    faults = []
    if missing := [name for name, text in texts.items() if not text]:
        faults.append(f"These are not set: {', '.join(missing)}. See .env.example.")
    readers: dict[str, Callable[[str], Any]]
    readers = {"SITE_URL": site_url, "LINK_KEYS": key_ring, "MAIL_URL": mailer}
    for name in sorted(readers.keys() - set(missing)):
        try:
            readers[name](texts[name])
        except ImproperlyConfigured as error:
            faults.append(str(error))
    if faults:
        raise ImproperlyConfigured("\n".join(["The site cannot start with DEBUG=0:", *faults]))


LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1", "testserver"}


def refuse_public_debug(debug: bool, host: str) -> None:
    """Raise ImproperlyConfigured for a public address of a development site.

    Such a site shows its settings and its mail. Raises while settings are read, because a web
    server runs no system checks.
    """
    if debug and host not in LOCAL_HOSTS:
        raise ImproperlyConfigured(f"DEBUG is on, but SITE_URL names {host}. Set DEBUG=0.")
