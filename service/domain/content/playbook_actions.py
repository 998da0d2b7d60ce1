"""What a playbook rule does when it fires: messages to people, decisions the CRM enforces, and the clock behind both.

Invariant: an action is of exactly one kind; whom it reaches is a list of known roles or a person's id, never text from
the outside; nothing it says can reach a URL.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from service.domain.content.header import Closed, Code, Text
from service.domain.content.playbook_values import BusinessHours, Duration, FieldName

ROLES = (
    "owner", "manager", "director", "sales_ops", "process_owner", "finance", "legal", "tech", "logistics", "production",
    "market", "service", "expert", "trainer", "customer",
)  # fmt: skip


def _one(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Recipient = Annotated[
    str, StringConstraints(pattern=rf"^({'|'.join(ROLES)}|person:[A-Za-z0-9][A-Za-z0-9._:@-]{{0,79}})$")
]
Recipients = Annotated[tuple[Recipient, ...], BeforeValidator(_one), Field(min_length=1, max_length=10)]
Link = Annotated[str, StringConstraints(pattern=r"^(last_mention:[a-z_]{2,40}|health|alert|visit)$")]
Links = Annotated[tuple[Link, ...], BeforeValidator(_one), Field(max_length=5)]
Said = Annotated[Text, Field(max_length=1_000)]
Named = Annotated[Text, Field(max_length=60)]


class Message(Closed):
    """Words for people; `title` falls back to the rule's."""

    to: Recipients
    text: Said
    title: Annotated[Text, Field(max_length=80)] | None = None
    links: Links = ()


class PushPack(Message):
    """A talk track (and up to three won deals of the same industry) for people who need it now."""

    talktrack: Code | None = None
    cases: int = Field(default=0, ge=0, le=3)

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.talktrack is None and not self.cases:
            raise ValueError("a pack holds a `talktrack`, `cases`, or both")
        return self


class AssignCourse(Message):
    """A micro-course for somebody."""

    course: Code


class MoveToPool(Closed):
    """Give the subject back to a pool."""

    pool: Named


class FreezeStage(Closed):
    """The subject may not enter `stage` (any, when none is named) while the condition holds."""

    stage: Named | None = None


class Lock(Closed):
    """Nobody may go on until a second person has approved."""

    approver: Recipient
    text: Said


class Tag(Closed):
    """A mark on the subject; `action` proposes what to do about it."""

    tag: Named
    action: Annotated[Text, Field(max_length=200)] | None = None


class CreateTask(Closed):
    """A task in the CRM."""

    to: Recipients
    title: Said
    due_within: Duration


class PublishScore(Closed):
    """A number about the subject, taken from a selection's attribute."""

    name: FieldName
    value: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]


class AssignLead(Closed):
    """Give the lead to the rep who fits best; a hot one to one of the `top` reps."""

    hot_from: float = Field(default=70, ge=0, le=100)
    top: int = Field(default=3, ge=1, le=20)
    again: bool = Field(default=False, description="a second assignment: whoever had it is left out")


class Action(Closed):
    """One step; exactly one of its keys."""

    notify: Message | None = None
    hint: Message | None = None
    push_pack: PushPack | None = None
    request: Message | None = None
    assign_course: AssignCourse | None = None
    move_to_pool: MoveToPool | None = None
    freeze_stage: FreezeStage | None = None
    lock: Lock | None = None
    tag: Tag | None = None
    create_task: CreateTask | None = None
    publish_score: PublishScore | None = None
    assign_lead: AssignLead | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len(self.model_fields_set) != 1 or self.body is None:
            raise ValueError(f"an action is exactly one of {', '.join(type(self).model_fields)}")
        return self

    @property
    def kind(self) -> str:
        """Which of the kinds it is."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def body(self) -> Closed | None:
        """What it holds."""
        return next((found for name in type(self).model_fields if (found := getattr(self, name)) is not None), None)

    @property
    def message(self) -> Message | None:
        """What it says to people, when it does."""
        return self.body if isinstance(self.body, Message) else None

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every text of it in which names are replaced, with the key it stands under."""
        names = ("text", "title", "action", "tag", "pool")
        return tuple((name, text) for name in names if isinstance(text := getattr(self.body, name, None), str))


Actions = Annotated[tuple[Action, ...], Field(min_length=1, max_length=12)]


class Step(Closed):
    """What happens when nobody has acted: the first step when `respond_within` is over, each further one `after`."""

    after: Duration | None = None
    actions: Actions


class ResponseClock(Closed):
    """How long people have, in all hours or in working hours (the firm's, unless `business` says others)."""

    respond_within: Duration
    hours: Literal["calendar", "business"] = "calendar"
    business: BusinessHours | None = None
    then: tuple[Step, ...] = Field(default=(), max_length=6)

    @model_validator(mode="after")
    def _steps_follow_each_other(self) -> Self:
        if self.then and self.then[0].after is not None:
            raise ValueError("the first step of `then` comes when `respond_within` is over; remove its `after`")
        if any(step.after is None for step in self.then[1:]):
            raise ValueError("each further step of `then` needs `after`: how long after the step before it")
        return self
