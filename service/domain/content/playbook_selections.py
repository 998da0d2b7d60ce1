"""Named selections of a playbook rule: the closed vocabulary in which a rule points at what happened.

Invariant: a selection is of exactly one kind, takes only that kind's options, and offers conditions and texts the
attributes listed in `ATTRIBUTES`; a name that is not there is a fault in the file.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nlp.types import Role
from service.domain.content.header import Closed, Code, Codes
from service.domain.content.playbook_values import Duration, EventTypes, FieldName, Match

ValueType = Literal["bool", "int", "double", "text", "duration", "any", "doubles"]
SelectionKind = Literal[
    "field", "event", "absent", "count", "finding", "series", "gap", "distance", "clash", "streak"
]  # fmt: skip
Pair = Annotated[tuple[FieldName, FieldName], Field(min_length=2, max_length=2)]

ATTRIBUTES: Mapping[SelectionKind, Mapping[str, ValueType]] = {
    "field": {
        "present": "bool", "value": "any", "text": "text", "number": "any", "before": "text", "age": "duration",
        "worked": "duration", "until": "duration", "day": "text",
    },
    "event": {"present": "bool", "age": "duration", "worked": "duration", "n": "int"},
    "absent": {"holds": "bool", "age": "duration", "worked": "duration"},
    "count": {"n": "int", "distinct": "int"},
    "finding": {"present": "bool", "n": "int", "age": "duration", "quote": "text", "code": "text"},
    "series": {
        "known": "bool", "values": "doubles", "baseline": "double", "max_ratio": "double", "min_ratio": "double",
    },
    "gap": {"present": "bool", "minutes": "any", "hours": "any"},
    "distance": {"present": "bool", "metres": "any"},
    "clash": {"present": "bool", "n": "int"},
    "streak": {"present": "bool", "days": "int", "key": "text"},
}  # fmt: skip

OPTIONS: Mapping[SelectionKind, frozenset[str]] = {
    "field": frozenset(),
    "event": frozenset({"match", "within", "take"}),
    "absent": frozenset({"match", "for_"}),
    "count": frozenset({"match", "within", "distinct"}),
    "finding": frozenset({"within"}),
    "series": frozenset({"match", "period", "last", "baseline", "sum_of"}),
    "gap": frozenset(),
    "distance": frozenset(),
    "clash": frozenset({"match", "start", "end"}),
    "streak": frozenset({"match", "key", "similar"}),
}
_REQUIRED: Mapping[SelectionKind, tuple[str, ...]] = {
    "absent": ("for_",), "count": ("within",), "series": ("period",), "clash": ("start", "end"), "streak": ("key",),
}  # fmt: skip
_WRITTEN = {"for_": "for"}


class FindingIs(Closed):
    """Which findings of analysed visits count: one of objection, signal, keyword (a pack's category)."""

    objection: Codes = ()
    signal: Codes = ()
    keyword: Codes = ()
    role: Role | None = None
    min_score: float = Field(default=0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(map(bool, (self.objection, self.signal, self.keyword))) != 1:
            raise ValueError("name exactly one of objection, signal, keyword")
        return self

    @property
    def kind(self) -> str:
        """The kind of finding, as results call it."""
        return "objection" if self.objection else "signal" if self.signal else "keyword"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes it names."""
        return self.objection or self.signal or self.keyword


class When(Closed):
    """One selection.

    field      a field of the subject as the CRM last wrote it, and since when
    event      the last event of these types (within a time)
    absent     none of these events `for` so long, counted from the last one, or from the subject's first event
    count      how many of them within a time; `distinct` counts different values of one key
    finding    what was said in the subject's visits
    series     events (or the sum of one key) per period: the `last` periods beside the mean of the `baseline` before
    gap        how far two instants lie apart that stand in fields of the subject
    distance   metres between two places, each a pair of fields with latitude and longitude
    clash      events whose times overlap: `start` and `end` are keys of their data
    streak     the same value of `key` on how many days running; `similar` puts like wordings together
    """

    field: FieldName | None = None
    event: EventTypes | None = None
    absent: EventTypes | None = None
    count: EventTypes | None = None
    finding: FindingIs | None = None
    series: EventTypes | None = None
    gap: Pair | None = None
    distance: tuple[Pair, Pair] | None = None
    clash: EventTypes | None = None
    streak: EventTypes | None = None
    match: dict[FieldName, Match] = Field(default={}, max_length=10)
    within: Duration | None = None
    for_: Duration | None = Field(default=None, alias="for")
    take: tuple[FieldName, ...] = Field(default=(), max_length=20)
    distinct: FieldName | None = None
    period: Duration | None = None
    last: int = Field(default=1, ge=1, le=26)
    baseline: int = Field(default=8, ge=2, le=104)
    sum_of: FieldName | None = Field(default=None, alias="sum")
    start: FieldName | None = None
    end: FieldName | None = None
    key: FieldName | None = None
    similar: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _one_kind_with_its_options(self) -> Self:
        kinds = [kind for kind in OPTIONS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"name exactly one of {', '.join(OPTIONS)}")
        given = self.model_fields_set - {kinds[0]}
        if strange := sorted(given - OPTIONS[kinds[0]]):
            known = ", ".join(sorted(_WRITTEN.get(name, name) for name in OPTIONS[kinds[0]])) or "nothing"
            raise ValueError(f"`{kinds[0]}` takes no `{_WRITTEN.get(strange[0], strange[0])}`; it takes {known}")
        for name in _REQUIRED.get(kinds[0], ()):
            if getattr(self, name) is None:
                raise ValueError(f"`{kinds[0]}` needs `{_WRITTEN.get(name, name)}`")
        if clash := sorted(set(self.take) & set(ATTRIBUTES["event"])):
            raise ValueError(f"`take: {clash[0]}` is what the selection calls something else; rename the key")
        return self

    @cached_property
    def kind(self) -> SelectionKind:
        """Which of the kinds it is."""
        return next(kind for kind in OPTIONS if getattr(self, kind) is not None)

    @property
    def types(self) -> tuple[str, ...]:
        """The event types it looks at."""
        return self.event or self.absent or self.count or self.series or self.clash or self.streak or ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The subject's fields it reads."""
        if self.field is not None:
            return (self.field,)
        if self.gap is not None:
            return self.gap
        return tuple(name for pair in self.distance or () for name in pair)

    @property
    def attributes(self) -> Mapping[str, ValueType]:
        """What conditions and texts may ask of it, each with its type."""
        taken: dict[str, ValueType] = dict.fromkeys(self.take, "any")
        return {**ATTRIBUTES[self.kind], **taken}


Selections = Annotated[dict[Code, When], Field(min_length=1, max_length=12)]
