"""Production settings, tried in a process of their own as an operator would start one."""

import os
import subprocess
import sys

import pytest

PRODUCTION = {
    "DEBUG": "0",
    "SITE_URL": "https://pulse.example.org",
    "SECRET_KEY": "k9XQ2mJr7wT4vB8nL1pZ6sD3fG5hY0cE-aUiOqWxRtNyMzKb-Vd7Hc2",
    "LINK_KEYS": "k1:q8Wm3Zr6Tn1Yb5Vx",
    "ADDRESS_KEY": "h4Jd9Ls2Pf7Gk0Qw",
    "MAIL_URL": "smtp+tls://user:password@mail.example.org",
    "MAIL_FROM": "AI Economy Pulse <pulse@example.org>",
    "OPERATORS": "operator@example.org",
    "TRUSTED_PROXIES": "1",
}


def manage(tmp_path, *arguments, **environment):
    """Run manage.py with this environment alone."""
    keep = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=keep | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_deployment_check_says_nothing(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip() == "System check identified no issues (0 silenced)."


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "SITE_URL", "LINK_KEYS", "ADDRESS_KEY", "MAIL_URL", "MAIL_FROM"]
)
def test_a_half_configured_site_does_not_start_and_says_what_is_missing(tmp_path, missing):
    rest = {name: text for name, text in PRODUCTION.items() if name != missing}
    done = manage(tmp_path, "check", **rest)
    assert done.returncode != 0
    assert f"DEBUG is off and these are not set: {missing}." in done.stderr


def test_with_no_environment_at_all_it_is_a_development_site(tmp_path):
    done = manage(tmp_path, "check")
    assert done.returncode == 0, done.stderr


def test_a_development_site_with_a_public_address_is_refused(tmp_path):
    done = manage(tmp_path, "check", SITE_URL="https://pulse.example.org")
    assert done.returncode != 0
    assert "Set DEBUG=0." in done.stderr


def test_shared_secrets_are_refused(tmp_path):
    same = PRODUCTION | {"ADDRESS_KEY": PRODUCTION["SECRET_KEY"]}
    done = manage(tmp_path, "check", "--deploy", **same)
    assert done.returncode != 0
    assert "config.E001" in done.stderr


def test_https_without_a_trusted_proxy_is_warned_of(tmp_path):
    done = manage(tmp_path, "check", "--deploy", **PRODUCTION | {"TRUSTED_PROXIES": "0"})
    assert "config.W002" in done.stderr


def test_the_sites_own_host_is_always_allowed(tmp_path):
    hosts = PRODUCTION | {"ALLOWED_HOSTS": "www.example.org"}
    code = "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    done = manage(tmp_path, "shell", "-v", "0", "-c", code, **hosts)
    assert "['pulse.example.org', 'www.example.org']" in done.stdout


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder of data with the static files in it: collecting them takes seconds."""
    folder = tmp_path_factory.mktemp("collected")
    done = manage(folder, "collectstatic", "--no-input", "-v", "0", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.xdist_group("collected")
def test_a_redirect_to_https_and_a_refused_host_are_guarded_too(collected):
    manage(collected, "migrate", "-v", "0", **PRODUCTION)
    code = (
        "from django.test import Client\n"
        "for host in ('pulse.example.org', 'evil.example'):\n"
        "    answer = Client(headers={'host': host}).get('/')\n"
        "    print(answer.status_code, *sorted(answer.headers))"
    )
    done = manage(collected, "shell", "-v", "0", "-c", code, **PRODUCTION)
    moved, refused = done.stdout.splitlines()
    assert moved.startswith("301")
    assert refused.startswith("400")
    for name in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"):
        assert name in moved
        assert name in refused


def test_development_mail_is_not_there_in_production(tmp_path):
    code = "from django.urls import resolve; resolve('/dev/mail/')"
    done = manage(tmp_path, "shell", "-v", "0", "-c", code, **PRODUCTION)
    assert "Resolver404" in done.stderr


@pytest.mark.xdist_group("collected")
def test_static_files_are_collected_hashed_and_compressed(collected):
    names = {path.name for path in (collected / "static" / "css").iterdir()}
    assert any(name.startswith("site.") and name.endswith(".css.br") for name in names)


@pytest.mark.xdist_group("collected")
def test_a_collected_file_is_sent_as_it_is_and_in_ranges(collected):
    code = (
        "from django.templatetags.static import static\n"
        "from django.test import Client\n"
        "client = Client(headers={'host': 'pulse.example.org', 'accept-encoding': 'gzip'})\n"
        "path = static('fonts/source-serif-4-latin-wght-normal.woff2')\n"
        "for extra in ({}, {'range': 'bytes=0-99'}):\n"
        "    answer = client.get(path, headers=extra, secure=True)\n"
        "    sent = len(b''.join(answer.streaming_content))\n"
        "    print(answer.status_code, sent, answer.get('Content-Encoding', 'as it is'))"
    )
    done = manage(collected, "shell", "-v", "0", "-c", code, **PRODUCTION)
    whole, part = done.stdout.splitlines()
    assert whole.endswith("as it is")
    assert part == "206 100 as it is"
