"""The stages from bytes to turns: fetch, decode, transcribe, build turns.

Each is a stage handler: it works outside any transaction and hands its writes to the runner. Invariant: audio is only
ever opened by the decoder's child process, and speech recognition runs in another child than the text models.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from nlp.asr.audio import DecodedAudio
from nlp.asr.drops import Dropped, write_dropped
from nlp.asr.finishing import Finishing
from nlp.asr.transcriber import SpeechEngine
from nlp.types import Segment, Transcript
from service.domain.errors import Gone, Permanent, Transient
from service.domain.ports import StageResult, Supervisor, UnitOfWork
from service.domain.records import TranscriptRecord
from service.domain.speech.choice import SpeechEngines, is_remote
from service.domain.speech.recording import Recording
from service.domain.stages import StageRun
from service.usecases.privacy.count_transfers import Sent, counter_over, persons_of_visit
from service.usecases.services import Services

_SEGMENTS = TypeAdapter(list[Segment])
_DECODED = TypeAdapter(DecodedAudio)
BROKEN = "seal_broken"


class Decoder(Protocol):
    """Decodes one recording into windows on disk, in a child process."""

    def __call__(
        self,
        path: Path,
        out_dir: Path,
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        work_key: bytes,
    ) -> DecodedAudio:
        """The decoded windows, sealed by `work_key`; raises the AudioError that names what is wrong."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechStages:
    """The four stages, over the engines and the decoder that bootstrap chose."""

    services: Services
    decoder: Decoder
    engines: SpeechEngines
    hotwords: Sequence[str]
    finishing: Finishing = field(default_factory=Finishing)
    remote_host: str = ""

    def fetch(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """Bytes from the caller's address into the blob store, proven to be audio."""
        del supervisor
        recording = self._recording(run)
        with self.services.fetcher.open(str(run.input["url"])) as chunks:
            blob, sha256, size = self.services.blobs.write(
                run.tenant_id, chunks, limit=self.services.limits.recording_bytes
            )
        try:
            with self.services.blobs.local(blob) as path:
                self.services.probe(path)
        except Exception:
            self.services.blobs.delete(blob)
            raise

        def effects(tx: UnitOfWork) -> None:
            tx.recordings.attach(run.tenant_id, recording.id, sha256=sha256, size_bytes=size, blob=blob)

        return StageResult({"sha256": sha256}, effects)

    def decode(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """Windows of 16 kHz samples on disk, one file per speaker channel."""
        recording = self._recording(run)
        directory = self.services.blobs.work_dir(recording.id)
        with self.services.blobs.local(recording.blob) as path:
            decoded = self.decoder(
                path,
                directory,
                on_progress=lambda share: supervisor.progress({"share": round(share, 3)}),
                should_stop=supervisor.should_stop,
                work_key=self.services.blobs.work_key(recording.blob),
            )

        def effects(tx: UnitOfWork) -> None:
            tx.recordings.describe(
                run.tenant_id, recording.id, duration_ms=decoded.duration_ms, partial=decoded.report.partial
            )

        # Where the work lies is this machine's business, and what opens it is nobody's who reads rows.
        document = _DECODED.dump_python(decoded, mode="json", exclude={"directory", "key"})
        return StageResult({"decoded": document}, effects)

    def transcribe(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """Segments with times, each window a checkpoint that a later attempt does not repeat."""
        recording = self._recording(run)
        engine = self._engine(run.tenant_id)
        decoded = self._decoded(run, recording)
        dropped: list[dict[str, Any]] = []
        sent = self._sent_to(run, engine)
        sent("")  # handed over: whether its server takes it, nobody can see from here

        def keep_drops(_: int, drops: list[Dropped]) -> None:
            dropped.extend(write_dropped(drop) for drop in drops)

        def keep_window(index: int, segments: list[Segment]) -> None:
            sent(" ".join(segment.text for segment in segments))
            supervisor.checkpoint(str(index), {"segments": _SEGMENTS.dump_python(segments, mode="json")})

        with self._decoded_anew_where_broken(recording):
            segments = engine.transcribe(
                decoded,
                language="zh",
                hotwords=self.hotwords,
                on_window=keep_window,
                done_windows={
                    int(key): _SEGMENTS.validate_python(value["segments"]) for key, value in supervisor.done.items()
                },
                should_stop=supervisor.should_stop,
                on_dropped=keep_drops,
                on_progress=lambda share: supervisor.progress({"share": round(share, 3)}),
                tell_voices=self._may_tell_voices(run),
            )
        output = {
            "segments": _SEGMENTS.dump_python(segments, mode="json"),
            "channels": decoded.channels,
            "duration_ms": decoded.duration_ms,
            "engine": dict(engine.describe()),
            "dropped": dropped,
        }
        return StageResult(output, _nothing)

    def turns(self, run: StageRun, supervisor: Supervisor) -> StageResult:
        """The transcript of the recording, stored as a new version; its windows on disk are no longer needed."""
        del supervisor
        segments = _SEGMENTS.validate_python(run.input["segments"])
        turns = self.finishing.turns(segments, int(run.input["channels"]))
        if not turns:
            raise Permanent("nobody can be heard speaking in this recording", code="no_speech")
        transcript = Transcript(tuple(turns), "zh", int(run.input["duration_ms"]))
        engine = {**run.input["engine"], "dropped": run.input["dropped"]}
        record = TranscriptRecord(
            run.visit_id, run.tenant_id, 0, "asr", transcript, self.services.clock.now(), engine=engine
        )

        def effects(tx: UnitOfWork) -> None:
            tx.transcripts.put(record)
            if run.recording_id is not None:
                work = run.recording_id
                tx.after_commit(lambda: self.services.blobs.drop_work_dir(work))

        return StageResult({"turns": len(turns)}, effects)

    def _recording(self, run: StageRun) -> Recording:
        with self.services.uow(write=False) as tx:
            recording = tx.recordings.get(run.tenant_id, run.recording_id or "")
        if recording is None:
            raise Gone("the recording was erased", code="recording_erased")
        return recording

    def _engine(self, tenant_id: str) -> SpeechEngine:
        """The engine that the tenant chose; one whose model is not there is not even asked."""
        with self.services.uow(write=False) as tx:
            choice = tx.speech.get(tenant_id)
        engine = self.engines.of(None if choice is None else choice.option)
        missing = engine.available()
        if missing is not None:
            raise missing
        return engine

    def _sent_to(self, run: StageRun, engine: SpeechEngine) -> Callable[[str], None]:
        """Counts who speaks in the visit, with what was heard, where an engine is another's service."""
        if not self.remote_host or not is_remote(engine.describe()):
            return lambda _said: None
        counter = counter_over(self.services)
        who = partial(persons_of_visit, tenant_id=run.tenant_id, visit_id=run.visit_id)
        return lambda said: counter(Sent(run.tenant_id, self.remote_host, who, said))

    def _may_tell_voices(self, run: StageRun) -> bool:
        """Whether the visit's consent says that voices may be measured."""
        with self.services.uow(write=False) as tx:
            visit = tx.visits.get(run.tenant_id, run.visit_id)
        return visit is not None and visit.covers("voices", self.services.clock.now())

    def _decoded(self, run: StageRun, recording: Recording) -> DecodedAudio:
        """The decode stage's result; decoded again where its files are gone (another machine, a swept disk)."""
        directory, key = self.services.blobs.work_dir(recording.id), self.services.blobs.work_key(recording.blob)
        decoded = _DECODED.validate_python({**run.input["decoded"], "directory": directory, "key": key})
        present = all((directory / name).exists() for window in decoded.windows for name in window.files)
        if present:
            return decoded
        with self.services.blobs.local(recording.blob) as path:
            return self.decoder(path, directory, on_progress=lambda _: None, should_stop=lambda: False, work_key=key)

    @contextmanager
    def _decoded_anew_where_broken(self, recording: Recording) -> Iterator[None]:
        """Windows that do not open (cut off by a power failure, or open ones of an older version) cost one attempt."""
        try:
            yield
        except Permanent as error:
            if error.code != BROKEN:
                raise
            self.services.blobs.drop_work_dir(recording.id)
            raise Transient("the decoded sound was damaged, and is decoded anew", code="work_broken") from error


def _nothing(tx: UnitOfWork) -> None:
    del tx
