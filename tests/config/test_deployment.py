"""Production settings, tested in a separate process, as an operator would start it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.config.guards import GUARDS, guards

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "DEBUG": "0",
    "SITE_URL": "https://pulse.internal",
    "ALLOWED_HOSTS": "www.pulse.internal",
    "SECRET_KEY": "k9XQ2mJr7wT4vB8nL1pZ6sD3fG5hY0cE-aUiOqWxRtNyMzKb-Vd7Hc2",
    "LINK_KEYS": "k1:q8Wm3Zr6Tn1Yb5Vx",
    "ADDRESS_KEY": "h4Jd9Ls2Pf7Gk0Qw",
    "MAIL_URL": "smtp+tls://user:password@mail.pulse.internal",
    "MAIL_FROM": "AI Economy Pulse <pulse@pulse.internal>",
    "OPERATORS": "operator@pulse.internal",
    "CONTACT": "data@pulse.internal",
    "TRUSTED_PROXIES": "1",
}

# The lines of .env.example that are not comments, without their quotes.
EXAMPLE = re.compile(r'^([A-Z_]+)="?(.*?)"?$', re.MULTILINE)
HSTS = """
from config import settings as s
print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)
"""


def python(folder, *arguments, **environment):
    """Run Python with this environment alone."""
    keep = {"PATH": os.environ["PATH"], "HOME": str(folder), "DATA_DIR": str(folder)}
    keep["STATIC_DIR"] = str(folder / "static")
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=keep | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def check(folder, *arguments, **environment):
    return python(folder, "manage.py", "check", *arguments, **environment)


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """The responses of a production site, and its data folder."""
    folder = tmp_path_factory.mktemp("production")
    done = python(folder, "-m", "tests.config.production", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"folder": folder}


def test_the_deployment_check_says_nothing(production):
    assert production["check"] == "System check identified no issues (0 silenced).\n"


def test_a_half_configured_site_does_not_start_and_says_all_that_is_missing(tmp_path):
    done = check(tmp_path, DEBUG="0")
    assert done.returncode != 0
    missing = "SECRET_KEY, SITE_URL, LINK_KEYS, ADDRESS_KEY, MAIL_URL, MAIL_FROM"
    assert f"These are not set: {missing}." in done.stderr


def test_the_example_copied_as_it_is_names_everything_to_fill_in(tmp_path):
    """First what keeps the site from starting, all of it; then, with keys, what no example can know."""
    example = dict(EXAMPLE.findall((ROOT / ".env.example").read_text()))
    done = check(tmp_path, **example)
    assert "These are not set: SECRET_KEY, ADDRESS_KEY." in done.stderr
    assert "LINK_KEYS must be id:secret" in done.stderr
    keys = {name: PRODUCTION[name] for name in ("SECRET_KEY", "LINK_KEYS", "ADDRESS_KEY")}
    done = check(tmp_path, "--deploy", **example | keys)
    assert "config.E004" in done.stderr
    assert "SITE_URL, MAIL_URL, CONTACT, MAIL_FROM, OPERATORS." in done.stderr


def test_a_secret_may_be_a_file(tmp_path):
    (tmp_path / "key").write_text(f"{PRODUCTION['SECRET_KEY']}\n")
    others = {name: text for name, text in PRODUCTION.items() if name != "SECRET_KEY"}
    done = check(tmp_path, **others, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert done.returncode == 0, done.stderr


def test_a_sender_to_whom_no_mail_can_go_is_refused_with_the_reason(tmp_path):
    done = check(tmp_path, **PRODUCTION | {"MAIL_FROM": "Pulse <pulse@site.test>"})
    assert "newsletter.E001" in done.stderr
    assert "No mail can reach this address" in done.stderr


def test_subdomains_without_https_are_left_out_of_hsts_by_a_setting(tmp_path):
    done = check(tmp_path, "--deploy", **PRODUCTION, HSTS_SUBDOMAINS="0", HSTS_PRELOAD="0")
    assert "security." not in done.stderr
    printed = python(tmp_path, "-c", HSTS, **PRODUCTION, HSTS_SUBDOMAINS="0", HSTS_PRELOAD="0")
    assert printed.stdout == "31536000 False False\n"


def test_with_no_environment_at_all_it_is_a_development_site(tmp_path):
    done = check(tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_development_site_with_a_public_address_is_refused(tmp_path):
    done = check(tmp_path, SITE_URL="https://pulse.internal")
    assert done.returncode != 0
    assert "Set DEBUG=0." in done.stderr


def test_shared_secrets_are_refused_and_https_without_a_trusted_proxy_is_warned_of(tmp_path):
    wrong = {"ADDRESS_KEY": PRODUCTION["SECRET_KEY"], "TRUSTED_PROXIES": "0", "CONTACT": ""}
    done = check(tmp_path, "--deploy", **PRODUCTION | wrong)
    assert done.returncode != 0
    assert "config.E001" in done.stderr
    assert "config.W002" in done.stderr
    assert "config.W003" in done.stderr


def test_the_sites_own_host_is_always_allowed(production):
    assert production["allowed_hosts"] == ["pulse.internal", "www.pulse.internal"]


def test_http_is_sent_to_https_with_all_guards(production):
    answer = production["by http"]
    assert answer["status"] == 301
    assert answer["headers"]["Location"] == "https://pulse.internal/glossary/gpu/"
    assert guards(answer["headers"]) == GUARDS


def test_a_refused_host_is_answered_with_all_guards(production):
    answer = production["refused host"]
    assert answer["status"] == 400
    assert guards(answer["headers"]) == GUARDS


def test_the_operators_hear_of_no_refused_host(production):
    assert production["mailed"] == []


def test_a_page_by_https_announces_https_for_a_year_and_all_guards(production):
    answer = production["robots"]
    assert answer["status"] == 200
    assert guards(answer["headers"]) == GUARDS | {
        "Cache-Control": "public, max-age=0, s-maxage=60, must-revalidate",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    }


def test_a_one_click_unsubscribe_and_a_monitor_by_http_are_not_sent_elsewhere(production):
    assert [answer["status"] for answer in production["one clicks by http"]] == [200, 200]
    assert production["subscription"] == "unsubscribed"
    assert production["health by http"]["status"] == 200


def test_cookies_go_over_https_only_and_no_script_reads_them(production):
    (cookie,) = production["log-in"]["cookies"]
    name, *rest = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-csrftoken=")
    rest = [part for part in rest if not part.startswith("expires=")]
    assert sorted(rest) == ["HttpOnly", "Max-Age=31449600", "Path=/", "SameSite=Lax", "Secure"]


def test_development_mail_is_not_there_in_production(production):
    assert production["development mail"]["status"] == 404


def test_static_files_are_collected_hashed_and_compressed(production):
    names = {path.name for path in (production["folder"] / "static" / "css").iterdir()}
    assert any(name.startswith("site.") and name.endswith(".css.br") for name in names)
    assert production["stylesheet"]["headers"]["Content-Encoding"] == "br"


def test_a_collected_file_is_sent_as_it_is_and_in_ranges(production):
    whole, part = production["font"], production["part of a font"]
    assert (whole["status"], part["status"], part["bytes"]) == (200, 206, 100)
    assert "Content-Encoding" not in whole["headers"] | part["headers"]
    assert (
        whole["bytes"]
        == (ROOT / "static/fonts/source-serif-4-latin-wght-normal.woff2").stat().st_size
    )
