"""Headers of static files."""

from wsgiref.headers import Headers

MARK_IN_MAIL = "mark-48.png"


def add_headers(headers: Headers, path: str, url: str) -> None:
    """Let web mail show the mark, which is in every mail, on pages of other origins."""
    if url.endswith(f"/{MARK_IN_MAIL}"):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
