"""The bytes of one file, served without a framework: what no page cache can be faster than."""

import os
from pathlib import Path

PAGE = Path(os.environ.get("BARE_PAGE", os.devnull)).read_bytes()
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(PAGE)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [PAGE]
