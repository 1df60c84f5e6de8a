"""From environment variables to settings: what is read, and the errors for what is refused."""

import os
import re

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import (
    Variables,
    choice,
    domains,
    key_ring,
    mailbox,
    mailer,
    provider,
    require,
    secret,
    shared_cache,
    site_url,
    write,
)


def test_a_mail_url_becomes_a_mailer():
    options = mailer("smtp+tls://pulse%40example.org:p%2Fss@mail.example.org:2525")["OPTIONS"]
    assert options == {
        "host": "mail.example.org",
        "port": 2525,
        "username": "pulse@example.org",
        "password": "p/ss",
        "timeout": 30,
        "use_tls": True,
    }


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://m.example", 25), ("smtp+tls://m.example", 587), ("smtps://m.example", 465)],
)
def test_each_scheme_has_its_port(url, port):
    assert mailer(url)["OPTIONS"]["port"] == port


def test_disposable_domains_are_a_list_or_a_file(tmp_path):
    assert domains("") == frozenset()
    assert domains("Trash.example, mail.trash.example ,") == {"trash.example", "mail.trash.example"}
    file = tmp_path / "list.txt"
    file.write_text("# Addresses for ten minutes\nTrash.example\n\nxn--mll-hoa.example  # müll\n")
    assert domains(str(file)) == {"trash.example", "xn--mll-hoa.example"}


@pytest.mark.parametrize("text", ["trash", "müll.example", "a@trash.example", "*.trash.example"])
def test_what_is_no_domain_is_named(text):
    with pytest.raises(ImproperlyConfigured, match=re.escape(f"“{text}” is no domain")):
        domains(f"good.example,{text}")


def test_a_list_of_domains_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"none\.txt cannot be read"):
        domains(str(tmp_path / "none.txt"))


@pytest.mark.parametrize("url", ["mail.example.org", "http://m.example", "smtp://", "smtp:///x"])
def test_another_mail_url_is_refused_with_an_example(url):
    with pytest.raises(ImproperlyConfigured, match="smtp\\+tls://user:password@mail"):
        mailer(url)


@pytest.mark.parametrize("url", ["127.0.0.1:6379", "valkey://m.example", "http://m.example", "x"])
def test_another_cache_url_is_refused_with_an_example(url):
    with pytest.raises(ImproperlyConfigured, match=r"redis://127\.0\.0\.1:6379/0"):
        shared_cache(url, [])


def test_a_shared_cache_without_its_package_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr("config.environment.find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match="pip install redis"):
        shared_cache("redis://127.0.0.1:6379/0", [])


def test_a_shared_cache_is_shared_by_machines_with_the_same_version_of_the_code(
    monkeypatch, tmp_path
):
    monkeypatch.setattr("config.environment.find_spec", lambda name: name)
    prefixes = []
    for machine, code in ("one", "x = 1"), ("two", "x = 1"), ("newer", "x = 2"):
        (tmp_path / machine / "room").mkdir(parents=True)
        (tmp_path / machine / "room" / "module.py").write_text(code)
        cache = shared_cache("rediss://cache.example/2", [tmp_path / machine])
        assert cache["LOCATION"] == "rediss://cache.example/2"
        prefixes.append(cache["KEY_PREFIX"])
    assert prefixes[0] == prefixes[1] != prefixes[2]


def test_a_variable_may_name_a_file_with_its_value(monkeypatch, tmp_path):
    variables = Variables({"MAIL_URL_FILE": str(tmp_path / "mail"), "SITE_NAME": "Pulse"})
    with pytest.raises(ImproperlyConfigured, match=r"MAIL_URL_FILE: .*mail cannot be read\."):
        variables["MAIL_URL"]
    (tmp_path / "mail").write_text("smtp://mail.example\n")
    assert (variables["MAIL_URL"], variables["SITE_NAME"]) == ("smtp://mail.example", "Pulse")


def test_a_mailbox_is_a_path_or_a_server():
    assert mailbox("") is None
    path = mailbox("/var/mail/what is#this?")
    assert (path.scheme, path.path) == ("", "/var/mail/what is#this?")
    server = mailbox("imaps://bounces%40example.org:p%2Fss@mail.example.org:1993/In%20box")
    assert (server.scheme, server.hostname, server.port) == ("imaps", "mail.example.org", 1993)


@pytest.mark.parametrize("text", ["Maildir", "pop://m.example", "imap:///INBOX", "imaps://"])
def test_another_mailbox_is_refused_with_an_example(text):
    with pytest.raises(ImproperlyConfigured, match="imaps://user:password@mail"):
        mailbox(text)


def test_a_provider_needs_its_package_and_a_password(monkeypatch):
    secret = {"WEBHOOK_SECRET": "pulse:" + "a" * 16}
    assert provider("postmark", secret) == "postmark"
    assert provider("", {}) == ""
    for wrong in ({}, {"WEBHOOK_SECRET": "a" * 20}, {"WEBHOOK_SECRET": "pulse:" + "a" * 15}):
        with pytest.raises(ImproperlyConfigured, match="ANYMAIL=WEBHOOK_SECRET=name:password"):
            provider("postmark", wrong)
    monkeypatch.setattr("config.environment.find_spec", lambda _: None)
    with pytest.raises(ImproperlyConfigured, match="pip install django-anymail"):
        provider("postmark", secret)


def test_a_key_ring_keeps_its_order_because_the_first_key_signs():
    ring = key_ring("k2:" + "b" * 16 + ", k1:" + "a" * 16)
    assert list(ring) == ["k2", "k1"]
    assert ring["k1"] == "a" * 16


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret-without-id",
        "k1:" + "a" * 15,
        "K1:" + "a" * 16,
        "k23456789:" + "a" * 16,
        "k1:" + "a" * 16 + ",k1:" + "b" * 16,
    ],
)
def test_a_wrong_key_ring_is_refused(text):
    with pytest.raises(ImproperlyConfigured, match="LINK_KEYS must be id:secret"):
        key_ring(text)


def test_a_site_url_is_a_bare_origin():
    assert site_url("https://Pulse.example.org/") == "https://pulse.example.org"
    for wrong in ("pulse.example.org", "ftp://x", "https://x/path"):
        with pytest.raises(ImproperlyConfigured, match="SITE_URL must be"):
            site_url(wrong)
    with pytest.raises(ImproperlyConfigured, match="begins with xn--"):
        site_url("https://bücher.example")


def test_all_missing_names_are_said_at_once():
    good = {"SITE_URL": "https://a.example", "LINK_KEYS": "k1:" + "a" * 16, "MAIL_URL": "smtp://a"}
    assert require(good | {"SECRET_KEY": "x"}) is None
    wrong = {"SECRET_KEY": "", "SITE_URL": "", "LINK_KEYS": "k1:", "MAIL_URL": "mail"}
    with pytest.raises(ImproperlyConfigured) as refused:
        require(wrong)
    said = str(refused.value).splitlines()
    assert said[1] == "These are not set: SECRET_KEY, SITE_URL. See .env.example."
    assert [line.partition(" ")[0] for line in said[2:]] == ["LINK_KEYS", "MAIL_URL"]


def test_a_choice_names_what_it_may_be():
    assert choice("LOG_FORMAT", "json", "line", "json") == "json"
    with pytest.raises(ImproperlyConfigured, match="It may be line or json"):
        choice("LOG_FORMAT", "xml", "line", "json")


def test_a_short_secret_is_refused_and_none_is_none():
    assert secret("HEALTH_TOKEN", "") == ""
    assert secret("HEALTH_TOKEN", "x" * 16) == "x" * 16
    with pytest.raises(ImproperlyConfigured, match="HEALTH_TOKEN needs 16 characters"):
        secret("HEALTH_TOKEN", "x" * 15)


# Without its quotes each would be another value in one of those who read .env.
@pytest.mark.parametrize("text", ["plain", "a b # c", 'it\'s "so"', "$HOME \\n `x`", "50%", "é'$"])
def test_every_value_is_read_back_as_it_was_written(tmp_path, monkeypatch, text):
    file = tmp_path / ".env"
    write(file, {"ROUND_TRIP": text})
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("ROUND_TRIP", raising=False)
    environ.Env.read_env(file)
    assert os.environ.pop("ROUND_TRIP") == text


def test_an_empty_environment_is_filled_and_no_other_is_overwritten(tmp_path):
    (tmp_path / "empty").touch(0o644)
    write(tmp_path / "empty", {"DEBUG": "0"})
    assert (tmp_path / "empty").read_text() == "DEBUG=0\n"
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o600
    (tmp_path / ".env").write_text("DEBUG=1\n")
    with pytest.raises(FileExistsError):
        write(tmp_path / ".env", {"DEBUG": "0"})
    assert (tmp_path / ".env").read_text() == "DEBUG=1\n"
