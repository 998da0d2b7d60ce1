"""What a firing says and decides, in words and values, before anybody is told: names replaced, people named.

Invariant: a value that is put into a text is never looked at again, whatever braces it holds; recipients come from the
rule's file and the subject's own fields, never from a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from service.domain.content.playbook_actions import (
    Action,
    AssignCourse,
    AssignLead,
    CreateTask,
    FreezeStage,
    Lock,
    Message,
    MoveToPool,
    PublishScore,
    PushPack,
    Tag,
)
from service.domain.content.playbooks import SLOT, Playbook
from service.domain.playbooks.timeline import Timeline
from service.domain.playbooks.values import as_number, as_text, shown

PERSON_FIELDS: Mapping[str, tuple[str, ...]] = {"owner": ("owner_id", "rep_id"), "customer": ("contact_id",)}
_NAMES = ("name", "title", "subject")
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Effect:
    """One action of one firing, ready to be carried out; `data` holds what only its kind knows."""

    kind: str
    recipients: tuple[Mapping[str, str], ...] = ()
    title: str = ""
    text: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """What effects are made of: the rule, its subject, and what its selections saw."""

    book: Playbook
    timeline: Timeline
    at: datetime
    values: Mapping[str, Any]
    alert_id: str
    visit_id: str | None = None

    @property
    def name(self) -> str:
        """What people call the subject; its id where the CRM gave no name."""
        found = (as_text(self.timeline.value(name, at=self.at)) for name in _NAMES)
        return next((text for text in found if text), self.timeline.ref[1])

    def person(self, role: str) -> str:
        """Who has a role for the subject, empty where its fields do not say."""
        if role == "owner" and self.timeline.ref[0] == "person":
            return self.timeline.ref[1]
        names = PERSON_FIELDS.get(role, (f"{role}_id",))
        found = (as_text(self.timeline.value(name, at=self.at)) for name in names)
        return next((text for text in found if text), "")

    def related(self, kind: str) -> str:
        """The id of the account or opportunity the subject is, or belongs to."""
        own_kind, own_id = self.timeline.ref
        return own_id if own_kind == kind else as_text(self.timeline.value(f"{kind}_id", at=self.at))

    def fill(self, text: str) -> str:
        """The text with its names replaced, each exactly once."""
        plain = {"subject": self.name, "owner": self.person("owner"), "title": self.book.title, "at": self.at}
        filled = SLOT.sub(
            lambda found: shown(plain[found[1]] if found[1] in plain else self.values.get(found[1])), text
        )
        return filled[:LONGEST_TEXT]


def effects_of(actions: Sequence[Action], scene: Scene) -> list[Effect]:
    """What the actions amount to for this subject, in their order."""
    return [_message(action, scene) if action.message else _decision(action, scene) for action in actions]


def _message(action: Action, scene: Scene) -> Effect:
    said: Message = action.message or Message(to=("owner",), text="")
    data: dict[str, Any] = {}
    if isinstance(said, PushPack):
        industry = as_text(scene.timeline.value("industry", at=scene.at))
        data = {"talktrack": said.talktrack, "cases": said.cases, "industry": industry}
    elif isinstance(said, AssignCourse):
        data = {"course": said.course}
    return Effect(
        kind=action.kind,
        recipients=recipients_of(said.to, scene),
        title=scene.fill(said.title or scene.book.title),
        text=scene.fill(said.text),
        links=_links(said.links, scene),
        data=data,
    )


def _decision(action: Action, scene: Scene) -> Effect:
    body = action.body
    if isinstance(body, Lock):
        to = recipients_of((body.approver,), scene)
        return Effect("lock", to, scene.fill(scene.book.title), scene.fill(body.text), _links(("alert",), scene),
                      {"approver": body.approver})  # fmt: skip
    if isinstance(body, CreateTask):
        minutes = int(body.due_within.total_seconds() // 60)
        return Effect("create_task", recipients_of(body.to, scene), scene.fill(body.title), "", {},
                      {"due_at": (scene.at + body.due_within).isoformat(), "due_within_minutes": minutes})  # fmt: skip
    data: dict[str, Any] = {}
    if isinstance(body, MoveToPool):
        data = {"pool": scene.fill(body.pool)}
    elif isinstance(body, FreezeStage):
        data = {"stage": body.stage}
    elif isinstance(body, Tag):
        data = {"tag": scene.fill(body.tag), "action": scene.fill(body.action) if body.action else ""}
    elif isinstance(body, PublishScore):
        number = as_number(scene.values.get(body.value))
        data = {"name": body.name, "value": number if number == number else None}  # noqa: PLR0124 - NaN is not itself
    elif isinstance(body, AssignLead):
        fields = ("industry", "budget", "urgency")
        wanted = {name: scene.timeline.value(name, at=scene.at) for name in fields}
        data = {"hot_from": body.hot_from, "top": body.top, "again": body.again, "lead": wanted,
                "had": scene.person("owner")}  # fmt: skip
    return Effect(action.kind, data=data)


def recipients_of(to: Sequence[str], scene: Scene) -> tuple[Mapping[str, str], ...]:
    """Roles with the person who has them for this subject (empty: whoever has the role there), and named people."""
    found: list[Mapping[str, str]] = []
    for name in to:
        if name.startswith("person:"):
            found.append({"role": "", "person": name.removeprefix("person:")})
        else:
            found.append({"role": name, "person": scene.person(name)})
    return tuple(found)


def _links(names: Sequence[str], scene: Scene) -> dict[str, str]:
    account, opportunity = (quote(scene.related(kind), safe="") for kind in ("account", "opportunity"))
    found: dict[str, str] = {}
    for name in names:
        if name.startswith("last_mention:") and account:
            found["last_mention"] = f"/v1/accounts/{account}/timeline?topic={name.partition(':')[2]}"
        elif name == "health" and opportunity:
            found["health"] = f"/v1/opportunities/{opportunity}/health"
        elif name == "alert":
            found["alert"] = f"/v1/alerts/{scene.alert_id}"
        elif name == "visit" and scene.visit_id:
            found["visit"] = f"/v1/visits/{quote(scene.visit_id, safe='')}"
    return found
