"""What the first bytes say, before a media library sees them.

Invariant: a verdict rests on bytes, never on a file's name or declared type; whatever is not surely foreign is left to
the decoder to refuse.
"""

import codecs
import struct
from dataclasses import dataclass

from nlp.errors import AudioEmpty, BadStream, NotAudio, UnsupportedCodec

HEAD_BYTES = 4096
MIN_RATE, MAX_RATE = 8_000, 192_000
MAX_CHANNELS = 8
UNKNOWN_LENGTHS = (0, 0xFFFFFFFF)  # what recorders write when they cannot go back to fill in the length
PCM_TAGS = {0x0001: "PCM", 0x0003: "float", 0xFFFE: "extensible"}
PCM_BITS = {0x0001: (8, 16, 24, 32), 0x0003: (32, 64), 0xFFFE: (8, 16, 24, 32, 64)}

FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"BM", "an image"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
    (b"SQLite format 3\x00", "a database"),
)
UNSUPPORTED = (
    (b"#!SILK", "SILK (WeChat voice)"),
    (b"\x02#!SILK", "SILK (WeChat voice)"),
    (b"#!AMR-WB", "AMR-WB (wide band)"),
)
# Sample entries of MP4 that hide the codec behind a key.
PROTECTED = {"drms": "FairPlay (m4p)", "drmi": "FairPlay (m4p)", "enca": "Common Encryption"}
CONTAINERS = (
    (b"RIFF", "WAV"),
    (b"RF64", "WAV"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"\x1aE\xdf\xa3", "Matroska/WebM"),
    (b"ID3", "MP3"),
    (b"#!AMR", "AMR"),
    (b"FORM", "AIFF"),
    (b"riff\x2e\x91\xcf\x11", "Wave64"),
    (b"0&\xb2u\x8ef\xcf\x11", "ASF/WMA"),
)


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What a WAV header promises; `data_bytes` None where it does not say."""

    channels: int
    sample_rate: int
    data_bytes: int | None


def refuse_foreign(head: bytes, size: int) -> None:
    """Refuse what is surely no audio we decode.

    Raises:
        AudioEmpty: no bytes.
        NotAudio: documents, archives, programs, images, text (play lists included).
        UnsupportedCodec: SILK, as WeChat stores voice, or AMR-WB.
    """
    if size == 0:
        raise AudioEmpty("the file is empty")
    for magic, codec in UNSUPPORTED:
        if head.startswith(magic):
            raise UnsupportedCodec(f"the recording is coded as {codec}; export it as AMR, M4A or MP3")
    for magic, what in FOREIGN:
        if head.startswith(magic):
            raise NotAudio(f"the file is {what}, whatever its name says")
    if _is_text(head):
        raise NotAudio("the file is text, whatever its name says")


def refuse_protected(head: bytes, codec_tag: str) -> None:
    """Refuse a sound track that is encrypted, before noise is taken for speech.

    Args:
        codec_tag: the four characters of the track's sample entry; `head` is looked at where they say nothing.
    Raises:
        UnsupportedCodec: names the scheme.
    """
    tags = [codec_tag.strip("\x00 ")]
    if head[4:8] == b"ftyp" and head[8:12] in {b"M4P ", b"M4VP"}:
        tags.append("drms")
    scheme = next((PROTECTED[tag] for tag in tags if tag in PROTECTED), None)
    if scheme is not None:
        raise UnsupportedCodec(f"the recording is encrypted with {scheme}; export it without protection")


def name_container(head: bytes) -> str | None:
    """The audio container that the first bytes announce, None for none we know."""
    if head[4:8] == b"ftyp":
        return "MP4/M4A"
    return next((name for magic, name in CONTAINERS if head.startswith(magic)), None)


def mp3_begin(head: bytes) -> int:
    """Where an MP3's first frame begins: after its ID3 tag, at once where it has none."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    # Four bytes of seven bits each.
    length = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + length


def read_wav_header(head: bytes, size: int) -> WavHeader | None:
    """What the WAV header says; None for other files and for headers that go beyond `head`.

    Raises:
        AudioEmpty: a header without samples.
        BadStream: impossible rate, channels or sample width.
    """
    if head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        return None
    at, shape = 12, None
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        body = at + 8
        if name == b"fmt " and body + 16 <= len(head):
            shape = struct.unpack_from("<HHIIHH", head, body)
            _check_shape(shape)
        if name == b"data":
            if size <= body:
                raise AudioEmpty("the WAV file has a header and no samples")
            if shape is None:
                raise BadStream("the WAV file has no format block")
            known = head[:4] == b"RIFF" and length not in UNKNOWN_LENGTHS
            return WavHeader(channels=shape[1], sample_rate=shape[2], data_bytes=length if known else None)
        at = body + length + (length & 1)
    if size <= at:
        raise AudioEmpty("the WAV file ends before its samples begin")
    return None


def check_rate_and_channels(sample_rate: int, channels: int) -> None:
    """BadStream unless 8,000–192,000 Hz and 1–8 channels."""
    if not MIN_RATE <= sample_rate <= MAX_RATE:
        raise BadStream(f"a sample rate of {sample_rate} Hz is outside {MIN_RATE}–{MAX_RATE}")
    if not 1 <= channels <= MAX_CHANNELS:
        raise BadStream(f"{channels} channels are outside 1–{MAX_CHANNELS}")


def _check_shape(shape: tuple[int, ...]) -> None:
    tag, channels, rate, _, _, bits = shape
    check_rate_and_channels(rate, channels)
    if tag in PCM_BITS and bits not in PCM_BITS[tag]:
        raise BadStream(f"{bits} bits per sample are impossible for {PCM_TAGS[tag]}")


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16 with a byte order mark
    try:
        # Incremental, because the sample may cut a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c in "\ufeff\r\n\t\f" for c in text)
