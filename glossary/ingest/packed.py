"""Takes the file of data out of a zip or a gzip file, at most as large as a file may be."""

import gzip
import io
import re
import zipfile
import zlib

from glossary.ingest.cells import quote_cell
from glossary.ingest.problems import refused

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
MAX_NAMED = 12
WORKBOOKS = {"[Content_Types].xml", "content.xml"}  # of Excel and OpenDocument
# Statistics Canada and the World Bank put metadata beside the data.
DATA = re.compile(r"(?!.*meta_?data)[^_.].*\.(csv|tsv|txt|json|xlsx)", re.IGNORECASE)


def unpack(content: bytes, member: str = "", most: int = -1) -> tuple[bytes, list[str]]:
    """Return the file and what editors are told; a file that is not packed stays as it is.

    Of a zip it is `member`, or the only file of data. It is cut one byte behind `most`, if that is
    not negative. Raises DataRefused.
    """
    if member or (content.startswith(ZIP) and not _is_workbook(content)):
        return _from_zip(content, member, most)
    if not content.startswith(GZIP):
        return content, []
    try:
        with gzip.open(io.BytesIO(content)) as file:  # of one or more members (RFC 1952, 2.2)
            found = file.read(most + 1 if most >= 0 else -1)
    except EOFError as error:
        raise refused("The file is compressed and ends too early. Download it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise refused("The file is compressed and damaged. Download it again.") from error
    return found, ["The file was compressed (gzip)."]


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return not WORKBOOKS.isdisjoint(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return True  # a damaged workbook is the likelier one


def _from_zip(content: bytes, member: str, most: int) -> tuple[bytes, list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            name = member or _only(names)
            with archive.open(name) as file:
                told = [] if member else [f"Of the zip file, {quote_cell(name)} was read."]
                return file.read(most + 1 if most >= 0 else -1), told
    except KeyError as error:
        raise refused(f"The zip file has no {quote_cell(name)}. It has {_list(names)}.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise refused("The file is not a zip file that can be read.") from error


def _only(names: list[str]) -> str:
    data = list(filter(DATA.fullmatch, names))
    if len(data) == 1:
        return data[0]
    raise refused(
        f"This is a zip file with {_list(names)}. Unpack it and import the one with the data, or"
        " name it in the step “member”."
    )


def _list(names: list[str]) -> str:
    return ", ".join(map(quote_cell, names[:MAX_NAMED])) or "no files"
