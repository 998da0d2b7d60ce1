"""What a reader sees in a PDF of ours: its text, page by page, without a PDF library."""

import base64
import re
import zlib

_STREAM = re.compile(rb"<<([^>]*?)>>\s*stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)\s*Tj", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(document: bytes) -> list[str]:
    """The words of each page, in the order they are drawn, without spaces: CJK text is set glyph by glyph."""
    assert document.startswith(b"%PDF-")
    assert document.rstrip().endswith(b"%%EOF")
    pages = []
    for head, data in _STREAM.findall(document):
        if b"ASCII85Decode" not in head or b"FlateDecode" not in head:
            continue
        drawn = zlib.decompress(base64.a85decode(data.strip(), adobe=b"<~" in data[:4] or data.strip().endswith(b"~>")))
        pages.append("".join(map(_decoded, _SHOWN.findall(drawn))).replace(" ", ""))
    return pages


def _decoded(shown: bytes) -> str:
    raw = _ESCAPED.sub(lambda found: _character(found[1]), shown)
    return raw.decode("utf-16-be")


def _character(escaped: bytes) -> bytes:
    if escaped.isdigit():
        return bytes([int(escaped, 8)])
    return _LETTERS.get(escaped, escaped)
