"""Open a recording's bytes for someone who may hear them, or make a link that lets a player do so for ten minutes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from service.domain.errors import Forbidden, NotFound
from service.domain.ports import UnitOfWork
from service.domain.speech.audio_links import AudioLink, make_link, open_link, sign_link
from service.domain.speech.recording import Recording
from service.usecases.privacy.keep_audit import note, note_read
from service.usecases.services import Services

SCOPE = "visits:read"


@dataclass(frozen=True, slots=True)
class OpenedAudio:
    """A recording and its plain bytes; whoever asked closes them."""

    recording: Recording
    bytes: BinaryIO


def open_audio(services: Services, tenant_id: str, recording_id: str, *, actor: str) -> OpenedAudio:
    """One recording's bytes; that `actor` hears them is written down.

    Raises:
        NotFound: no such recording, not fetched yet, or erased.
    """
    with services.uow(write=False) as tx:
        recording = tx.recordings.get(tenant_id, recording_id)
    return _opened(services, recording, actor)


def open_visit_audio(services: Services, tenant_id: str, visit_id: str, *, actor: str) -> OpenedAudio:
    """The bytes of the visit's newest recording that has any.

    Raises:
        NotFound: no such visit, or nothing to hear.
    """
    with services.uow(write=False) as tx:
        if tx.visits.get(tenant_id, visit_id) is None:
            raise NotFound("there is no such visit", code="visit_not_found")
        recordings = tx.recordings.of_visit(tenant_id, visit_id)
    return _opened(services, next((each for each in reversed(recordings) if each.blob), None), actor)


def make_audio_link(
    tx: UnitOfWork, services: Services, *, tenant_id: str, recording_id: str, key_id: str, lasts: timedelta
) -> tuple[str, AudioLink]:
    """Text for an address that opens this one recording, and what it says.

    Raises:
        NotFound: no such recording, or its bytes are not there.
    """
    recording = tx.recordings.get(tenant_id, recording_id)
    if recording is None or not recording.blob:
        raise NotFound("there is no such recording", code="recording_not_found")
    link = make_link(tenant_id, recording_id, key_id, now=services.clock.now(), lasts=lasts)
    subject = f"recording:{recording_id}"
    note(tx, services, tenant_id, f"key:{key_id}", "audio.linked", subject, visit_id=recording.visit_id)
    return sign_link(link, services.link_secret), link


def open_linked_audio(services: Services, text: str) -> OpenedAudio:
    """The bytes behind a link, while it lasts and the key that asked for it may still read.

    Raises:
        Forbidden: ended, altered, or the key may no longer read (`link_invalid`).
        NotFound: the recording was erased since.
    """
    now = services.clock.now()
    link = open_link(text, services.link_secret, now=now)
    with services.uow(write=False) as tx:
        key = tx.api_keys.find(link.key_id)
    alive = key is not None and key.revoked_at is None and (key.expires_at is None or now < key.expires_at)
    if key is None or not alive or key.tenant_id != link.tenant_id or not {SCOPE, "admin"} & key.scopes:
        raise Forbidden("this link does not open anything, or no longer: ask for a new one", code="link_invalid")
    return open_audio(services, link.tenant_id, link.recording_id, actor=f"link of key:{link.key_id}")


def _opened(services: Services, recording: Recording | None, actor: str) -> OpenedAudio:
    if recording is None or not recording.blob:
        raise NotFound("there is no such recording", code="recording_not_found")
    opened = services.blobs.open(recording.blob)
    subject = f"recording:{recording.id}"
    note_read(services, recording.tenant_id, actor, "audio.read", subject, visit_id=recording.visit_id)
    return OpenedAudio(recording, opened)
