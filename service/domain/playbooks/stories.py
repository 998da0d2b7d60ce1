"""Runs the event stories in a rule's file: each must fire, with the words it promises, or stay silent."""

from collections.abc import Iterator
from typing import Any

from service.domain.content.playbook_examples import Story
from service.domain.content.playbooks import GROUPS
from service.domain.crm.events import KINDS
from service.domain.playbooks.effects import Scene, effects_of
from service.domain.playbooks.rules import Rule
from service.domain.playbooks.running import Firing, Memory, run_rule
from service.domain.playbooks.subjects import timelines_of
from service.domain.playbooks.timeline import ANALYZED, Fact, Timeline

SUBJECT = "s1"


def failures_of(rule: Rule) -> Iterator[str]:
    """What the rule's own examples show to be wrong, one sentence each."""
    examples = rule.book.examples
    for number, story in enumerate(examples.fires, 1):
        firings, timeline, failed = tell(rule, story)
        where = f"examples.fires[{number}]"
        if failed:
            yield f"{where}: {failed}"
        elif len(firings) != story.times:
            yield f"{where}: fires {len(firings)} times, not {story.times}"
        elif story.says and story.says not in words_of(firings[-1], timeline):
            yield f"{where}: does not say {story.says!r}, but {words_of(firings[-1], timeline)!r}"
    for number, story in enumerate(examples.stays_silent, 1):
        firings, timeline, failed = tell(rule, story)
        if failed or firings:
            said = failed or f"fires at {firings[0].at.isoformat()}"
            yield f"examples.stays_silent[{number}]: {said}"


def tell(rule: Rule, story: Story) -> tuple[list[Firing], Timeline, str]:
    """The firings for the story's subject `s1` up to its now, its timeline, and why the rule failed, if it did."""
    facts = list(facts_of(rule, story))
    timeline = timelines_of(facts).get((rule.book.subject, SUBJECT)) or Timeline.of((rule.book.subject, SUBJECT), ())
    memory = Memory()
    ran = run_rule(rule, timeline, memory, until=story.now)
    return ran.firings, timeline, memory.failed


def facts_of(rule: Rule, story: Story) -> Iterator[Fact]:
    """The story's events as facts: one without an id is of the subject, one of another kind refers to it."""
    subject = rule.book.subject
    for number, event in enumerate(story.events, 1):
        prefix = event.type.split(".")[0]
        kind = prefix if prefix in KINDS else subject if subject in KINDS else "account"
        data: dict[str, Any] = dict(event.data)
        own = kind == subject
        if not own:
            data.setdefault(_reference(subject), SUBJECT)
        if event.type == ANALYZED:
            data["findings"] = event.findings
        entity = event.id or (SUBJECT if own else f"{kind}-{number}")
        visit_id = entity if event.type == ANALYZED else None
        yield Fact(f"e{number:03}", event.at, event.type, kind, entity, data, visit_id)


def _reference(subject: str) -> str:
    if subject == "person":
        return "owner_id"
    return subject if subject in GROUPS else f"{subject}_id"


def words_of(firing: Firing, timeline: Timeline) -> str:
    """Everything the firing says to people and to the CRM."""
    scene = Scene(firing.rule.book, timeline, firing.at, firing.verdict.values, "alr_example")
    steps = firing.rule.book.clock.then if firing.rule.book.clock else ()
    actions = (*firing.rule.book.actions, *(action for step in steps for action in step.actions))
    effects = effects_of(actions, scene)
    return "\n".join(" ".join((effect.title, effect.text, *map(str, effect.data.values()))) for effect in effects)
