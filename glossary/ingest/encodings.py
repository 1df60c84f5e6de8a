"""Decodes files as their marks or people say, never by a guess."""

import codecs

from glossary.ingest.cells import quote_cell
from glossary.ingest.problems import refused

# Encodings that an editor or a server may declare. In the WHATWG standard Latin-1 means
# Windows-1252.
ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "utf-16": "utf-16",
    "utf-16-le": "utf-16-le", "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-1": "cp1252",
    "latin-1": "cp1252", "mac-roman": "mac_roman", "macintosh": "mac_roman",
    "windows-1250": "cp1250", "windows-1251": "cp1251", "shift_jis": "cp932", "euc-kr": "cp949",
    "gb18030": "gb18030", "big5": "big5",
}  # fmt: skip
# The first name of each codec.
NAMES = {codec: name for name, codec in reversed(ENCODINGS.items())}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def first_name(declared: str) -> str:
    """Return the first name of an encoding, as forms offer it; "" for an unknown one."""
    return NAMES.get(ENCODINGS.get(declared.strip().casefold(), ""), "")


def decode(content: bytes, declared: str) -> tuple[str, list[str]]:
    """Return the text of a file, and what editors are told of its encoding.

    It is read by byte-order mark, by declaration, or as UTF-8. Raises DataRefused. Mac Roman and
    Windows-1252 decode nearly any bytes, so success proves nothing.
    """
    for mark, marked in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            text = _decode_as(content[len(mark) :], marked).lstrip("\ufeff")
            return text, [f"The file began with a byte-order mark ({marked[:6].upper()})."]
    if not declared and content[1:4:2] == b"\0\0":
        declared = "utf-16-le"  # without its mark
    codec = ENCODINGS.get(declared.strip().casefold()) if declared else "utf-8"
    if codec is None:
        said = f"The encoding {quote_cell(declared)} is not known. Save the file as UTF-8."
        raise refused(said)
    told = [] if codec == "utf-8" else [f"The file was read as {declared.strip()}."]
    return _decode_as(content, codec), told


def _decode_as(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec)
    except UnicodeDecodeError as error:
        raise refused(
            "Unknown encoding: save the file as UTF-8, or declare its encoding, such as"
            " windows-1252, mac-roman or shift_jis (“Encoding” on the page, --encoding of the"
            " command).",
            content[: error.start].count(b"\n") + 1,
        ) from error
