"""A sales process: its stages in order, and the evidence each must leave before the next one opens."""

from typing import Self

from pydantic import Field, model_validator

from service.domain.content.case_examples import CaseExamples
from service.domain.content.event_match import EventMatch
from service.domain.content.header import Closed, Code, Header, Text
from service.domain.content.playbook_values import FieldName, Match


class ProcessNode(Closed):
    """A piece of evidence: events that match, `count` of them, at most `due_days` after the stage was entered.

    Two events are one piece when they name the same value in `distinct`. `may_pass` names the roles that may hand it
    in (the event's `actor_role`); empty means anyone. `way_out` tells the rep how to get it.
    """

    id: Code
    title: Text
    evidence: EventMatch
    count: int = Field(default=1, ge=1, le=50)
    distinct: FieldName | None = None
    due_days: int | None = Field(default=None, ge=0, le=730)
    may_pass: tuple[Code, ...] = ()
    way_out: Text


class ProcessStage(Closed):
    """A stage and what it must leave behind; `names` are what the CRM writes into its stage field."""

    id: Code
    title: Text
    names: tuple[Text, ...] = Field(min_length=1)
    nodes: tuple[ProcessNode, ...] = ()


class Process(Header):
    """Stages in their order, for the opportunities whose fields are as `applies` says.

    While a node of a stage is missing, every later stage is frozen.
    """

    applies: dict[FieldName, Match] = Field(default_factory=dict, max_length=20)
    stage_field: FieldName = "stage"
    stages: tuple[ProcessStage, ...] = Field(min_length=2, max_length=30)
    serves: tuple[str, ...] = ()
    examples: CaseExamples | None = None

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        ids = [stage.id for stage in self.stages] + [node.id for stage in self.stages for node in stage.nodes]
        names = [name for stage in self.stages for name in stage.names]
        for found, what in ((ids, "id"), (names, "name")):
            twice = sorted({item for item in found if found.count(item) > 1})
            if twice:
                raise ValueError(f"stages and nodes share the {what} {twice[0]!r}; give each its own")
        return self
