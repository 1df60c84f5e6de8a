"""The first start of a real site, as processes in a fresh folder."""

import json
import os
import shutil
import stat
import subprocess
import sys

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.backups import refuses
from tests.config.test_deployment import ROOT

AWAY = "postgres://pulse:x@127.0.0.1:9/pulse"

ANSWERS = {
    "--site-url": "https://pulse.news",
    "--site-name": "Pulse & Co",
    "--mail-url": "smtp+tls://user:p%24ss@mail.pulse.news",
    "--mail-from": '"Pulse, Inc" <pulse@pulse.news>',
    "--operators": "operator@pulse.news",
    "--contact": "data@pulse.news",
    "--editor": "editor@pulse.news",
    "--postal-address": "Pulse, 1 Main Street, 10001 New York",
}


@pytest.fixture
def fresh(settings, tmp_path):
    """A folder without settings: that of a development site."""
    settings.DEBUG, settings.BASE_DIR = True, tmp_path
    return tmp_path


def options(**changed):
    return [f"{name}={text}" for name, text in (ANSWERS | changed).items()]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"--site-url": "pulse.news", "--editor": "editor"},
            ["--site-url: SITE_URL", "--editor: An"],
        ),
        ({"--mail-from": "", "--postal-address": ""}, ["--mail-from is missing", "--postal-a"]),
        ({"--trusted-proxies": "one"}, ["--trusted-proxies: invalid literal"]),
        ({"--contact": "a@b.news\nDEBUG=1"}, ["--contact: No mail can reach"]),
        ({"--site-name": "a\nDEBUG=1"}, ["--site-name is not one line"]),
    ],
)
def test_bad_answers_are_named_together_and_change_nothing(fresh, changed, said):
    text = refuses("setup", "--no-input", *options(**changed))
    assert text.startswith("Nothing was changed.\n")
    assert [each for each in said if each not in text] == []
    assert list(fresh.iterdir()) == []


def test_questions_are_asked_until_the_answer_is_good(fresh, monkeypatch):
    typed = iter(["editor", "", "editor@pulse.news"])
    asked = []
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or next(typed))
    given = {name: text for name, text in ANSWERS.items() if name != "--editor"}
    more = ["--site-url=x", "--trusted-proxies=1", "--database-url=", "--data-dir="]
    refuses("setup", *(f"{name}={text}" for name, text in given.items()), *more)
    assert asked == ["Mail address of the first editor []: "] * 3


def test_an_env_of_a_development_site_is_not_touched(fresh):
    (fresh / ".env").write_text("DEBUG=1\n")
    assert "Move it away first." in refuses("setup", "--no-input", *options())
    assert (fresh / ".env").read_text() == "DEBUG=1\n"


LOOK = """
import json
from django.conf import settings as s
from django.contrib.auth.models import User
from newsletter.models import Arming, Newsletter
editor, newsletter = User.objects.get(), Newsletter.objects.get()
print(json.dumps([
    s.SITE_NAME, s.DEFAULT_FROM_EMAIL, s.MAILERS["default"]["OPTIONS"]["password"],
    newsletter.name, newsletter.postal_address, Arming.objects.get().held,
    editor.username, editor.is_superuser, editor.password,
]))
"""


def manage(folder, *command, typed=""):
    keep = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=folder, env=keep, input=typed, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def code(tmp_path):
    """A folder with the code of the site, and no settings."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("glossary", "newsletter", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("css", "fonts"):  # collecting all of them takes seconds
        shutil.copytree(ROOT / "static" / name, tmp_path / "static" / name)
    return tmp_path


@pytest.mark.slow
def test_one_command_makes_a_site_and_a_second_time_only_what_is_missing(code):
    """One test, because each of its processes takes a second or more."""
    away = manage(code, "setup", "--no-input", *options(**{"--database-url": AWAY}))
    assert away.stderr.startswith("CommandError: Nothing was changed.\n")
    assert "127.0.0.1" in away.stderr
    assert not (code / ".env").exists()

    made = manage(code, "setup", "--no-input", *options())
    assert made.returncode == 0, made.stderr
    assert "_dmarc.pulse.news: v=DMARC1; p=none; rua=mailto:operator@pulse.news" in made.stdout
    assert stat.filemode((code / ".env").stat().st_mode) == "-rw-------"
    before = (code / ".env").read_bytes()

    checked = manage(code, "check", "--deploy", "--fail-level=WARNING")
    assert checked.stdout == "System check identified no issues (0 silenced).\n"
    *found, hashed = json.loads(manage(code, "shell", "--no-imports", "-c", LOOK).stdout)
    assert found == [
        "Pulse & Co", '"Pulse, Inc" <pulse@pulse.news>', "p$ss",
        "Pulse & Co", "Pulse, 1 Main Street, 10001 New York", "", "editor@pulse.news", True,
    ]  # fmt: skip
    password = made.stdout.partition("with the password ")[2].partition("\n")[0]
    assert PBKDF2PasswordHasher().verify(password, hashed)

    again = manage(code, "setup", typed="other@pulse.news\nAnother street\n")
    assert "There is an editor already." in again.stdout
    assert (code / ".env").read_bytes() == before
