"""Static files: with hashed names once they are collected, until then as they are in the code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

MARK_IN_MAIL = "mark-48.png"
MANIFEST = CompressedManifestStaticFilesStorage.manifest_name
COMMENT = re.compile(rb"\s*/\*.*?\*/", re.DOTALL)


def without_comments(sheet: bytes) -> bytes:
    """Return a style sheet as browsers get it; none of ours has `/*` in a string."""
    return COMMENT.sub(b" ", sheet)


@dataclass(frozen=True)
class LeanFiles:
    """The files of a storage, with style sheets as browsers get them."""

    storage: Storage

    def open(self, name: str) -> "ContentFile[bytes]":
        with self.storage.open(name) as file:
            content: bytes = file.read()
        return ContentFile(without_comments(content) if name.endswith(".css") else content)


class CollectedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def post_process(
        self, paths: dict[str, tuple[Storage, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        """Hash and compress the files; comments in style sheets are a tenth of their weight."""
        lean = {name: (LeanFiles(storage), path) for name, (storage, path) in paths.items()}
        return super().post_process(lean, *args, **options)  # type: ignore[no-any-return]

    def stored_name(self, name: str) -> str:
        """Return the hashed name, or the plain one of a file that was not collected.

        Django raises there, so that every page, and the page that says so, would be an error.
        """
        is_collected = self.hash_key(urlsplit(unquote(name)).path.strip()) in self.hashed_files
        return str(super().stored_name(name)) if is_collected else name


def uncollected() -> list[str]:
    """Return the names of files of the code that STATIC_ROOT lacks, or has in another version."""
    if not hasattr(staticfiles_storage, "hashed_files"):  # in development
        return []
    root = Path(settings.STATIC_ROOT)
    files = {name: store.path(name) for each in get_finders() for name, store in each.list([])}
    there = (root / MANIFEST).exists()
    return [
        name
        for name, path in files.items()
        if not (there and (root / name).exists() and cmp(path, root / name, shallow=False))
    ]


def add_headers(headers: Headers, path: str, url: str) -> None:
    """Let web mail show the mark, which is in every mail, on pages of other origins."""
    if url.endswith(f"/{MARK_IN_MAIL}"):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
