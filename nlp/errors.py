"""Errors of the language core.

    NlpError
    ├── AudioError
    │   ├── AudioEmpty            no bytes, or a header without samples
    │   ├── NotAudio              the bytes are no known audio container
    │   ├── AudioUndecodable      a container we know, with nothing readable in it
    │   ├── NoSamples             it opens, and holds no sample
    │   ├── NoAudioTrack          a video or data file without a sound track
    │   ├── UnsupportedCodec      a codec we name but do not decode
    │   ├── BadStream             impossible sample rate, channels or sample width
    │   └── AudioTooLong          over the limit, counted in samples
    ├── ModelMissing              no model where one is configured: the work waits, nothing is lost
    ├── ModelRefused              a model that must not be loaded (wrong hash, pickle, symlink, English-only)
    ├── LabelUnknown              a code that the taxonomy does not hold
    ├── ContentInvalid            a content file that breaks its schema; names file, key and way out
    ├── InputInvalid              an exchange-format line that breaks its shape; names line, field and way out
    └── Cancelled                 the caller asked to stop

Each carries a stable `code` and a `category`; the rims map the category, never the class.
"""

from typing import ClassVar, Literal

Category = Literal[
    "invalid", "unsupported", "too_large", "forbidden", "not_found", "conflict", "transient", "permanent"
]


class NlpError(Exception):
    """Base of everything the language core raises on purpose."""

    code: ClassVar[str] = "nlp_error"
    category: ClassVar[Category] = "permanent"


class AudioError(NlpError):
    """The recording cannot be used as it is."""

    code = "audio_error"
    category: ClassVar[Category] = "invalid"


class AudioEmpty(AudioError):
    """No bytes, or a header without samples."""

    code = "audio_empty"


class NotAudio(AudioError):
    """The bytes are no known audio container, whatever the name says."""

    code = "not_audio"


class AudioUndecodable(AudioError):
    """A container we know, but nothing readable in it."""

    code = "unreadable_container"


class NoSamples(AudioError):
    """It opens, and holds no sample."""

    code = "no_samples"


class NoAudioTrack(AudioError):
    """A video or data file without a sound track."""

    code = "no_audio"


class UnsupportedCodec(AudioError):
    """A codec we can name but not decode."""

    code = "unsupported_codec"


class BadStream(AudioError):
    """Impossible sample rate, channel count or sample width."""

    code = "bad_stream"


class AudioTooLong(AudioError):
    """Longer than the limit, counted in decoded samples."""

    code = "too_long"
    category: ClassVar[Category] = "too_large"


class ModelMissing(NlpError):
    """No model where one is configured; `remedy` says how to provide it."""

    code = "model_missing"
    category: ClassVar[Category] = "transient"

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class ModelRefused(NlpError):
    """A model that must not be loaded: wrong hash, pickle, symlink out, or English-only for Chinese."""

    code = "model_refused"


class LabelUnknown(NlpError):
    """A code that the taxonomy does not hold."""

    code = "label_unknown"
    category: ClassVar[Category] = "invalid"


class ContentInvalid(NlpError):
    """A content file breaks its schema; the message names file, key and way out."""

    code = "content_invalid"
    category: ClassVar[Category] = "invalid"


class InputInvalid(NlpError):
    """A line of the exchange format breaks its shape; the message names line, field and way out."""

    code = "input_invalid"
    category: ClassVar[Category] = "invalid"


class Cancelled(NlpError):
    """The caller asked to stop."""

    code = "cancelled"
    category: ClassVar[Category] = "conflict"
