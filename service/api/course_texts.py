"""`/v1/courses`: the catalogue a trainer chooses from, and the whole text of one course for whoever shows it."""

from service.api.auth import Caller, Wired
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import Out
from service.api.schemas.course_texts import CATALOGUE_OUT, COURSE_TEXT_OUT
from service.domain.content.courses import CourseItem, Dialogue, Practice, Variant
from service.usecases.coaching.manage_courses import list_courses, require_course

router = strict_router(tags=["coaching"])


class CourseCardOut(Out):
    """What a trainer sees of a course when choosing; `trade` is where it plays, null where it does not say."""

    id: str
    title: str
    description: str
    skill: str
    objections: list[str]
    trade: str | None
    minutes: int
    talktrack: str | None

    @classmethod
    def of(cls, course: CourseItem) -> "CourseCardOut":
        """From the course's file."""
        return cls(**_card(course))


class CatalogueOut(Out):
    """The courses in use, by id."""

    items: list[CourseCardOut]


class CourseTextOut(CourseCardOut):
    """A course to read, in the order in which the console shows it; `practices` has one question at least.

    `why`, `variant` and `self_check` are null or empty in courses that do not have them.
    """

    situation: str
    bad: Dialogue
    good: Dialogue
    why: str | None
    variant: Variant | None
    points: list[str]
    practices: list[Practice]
    self_check: list[str]

    @classmethod
    def of(cls, course: CourseItem) -> "CourseTextOut":
        """From the course's file."""
        return cls(
            **_card(course),
            situation=course.situation,
            bad=course.bad,
            good=course.good,
            why=course.why,
            variant=course.variant,
            points=list(course.points),
            practices=list(course.practices),
            self_check=list(course.self_check),
        )


@router.get(
    "/courses",
    response_model=CatalogueOut,
    responses={200: CATALOGUE_OUT, **problems()},
    openapi_extra=scoped("coaching:read"),
)
def catalogue(caller: Caller, services: Wired) -> JsonResponse:
    """Every course that can be given, without its text: skill, objections, trade and minutes."""
    del caller
    return JsonResponse(CatalogueOut(items=[CourseCardOut.of(course) for course in list_courses(services)]))


@router.get(
    "/courses/{course_id}",
    response_model=CourseTextOut,
    responses={200: COURSE_TEXT_OUT, **problems(404)},
    openapi_extra=scoped("coaching:read"),
)
def text(course_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One course, whole: situation, both talks, why the customer thinks so, another role, questions and self-check.

    It is the same for everybody: nothing in it was said by a customer.
    """
    del caller
    return JsonResponse(CourseTextOut.of(require_course(services, course_id)))


def _card(course: CourseItem) -> dict[str, object]:
    return {
        "id": course.id,
        "title": course.title,
        "description": course.description,
        "skill": course.skill,
        "objections": list(course.objections),
        "trade": course.trade,
        "minutes": course.minutes,
        "talktrack": course.talktrack,
    }
