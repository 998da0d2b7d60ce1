"""`/v1/visits/{id}/transcript`: put a finished one; get it as JSON, SubRip, WebVTT or HTML with red keywords."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from nlp.captions import to_html, to_srt, to_vtt
from nlp.text.masking import Masker, Personal
from nlp.types import Transcript, Turn
from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.preconditions import TAGGED, MatchOf, takes_match
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.examples import TRANSCRIPT_IN, TRANSCRIPT_OUT
from service.api.schemas.visits import TranscriptIn, TranscriptOut, TurnIn, TurnOut
from service.domain.errors import Conflict, NotFound
from service.domain.ports import UnitOfWork
from service.domain.records import AnalysisRecord, TranscriptRecord
from service.usecases.privacy.check_notice import require_verified
from service.usecases.visits.put_transcript import admit_transcript, put_transcript
from service.usecases.visits.show_masked import choose_view, note_view

router = strict_router(tags=["transcripts"])
_FORMATS = "json|srt|vtt|html"
MASKED = "Personal data as ＊; without it: unmasked for keys with `personal:read`, masked for others"
_MEDIA = {"srt": "application/x-subrip", "vtt": "text/vtt", "html": "text/html"}
_OUT = {
    "description": "OK",
    "headers": TAGGED,
    "content": {
        **TRANSCRIPT_OUT["content"],
        **{media: {"schema": {"type": "string"}} for media in _MEDIA.values()},
    },
}


def _turn(i: int, turn: TurnIn) -> Turn:
    return Turn(
        i=i,
        text=turn.text,
        role=turn.role or "other",
        role_score=1.0 if turn.role else 0.0,
        start_ms=turn.start_ms,
        end_ms=turn.end_ms,
        raw_text=turn.text,
    )


def _transcript_out(
    record: TranscriptRecord, analysis: AnalysisRecord | None, marks: Mapping[int, Sequence[Personal]] | None = None
) -> TranscriptOut:
    """The answer; `marks` by the number of their turn."""
    analysed = analysis is not None and analysis.transcript_version == record.version
    turns = analysis.analysis.turns if analysed and analysis is not None else record.transcript.turns
    return TranscriptOut(
        visit_id=record.visit_id,
        version=record.version,
        source=record.source,
        language=record.transcript.language,
        duration_ms=record.transcript.duration_ms,
        turns=[TurnOut.of(turn, (marks or {}).get(turn.i, ())) for turn in turns],
    )


@router.put(
    "/visits/{visit_id}/transcript",
    status_code=202,
    response_model=TranscriptOut,
    responses={202: TRANSCRIPT_OUT, 200: {**TRANSCRIPT_OUT, "model": TranscriptOut, "description": "Already stored"},
               **problems(404, 409, 412)},
    openapi_extra=scoped("visits:write", requestBody=TRANSCRIPT_IN, **takes_match(*TAKES_KEY["parameters"])),
)  # fmt: skip
def put(
    visit_id: str, body: TranscriptIn, caller: Caller, services: Wired, once: Once, require: MatchOf
) -> JsonResponse:
    """Send what was said; a second one is a correction, kept as the next version and analysed again.

    With `If-Match` it counts only while the transcript is still the version whose `ETag` that is.
    """
    turns = tuple(_turn(i, turn) for i, turn in enumerate(body.turns))
    ends = [turn.end_ms for turn in turns if turn.end_ms is not None]
    transcript = Transcript(turns, body.language, max(ends) if ends else None)

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        visit = admit_transcript(tx, services, caller.tenant_id, visit_id)
        require(_tag(tx.transcripts.latest(caller.tenant_id, visit_id)))
        record, is_new = put_transcript(tx, services, visit, transcript)
        return (202 if is_new else 200), json_bytes(_transcript_out(record, None))

    return respond_once(services, once, action)


@router.get(
    "/visits/{visit_id}/transcript",
    response_model=TranscriptOut,
    responses={200: _OUT, **problems(404, 409)},
    openapi_extra=scoped("visits:read"),
)
def read(
    visit_id: str,
    caller: Caller,
    services: Wired,
    format: Annotated[str, Query(pattern=f"^({_FORMATS})$", description=_FORMATS)] = "json",  # noqa: A002 - API name
    masked: Annotated[str | None, Query(pattern="^(true|false)$", description=MASKED)] = None,
) -> Response:
    """The latest transcript. Captions need times; HTML marks keywords in red and in brackets.

    While the visit is held (`consent_unverified`) for keys with `consents:review` alone.
    """
    hidden = choose_view(caller, None if masked is None else masked == "true")
    with services.uow(write=False) as tx:
        record = tx.transcripts.latest(caller.tenant_id, visit_id)
        analysis = tx.analyses.latest(caller.tenant_id, visit_id)
        visit = tx.visits.get(caller.tenant_id, visit_id)
    if record is None:
        raise NotFound("this visit has no transcript (yet), or does not exist", code="transcript_not_found")
    require_verified(visit, caller)
    note_view(services, caller, "transcript.read", visit_id, masked=hidden)
    plain = record.transcript.turns
    if hidden:
        record, analysis = _masked(services.masker, record, analysis)
    if format == "json":
        marks = {turn.i: services.masker.find(turn.text) for turn in plain}
        return JsonResponse(_transcript_out(record, analysis, marks), headers={"ETag": str(_tag(record))})
    current = analysis if analysis is not None and analysis.transcript_version == record.version else None
    transcript = replace(record.transcript, turns=current.analysis.turns) if current else record.transcript
    if format == "html":
        findings = current.analysis.findings if current else ()
        return Response(to_html(transcript, findings), media_type=_MEDIA["html"], headers=_SANDBOX)
    if any(turn.start_ms is None or turn.end_ms is None for turn in transcript.turns):
        raise Conflict("this transcript came without times: ask for json or html", code="no_times")
    text = to_srt(transcript) if format == "srt" else to_vtt(transcript)
    return Response(text, media_type=_MEDIA[format])


def _tag(record: TranscriptRecord | None) -> str | None:
    """A version is never rewritten, so its number says which it is, masked or not."""
    return None if record is None else f'"transcript-{record.version}"'


def _masked(
    masker: Masker, record: TranscriptRecord, analysis: AnalysisRecord | None
) -> tuple[TranscriptRecord, AnalysisRecord | None]:
    """Both with masked turns, of the same length, so that findings still point to their words."""
    shown = replace(record, transcript=masker.mask_transcript(record.transcript))
    if analysis is None:
        return shown, None
    turns = tuple(masker.mask_turn(turn) for turn in analysis.analysis.turns)
    return shown, replace(analysis, analysis=replace(analysis.analysis, turns=turns))


_SANDBOX = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
