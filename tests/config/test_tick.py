"""The clock runs every job, and a broken one stops no other."""

from io import StringIO

import pytest
from django.core.management import call_command

from config.tick import tick

pytestmark = pytest.mark.django_db


def say_done():
    return "one thing done"


def say_nothing():
    return ""


def break_down():
    raise RuntimeError("broken")


def test_jobs_report_what_they_did(settings):
    settings.TICK_JOBS = [f"{__name__}.say_done", f"{__name__}.say_nothing"]
    assert tick() == ["one thing done"]


def test_a_broken_job_is_logged_and_the_next_one_runs(settings, caplog):
    settings.TICK_JOBS = [f"{__name__}.break_down", f"{__name__}.say_done"]
    assert tick() == ["one thing done"]
    assert "break_down failed" in caplog.text


def test_the_real_jobs_run_on_an_empty_site_and_find_nothing():
    out = StringIO()
    call_command("tick", stdout=out)
    assert out.getvalue() == ""
