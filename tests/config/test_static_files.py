"""Static files: collected or not, and those that other places show."""

from wsgiref.headers import Headers

import pytest
import resvg_py
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.template.loader import render_to_string

from config.static_files import MANIFEST, MARK_IN_MAIL, CollectedFiles, add_headers, uncollected

STATIC = settings.BASE_DIR / "static"
COLLECTED = "config.static_files.CollectedFiles"


def test_web_mail_may_show_the_mark_and_no_other_file():
    headers, others = Headers(), Headers()
    add_headers(headers, "/srv/static/mark-48.png", "/static/mark-48.png")
    add_headers(others, "/srv/static/mark-180.png", "/static/mark-180.png")
    assert dict(headers) == {"Cross-Origin-Resource-Policy": "cross-origin"}
    assert dict(others) == {}
    assert settings.WHITENOISE_ADD_HEADERS_FUNCTION is add_headers


def test_the_mark_in_mail_is_drawn_from_the_mark():
    drawn = resvg_py.svg_to_bytes(svg_path=str(STATIC / "mark.svg"), width=48, height=48)
    assert bytes(drawn) == (STATIC / MARK_IN_MAIL).read_bytes()


@pytest.fixture
def collected(settings, tmp_path):
    """Every static file as `collectstatic` copies it, and a manifest of one."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": COLLECTED}}
    for finder in get_finders():
        for name, store in finder.list([]):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).symlink_to(store.path(name))
    (tmp_path / MANIFEST).write_text('{"version": "1.1", "paths": {"mark.svg": "mark.1234.svg"}}')
    return tmp_path


def test_a_file_that_was_not_collected_has_its_plain_name(collected):
    files = CollectedFiles()
    assert files.stored_name("mark.svg") == "mark.1234.svg"
    assert files.stored_name("js/new.js") == "js/new.js"
    (collected / MANIFEST).unlink()
    assert CollectedFiles().stored_name("mark.svg") == "mark.svg"


def test_what_was_not_collected_since_it_changed_is_named(collected):
    assert uncollected() == []
    (collected / "mark.svg").unlink()
    (collected / "css/site.css").unlink()
    (collected / "css/site.css").write_text("of an older version")
    assert sorted(uncollected()) == ["css/site.css", "mark.svg"]
    (collected / MANIFEST).unlink()
    assert len(uncollected()) > 100


def test_the_page_of_a_fault_needs_no_static_file_that_was_collected():
    page = render_to_string("500.html")
    for name in ("css/site.css", "mark.svg"):
        assert f'"/static/{name}"' in page
        assert (STATIC / name).exists()
