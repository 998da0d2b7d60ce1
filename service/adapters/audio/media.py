"""Reading untrusted media with FFmpeg through PyAV. Runs only inside the confined child.

Invariant: the input is an unnamed stream, formats and codecs are white-listed, so nothing in it can name another file
or a host; lengths are counted in samples, never believed.
"""

import errno
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from nlp.asr.audio import SAMPLE_RATE_HZ, AudioReport, AudioWindow, ChannelUse
from nlp.errors import (
    AudioEmpty,
    AudioTooLong,
    AudioUndecodable,
    NoAudioTrack,
    NoSamples,
    UnsupportedCodec,
)
from service.adapters.audio.sniff import (
    HEAD_BYTES,
    check_rate_and_channels,
    mp3_begin,
    name_container,
    read_wav_header,
    refuse_foreign,
    refuse_protected,
)
from service.adapters.audio.windowing import WindowWriter

FORMATS = "wav,w64,mp3,mov,flac,ogg,matroska,aac,amr,aiff"
CODEC_NAMES = (
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_u8,pcm_s8,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,"
    "pcm_mulaw,pcm_alaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,gsm_ms,mp3,mp3float,mp2,mp2float,aac,alac,flac,opus,vorbis,"
    "amrnb"
)
CODECS = frozenset(CODEC_NAMES.split(","))
# Containers whose length is a promise; elsewhere FFmpeg guesses it from the bit rate.
PROMISING = frozenset({"wav", "w64", "flac", "mov", "aiff", "matroska", "ogg"})
FIRST_FRAME_BYTES = 256
PARTIAL_BELOW = 0.98
PARTIAL_FROM_S = 0.5
GAP_S = 0.15
UNCLAIMED_GAP_S = 60.0
PROBE_S = 1.0
TELL_EVERY_S = 0.25


@dataclass(slots=True)
class Opened:
    """An input that passed all checks on its header."""

    container: InputContainer
    stream: AudioStream
    promised_s: float | None
    bad_packets: int = 0
    good_packets: int = 0

    @property
    def container_name(self) -> str:
        """The demuxer's first name."""
        return str(self.container.format.name).split(",", maxsplit=1)[0]

    def report(self, *, decoded_s: float | None) -> AudioReport:
        """What is known; `decoded_s` None where only probed."""
        context = self.stream.codec_context
        seconds = self.promised_s if decoded_s is None else decoded_s
        coverage, partial = 1.0, False
        if decoded_s is not None:
            if self.promised_s:
                coverage = min(1.0, decoded_s / self.promised_s)
                partial = coverage < PARTIAL_BELOW and self.promised_s - decoded_s > PARTIAL_FROM_S
            elif self.bad_packets:
                coverage = self.good_packets / (self.good_packets + self.bad_packets)
            partial = partial or self.bad_packets > 0
        return AudioReport(
            duration_ms=None if seconds is None else round(seconds * 1000),
            sample_rate=context.sample_rate,
            channels=context.channels,
            codec=context.name,
            container=self.container_name,
            partial=partial,
            coverage=round(coverage, 4),
            audio_tracks=len(self.container.streams.audio),
        )


def open_media(stream: BinaryIO, size: int) -> Opened:
    """The first audio track of `stream`, checked.

    Raises:
        AudioError: the one that says what is wrong.
    """
    head = stream.read(HEAD_BYTES)
    stream.seek(mp3_begin(head))
    first_frame = stream.read(FIRST_FRAME_BYTES)
    stream.seek(0)
    refuse_foreign(head, size)
    wav = read_wav_header(head, size)
    try:
        container = av.open(
            _Bounded(stream),
            mode="r",
            metadata_errors="ignore",
            container_options={"format_whitelist": FORMATS, "codec_whitelist": CODEC_NAMES},
        )
    except (av.FFmpegError, ValueError) as exc:
        raise _refusal(head) from exc
    if not container.streams.audio:
        raise NoAudioTrack("the file has no sound track")
    track = container.streams.audio[0]
    _check_codec(track)
    refuse_protected(head, str(track.codec_context.codec_tag))
    check_rate_and_channels(track.codec_context.sample_rate, track.codec_context.channels)
    promised_s = None
    if wav is not None:
        bytes_per_s = (track.codec_context.bit_rate or 0) / 8
        promised_s = wav.data_bytes / bytes_per_s if wav.data_bytes and bytes_per_s else None
    elif _promises(container, first_frame):
        promised_s = _length_s(container, track)
    return Opened(container, track, promised_s)


class _Bounded:
    """The stream for FFmpeg: a header that names an impossible place is the file's fault, and told as FFmpeg's error.

    Otherwise the operating system's refusal to go there would come out as an error of ours and end the child.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.read, self.tell = stream.read, stream.tell
        self._seek = stream.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError) as exc:
            raise av.ArgumentError(errno.EINVAL, "the file names a place that it cannot have") from exc


def _refusal(head: bytes) -> NoSamples | AudioUndecodable | UnsupportedCodec:
    name = name_container(head)
    if name is None:
        return NoSamples("there is no sound in these bytes: they are no audio that we know")
    if name == "ASF/WMA":
        return UnsupportedCodec("the recording is WMA; export it as M4A, MP3 or WAV")
    hint = "; the recording was probably cut off before it was finished" if name == "MP4/M4A" else ""
    return AudioUndecodable(f"the file begins as {name} and cannot be read{hint}")


def _check_codec(track: AudioStream) -> None:
    context = track.codec_context
    name = getattr(context, "name", None)
    if name is None:
        raise UnsupportedCodec("the sound track is encrypted or coded in a way that we do not know")
    if name not in CODECS:
        raise UnsupportedCodec(f"the sound track is coded as {name}, which we do not decode")


def _promises(container: InputContainer, first_frame: bytes) -> bool:
    name = str(container.format.name).split(",", maxsplit=1)[0]
    # An MP3 promises its length in a Xing or Info tag only.
    return name in PROMISING or (name == "mp3" and (b"Xing" in first_frame or b"Info" in first_frame))


def _length_s(container: InputContainer, track: AudioStream) -> float | None:
    if track.duration is not None and track.time_base is not None and track.duration > 0:
        return float(track.duration * track.time_base)
    if not container.duration or container.duration < 0:
        return None
    # Matroska and WebM write down where the sound ends, and it need not begin at 0.
    begins = container.start_time or 0 if "matroska" in container.format.name else 0
    return float(max(0, container.duration - max(0, begins)) / av.time_base)


def probe_media(opened: Opened) -> AudioReport:
    """A report from the header and the first second.

    Raises:
        NoSamples: nothing can be decoded.
    """
    seconds = 0.0
    for frame in _frames(opened):
        seconds += frame.samples / max(1, frame.sample_rate)
        if seconds >= PROBE_S:
            break
    if seconds == 0:
        raise _nothing_decoded(opened)
    return opened.report(decoded_s=None)


def decode_media(
    opened: Opened,
    directory_fd: int,
    *,
    min_s: float,
    max_s: float,
    key: bytes = b"",
    on_progress: Callable[[float], None],
    position: Callable[[], float],
) -> tuple[AudioReport, ChannelUse, list[AudioWindow]]:
    """Windows of s16le at 16,000 Hz in the directory, and what they are.

    Args:
        key: seals the windows; empty: they lie open.
        on_progress: share of the input read, in [0, 1], a few times a second.
        position: that share, now.
    Raises:
        NoSamples, AudioEmpty, AudioTooLong: by the count of decoded samples.
    """
    channels = 2 if opened.stream.codec_context.channels == 2 else 1
    writer = WindowWriter(directory_fd, channels=channels, key=key)
    resampler = _Resampler(channels)
    clock = _Timeline(opened.promised_s)
    told = time.monotonic()
    for frame in _frames(opened):
        writer.add_silence(clock.gap_before(frame.time, writer.samples))
        for pcm in resampler.push(frame):
            writer.add(pcm)
        if writer.samples > max_s * SAMPLE_RATE_HZ:
            raise AudioTooLong(f"the recording is longer than {max_s / 3600:g} hours")
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            on_progress(position())
    for pcm in resampler.drain():
        writer.add(pcm)
    seconds = writer.samples / SAMPLE_RATE_HZ
    if seconds == 0 or (seconds < min_s and opened.bad_packets):
        raise _nothing_decoded(opened)
    if seconds < min_s:
        raise AudioEmpty(f"the recording is {seconds:.2f} s long; {min_s:g} s are needed")
    windows, use, levels = writer.finish()
    report = opened.report(decoded_s=seconds)
    measured = replace(report, clipping_ratio=levels.clipping_ratio, loudness_dbfs=levels.loudness_dbfs)
    return measured, use, windows


def _nothing_decoded(opened: Opened) -> NoSamples | AudioUndecodable:
    # MP3 and raw AAC have no signature to speak of: noise opens as either.
    if opened.container_name in PROMISING and opened.bad_packets:
        return AudioUndecodable(f"the {opened.container_name} file holds no readable sound")
    return NoSamples("the file opens as audio and holds no samples")


def _frames(opened: Opened) -> Iterator[AudioFrame]:
    """All frames that can be decoded; broken packets are counted, not hidden."""
    packets = opened.container.demux(opened.stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.EOFError:
            return
        except av.FFmpegError:
            opened.bad_packets += 1
            return
        try:
            frames = packet.decode()
        except av.EOFError:
            return
        except av.FFmpegError:
            opened.bad_packets += 1
            continue
        opened.good_packets += 1
        yield from frames


class _Resampler:
    """16,000 Hz, s16, the channels asked for; starts over when the input changes its shape midway (chained Ogg)."""

    def __init__(self, channels: int) -> None:
        self._layout = "stereo" if channels == 2 else "mono"
        self._shape: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def push(self, frame: AudioFrame) -> Iterator[np.ndarray]:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or shape != self._shape:
            yield from self.drain()
            check_rate_and_channels(frame.sample_rate, frame.layout.nb_channels)
            self._shape = shape
            self._resampler = AudioResampler(format="s16p", layout=self._layout, rate=SAMPLE_RATE_HZ)
        frame.pts = None  # timing is kept by the timeline; broken stamps confuse the resampler
        yield from (out.to_ndarray() for out in self._resampler.resample(frame))

    def drain(self) -> Iterator[np.ndarray]:
        if self._resampler is not None:
            yield from (out.to_ndarray() for out in self._resampler.resample(None))
            self._resampler = None


class _Timeline:
    """Finds gaps between frames, so that times in the transcript are times in the recording.

    A stamp that jumps back begins a new chain; one that jumps far beyond the promised length is not believed.
    """

    def __init__(self, promised_s: float | None) -> None:
        self._promised_s = promised_s
        self._origin: float | None = None

    def gap_before(self, time_s: float | None, samples: int) -> int:
        """Samples of silence that belong before a frame stamped `time_s`, `samples` having been decoded."""
        if time_s is None:
            return 0
        now = samples / SAMPLE_RATE_HZ
        if self._origin is None or time_s - self._origin < now - GAP_S:
            self._origin = time_s - now
            return 0
        gap = time_s - self._origin - now
        if gap < GAP_S:
            return 0
        believed = now + gap <= self._promised_s + 1 if self._promised_s else gap <= UNCLAIMED_GAP_S
        if not believed:
            self._origin = time_s - now
            return 0
        return round(gap * SAMPLE_RATE_HZ)


def stream_size(stream: BinaryIO) -> int:
    """Bytes in the stream, by its descriptor."""
    return os.fstat(stream.fileno()).st_size
