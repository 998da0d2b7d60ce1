import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.errors import AudioEmpty, AudioError, BadStream, NotAudio, UnsupportedCodec
from service.adapters.audio.sniff import (
    HEAD_BYTES,
    check_rate_and_channels,
    mp3_begin,
    name_container,
    read_wav_header,
    refuse_foreign,
)
from tests.support.media import a_tone, wav_bytes

TONE = a_tone(1)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"PK\x03\x04\x14\x00\x00\x00", id="zip"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", id="pdf"),
        pytest.param(b"\x7fELF\x02\x01\x01\x00", id="elf"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="png"),
        pytest.param(b"<!doctype html><html></html>", id="html"),
        pytest.param("会议纪要：下周三去现场".encode(), id="Chinese text"),
        pytest.param(("拜访记录" * 2000).encode()[:HEAD_BYTES], id="text cut inside a character"),
        pytest.param(b"\xff\xfe" + "你好".encode("utf-16-le") + b"\x00\x00", id="UTF-16 text"),
        pytest.param(b"ffconcat version 1.0\nfile other/private.wav\n", id="ffconcat"),
        pytest.param(b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/a.ts\n", id="play list"),
        pytest.param(b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", id="sdp"),
    ],
)
def test_what_is_surely_no_audio_is_refused_by_its_bytes(head: bytes) -> None:
    with pytest.raises(NotAudio):
        refuse_foreign(head, len(head))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(wav_bytes(TONE)[:HEAD_BYTES], id="wav"),
        pytest.param(b"ID3\x04\x00\x00" + bytes(range(256)), id="mp3 with tags"),
        pytest.param(b"\xff\xfb\x90\x64" + bytes(100), id="bare mp3"),
        pytest.param(b"#!AMR\n" + bytes(range(200, 256)), id="amr"),
        pytest.param(b"fLaC\x00\x00\x00\x22" + bytes(34), id="flac"),
    ],
)
def test_what_may_be_audio_is_left_to_the_decoder(head: bytes) -> None:
    refuse_foreign(head, len(head))


def test_wechat_voice_is_named() -> None:
    with pytest.raises(UnsupportedCodec, match="WeChat"):
        refuse_foreign(b"\x02#!SILK_V3\x10\x00", 12)


def test_no_bytes_are_empty() -> None:
    with pytest.raises(AudioEmpty):
        refuse_foreign(b"", 0)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"rate_hz": 1}, BadStream, id="1 Hz"),
        pytest.param({"rate_hz": 0}, BadStream, id="0 Hz"),
        pytest.param({"rate_hz": 2**31 - 1}, BadStream, id="2 GHz"),
        pytest.param({"channels": 0}, BadStream, id="no channel"),
        pytest.param({"channels": 255}, BadStream, id="255 channels"),
        pytest.param({"channels": 65_535}, BadStream, id="65,535 channels"),
        pytest.param({"bits": 0}, BadStream, id="0 bits"),
        pytest.param({"bits": 64}, BadStream, id="64 bits of PCM"),
    ],
)
def test_impossible_wav_headers_are_bad_streams(changes: dict[str, int], error: type[AudioError]) -> None:
    data = wav_bytes(TONE, **changes)
    with pytest.raises(error):
        read_wav_header(data[:HEAD_BYTES], len(data))


def test_a_header_without_samples_is_empty() -> None:
    data = wav_bytes(a_tone(0))
    with pytest.raises(AudioEmpty):
        read_wav_header(data, len(data))
    with pytest.raises(AudioEmpty):
        read_wav_header(data[:36], 36)


@pytest.mark.parametrize(
    ("claimed", "known"), [(32_000, 32_000), (0xFFFFFFFF, None), (0, None), (0xFFFFFFFE, 0xFFFFFFFE)]
)
def test_a_length_that_recorders_leave_open_is_no_promise(claimed: int, known: int | None) -> None:
    data = wav_bytes(TONE, claimed_bytes=claimed)
    header = read_wav_header(data[:HEAD_BYTES], len(data))
    assert header is not None
    assert (header.channels, header.sample_rate, header.data_bytes) == (1, 16_000, known)


@pytest.mark.parametrize("tag", [6, 7, 0x11, 0x31])
def test_compressed_wav_may_have_odd_sample_widths(tag: int) -> None:
    data = wav_bytes(TONE, tag=tag, bits=4)
    assert read_wav_header(data[:HEAD_BYTES], len(data)) is not None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x00\x00\x00\x20ftypM4A ", "MP4/M4A"),
        (b"OggS\x00\x02", "Ogg"),
        (b"\x1aE\xdf\xa3\x01", "Matroska/WebM"),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", "ASF/WMA"),
        (b"\xff\xfb\x90\x64", None),
    ],
)
def test_containers_are_named_by_their_first_bytes(head: bytes, name: str | None) -> None:
    assert name_container(head) == name


@pytest.mark.parametrize(
    ("head", "begin"),
    [
        pytest.param(b"ID3\x04\x00\x00\x00\x00\x02\x01" + bytes(300), 10 + 257, id="after a tag"),
        pytest.param(b"\xff\xfb\x90\x64" + bytes(300), 0, id="no tag"),
        pytest.param(b"ID3\x04", 0, id="cut inside the tag's head"),
    ],
)
def test_the_first_frame_of_an_mp3_begins_after_its_tag(head: bytes, begin: int) -> None:
    assert mp3_begin(head) == begin


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (192_000, 8)])
def test_the_limits_themselves_are_allowed(rate: int, channels: int) -> None:
    check_rate_and_channels(rate, channels)


@pytest.mark.parametrize(("rate", "channels"), [(7_999, 1), (192_001, 1), (16_000, 0), (16_000, 9)])
def test_beyond_the_limits_is_refused(rate: int, channels: int) -> None:
    with pytest.raises(BadStream):
        check_rate_and_channels(rate, channels)


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_raise_anything_but_our_errors(data: bytes, riff: bool) -> None:
    head = b"RIFF\x00\x00\x00\x00WAVE" + data if riff else data
    try:
        refuse_foreign(head, len(head))
        read_wav_header(head, len(head))
    except AudioError:
        pass
