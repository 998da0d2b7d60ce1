"""Versions of the impact assessment and the record of processing: made, read, compared, signed."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import Posted, Viewer
from service.console.language import Texts, load_words
from service.console.rendering import page, texts_of
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid
from service.domain.privacy.assessments import ASSESSMENT_KINDS
from service.usecases.console.view_assessments import view_assessments, view_version
from service.usecases.console.view_privacy import WRITE, actor_in, may_answer, require_answer
from service.usecases.console.view_scope import read_scope
from service.usecases.privacy.assess_processing import approve_assessment, make_assessment

router = APIRouter()
LIST = f"{PATH}/privacy/assessments"
TEXT_CHARACTERS = 20_000
_GROUP = "assessed."


class AssessedWords:
    """What documents are made of, in the reader's language: they are stored in English, and signed as they are stored.

    What nobody has translated, such as the name of a receiver, stays as it is.
    """

    def __init__(self, texts: Texts) -> None:
        """For one language."""
        english = load_words("en")
        self._said = {said: texts.words[key] for key, said in english.items() if key.startswith(_GROUP)}
        self._yes, self._no, self._joint = texts("assessment.yes"), texts("assessment.no"), texts("assessment.joint")

    def __call__(self, value: object) -> str:
        """A section, an item or its value."""
        if value is None:
            return "—"
        if isinstance(value, bool):
            return self._yes if value else self._no
        if isinstance(value, (list, tuple)):
            return self._joint.join(self(each) for each in value if each != "") or "—"
        return self._said.get(str(value), str(value))


@router.get("/privacy/assessments")
def listed(request: Request, viewer: Viewer) -> Response:
    """Both kinds with all their versions, and what is done otherwise than the signed ones say."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        kinds = view_assessments(tx, services, read_scope(tx, viewer.person))
        may_write = may_answer(tx, viewer, WRITE)
    return page(request, "privacy_assessments.html", kinds=kinds, may_write=may_write,
                said=AssessedWords(texts_of(request)), most=TEXT_CHARACTERS)  # fmt: skip


@router.post("/privacy/assessments")
def make(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """The next version: what is done now, and what people have to say about it."""
    services, kind = console_of(request).services, fields.get("kind", "")
    text = fields.get("text", "").replace("\r\n", "\n").strip()
    if kind not in ASSESSMENT_KINDS or not text or len(text) > TEXT_CHARACTERS:
        raise Invalid("choose a kind, and write what is judged", code="assessment_invalid")
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        made = make_assessment(tx, services, viewer.tenant_id, kind, text=text,
                               actor=actor_in(viewer))  # fmt: skip
    return RedirectResponse(f"{LIST}/{made.id}", 303)


@router.get("/privacy/assessments/{assessment_id}")
def one(assessment_id: str, request: Request, viewer: Viewer) -> Response:
    """One version whole, and what changed since the one before."""
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        found = view_version(tx, read_scope(tx, viewer.person), assessment_id)
        may_write = may_answer(tx, viewer, WRITE)
    said = AssessedWords(texts_of(request))
    return page(request, "privacy_assessment.html", found=found, row=found.row, may_write=may_write, said=said)


@router.post("/privacy/assessments/{assessment_id}")
def approve(assessment_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Answer for the newest version of its kind."""
    del fields
    services = console_of(request).services
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        approve_assessment(tx, services, viewer.tenant_id, assessment_id, actor=actor_in(viewer))
    return RedirectResponse(f"{LIST}/{assessment_id}", 303)
