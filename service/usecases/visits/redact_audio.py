"""A recording in which a tone stands where its transcript names somebody, for people who may not hear persons.

Invariant: only the transcript that was heard in this recording decides where; where nothing tells, nothing is given
out.
"""

from dataclasses import dataclass

from nlp.redaction import find_beeps
from service.domain.errors import Conflict, NotFound
from service.domain.ports import RedactedAudio
from service.domain.speech.recording import Recording
from service.usecases.privacy.keep_audit import note_read
from service.usecases.services import Services


@dataclass(frozen=True, slots=True)
class OpenedRedaction:
    """A recording and its redacted sound; whoever asked closes it. `stretches`: how many tones it holds."""

    recording: Recording
    sound: RedactedAudio
    stretches: int


def open_redacted(services: Services, tenant_id: str, recording_id: str, *, actor: str) -> OpenedRedaction:
    """The recording with tones; that `actor` hears it is written down.

    Raises:
        NotFound: no such recording, not fetched yet, or erased.
        Conflict: nothing says what is said when: no transcript of this recording (`transcript_not_ready`), or one
            without times (`no_times`).
        Unavailable: too many are being made (`redaction_busy`).
    """
    with services.uow(write=False) as tx:
        recording = tx.recordings.get(tenant_id, recording_id)
        if recording is None or not recording.blob:
            raise NotFound("there is no such recording", code="recording_not_found")
        newest = tx.recordings.of_visit(tenant_id, recording.visit_id)[-1]
        record = tx.transcripts.latest(tenant_id, recording.visit_id)
    if record is None or recording.state != "done" or newest.id != recording.id:
        raise Conflict(
            "nobody knows yet what is said in it: wait until it is transcribed, or ask for the newest recording",
            code="transcript_not_ready",
        )
    try:
        stretches = find_beeps(record.transcript.turns, services.masker)
    except ValueError as error:
        raise Conflict("the transcript has no times: nothing says where a tone belongs", code="no_times") from error
    with services.blobs.local(recording.blob) as path:
        sound = services.redact(path, stretches)
    subject = f"recording:{recording.id}:redacted"
    note_read(services, tenant_id, actor, "audio.read", subject, visit_id=recording.visit_id)
    return OpenedRedaction(recording, sound, len(stretches))
