"""Static files that other places show."""

from wsgiref.headers import Headers

import resvg_py
from django.conf import settings

from config.static_files import MARK_IN_MAIL, add_headers

STATIC = settings.BASE_DIR / "static"


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
