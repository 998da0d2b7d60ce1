"""The recognising child: `python -m service.adapters.audio.asr_child`; keeps one model and takes one request at a time.

Invariant: the only process that loads a speech library. It is killed, never asked to leave: the library's threads and
those of the voice detector's runtime may wait for each other for ever when an interpreter shuts down.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nlp.asr.audio import AudioWindow, FloatArray
from nlp.asr.drops import write_dropped
from nlp.asr.engines import faster_whisper, sherpa, sherpa_speakers
from nlp.asr.engines.faster_whisper import WhisperOptions
from nlp.asr.engines.sherpa import SherpaOptions
from nlp.asr.engines.sherpa_speakers import SpeakerOptions
from nlp.asr.hotwords import PROMPT_ZH
from nlp.asr.segments import write_segment
from nlp.asr.speakers import SpeakerFinder
from nlp.asr.transcriber import Transcriber
from nlp.asr.windows import FilterOptions, WindowResult, transcribe_windows
from service.adapters.audio.confine import Emit, serve
from service.adapters.audio.lines import Message
from service.adapters.audio.work_files import read_window
from service.adapters.transcribers.openai import RemoteOptions, RemoteTranscriber


@contextmanager
def _alive(emit: Emit, *, every_s: float = 20.0) -> Iterator[None]:
    """Tells the parent that a download goes on, which may take longer than any silence it allows.

    Only around loading: nothing else writes to the parent then, and the hub client has timeouts of its own.
    """
    done = threading.Event()

    def tell() -> None:
        while not done.wait(every_s):
            emit({"type": "loading"})

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _load(engine: str, options: Mapping[str, Any]) -> Transcriber:
    if engine == "faster-whisper":
        return faster_whisper.load(WhisperOptions(**options))
    if engine == "sherpa-onnx":
        return sherpa.load(SherpaOptions(**options))
    if engine == "remote":
        return RemoteTranscriber(RemoteOptions(**options))
    raise RuntimeError(f"no such engine: {engine}")


class Recogniser:
    """Answers requests with the one model it has loaded; the first request decides which."""

    def __init__(self) -> None:
        self._asked: tuple[str, Mapping[str, Any]] | None = None
        self._transcriber: Transcriber | None = None

    def __call__(self, request: Message, emit: Emit) -> Message:
        asked = (str(request["engine"]), request["options"])
        if self._transcriber is None:
            with _alive(emit):
                self._transcriber, self._asked = _load(*asked), asked
        elif asked != self._asked:
            raise RuntimeError("a second model was asked of one process")
        emit({"type": "loaded"})
        directory, key = Path(request["directory"]), bytes.fromhex(request["key"])
        language = str(request["language"])

        def read(window: AudioWindow, channel: int) -> FloatArray:
            return read_window(directory, window, channel, key=key)

        def announce(result: WindowResult) -> None:
            emit(
                {
                    "type": "window",
                    "index": result.index,
                    "segments": [write_segment(s) for s in result.segments],
                    "dropped": [write_dropped(d) for d in result.dropped],
                }
            )

        transcribe_windows(
            [AudioWindow(w["index"], w["start_ms"], w["end_ms"], tuple(w["files"])) for w in request["windows"]],
            read=read,
            transcriber=self._transcriber,
            language=language,
            hotwords=[str(term) for term in request["hotwords"]],
            done={int(index): () for index in request["done"]},
            on_window=announce,
            on_progress=lambda share: emit({"type": "progress", "share": share}),
            should_stop=lambda: False,  # the parent kills
            options=FilterOptions(gate_rms=float(request["gate_rms"]), prompt=PROMPT_ZH if language == "zh" else ""),
            speakers=self._speakers(str(request["speakers_dir"])),
        )
        described = dict(self._transcriber.describe())
        if request["speakers_dir"]:
            described["parameters"] += "; voices told apart"
        return {"describe": described}

    def _speakers(self, directory: str) -> SpeakerFinder | None:
        """Loaded for each recording that may be listened to in this way, and let go with it."""
        return sherpa_speakers.load(SpeakerOptions(directory)) if directory else None


if __name__ == "__main__":
    serve(Recogniser())
