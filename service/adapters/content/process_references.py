"""Checks that scores, reports and pressure tests name processes, nodes, courses and metrics that exist."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.domain.content.bundle import Content
from service.domain.content.health_cards import LateNode, MissingNode


@dataclass(frozen=True, slots=True)
class ReferenceFault:
    """A name that leads nowhere: in which item (kind and id), at which key, and what is wrong with it."""

    kind: str
    item_id: str
    path: tuple[str | int, ...]
    reason: str


def find_process_faults(content: Content) -> Iterator[ReferenceFault]:
    """Every process, node or course that a score names and that is not there, and processes with two scores."""
    nodes = {process.id: {node.id for stage in process.stages for node in stage.nodes} for process in content.processes}
    courses = {course.id for course in content.courses}
    for low in content.credibility_cards:
        if low.course is not None and low.course not in courses:
            reason = f"course {low.course!r} is not in courses/; write that file"
            yield ReferenceFault("credibility", low.id, ("course",), reason)
    yield from _astray(content, set(nodes))
    scored: set[str] = set()
    for card in content.health_cards:
        if card.process not in nodes:
            reason = f"process {card.process!r} is not in processes/; correct it or write that file"
            yield ReferenceFault("health", card.id, ("process",), reason)
            continue
        if card.in_use and card.process in scored:
            reason = f"process {card.process!r} has another score in use; deprecate one"
            yield ReferenceFault("health", card.id, ("process",), reason)
        scored |= {card.process} if card.in_use else set()
        for number, rule in enumerate(card.rules):
            if isinstance(rule.when, LateNode | MissingNode) and rule.when.node not in nodes[card.process]:
                reason = f"rule {rule.id!r} names node {rule.when.node!r}, which {card.process!r} does not have"
                yield ReferenceFault("health", card.id, ("rules", number, "when", "node"), reason)


def _astray(content: Content, processes: set[str]) -> Iterator[ReferenceFault]:
    """Processes that pressure tests play, and metrics that reports read, where there are none of that name."""
    metrics = {metric.id for metric in content.metrics}
    for played in content.pressure_cards:
        if played.process not in processes:
            reason = f"process {played.process!r} is not in processes/; correct it or write that file"
            yield ReferenceFault("pressure_tests", played.id, ("process",), reason)
    for card in content.report_cards:
        named = card.usage.completeness
        if named is not None and named not in metrics:
            reason = f"metric {named!r} is not in metrics/; correct it or leave it out"
            yield ReferenceFault("reports", card.id, ("usage", "completeness"), reason)
