"""Checks that content items name only things that exist: codes, skills, talk tracks, keyword categories.

Invariant: a fault names the item, the wrong name and where the right ones are; nothing is repaired in silence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nlp.taxonomy import LabelKind, Taxonomy
from service.adapters.content.process_references import find_process_faults
from service.domain.content.bundle import Content
from service.domain.content.checklists import ChecklistItem
from service.domain.content.courses import CourseItem
from service.domain.content.cues import CueCard
from service.domain.content.header import Header
from service.domain.content.hint_cards import HintCard
from service.domain.content.owned import OWNED
from service.domain.content.scorecards import SkillCard
from service.domain.content.selections import ANY, Selection


def find_reference_faults(content: Content) -> Iterator[str]:
    """Every reference to something that is not there, and every id used twice within its kind, one sentence each."""
    yield from _repeated("keywords", [pack.id for pack in content.keyword_packs])
    yield from _clashing_terms(content)
    for fault in find_process_faults(content):
        yield f"{OWNED[fault.kind].folder}/{fault.item_id}: {fault.reason}"
    talktracks = {track.id for track in content.talktracks}
    for kind, items in coaching_items(content).items():
        yield from _repeated(kind, [item.id for item in items])
        for item in items:
            where = f"{kind}/{item.id}"
            track = getattr(item, "talktrack", None)
            if track is not None and track not in talktracks:
                yield f"{where}: talktrack {track!r} is not in talktracks/; correct it or write that file"
            yield from _unknown_facts(where, item, content)
            yield from _unknown_labels(where, item, content.taxonomy)
            for selection in selections_of(item):
                yield from _unknown_selected(where, selection, content)


def coaching_items(content: Content) -> Mapping[str, Sequence[Header]]:
    """The items of each kind but keyword packs, under the name of their folder."""
    return {
        "hints": content.hint_cards,
        "courses": content.courses,
        "talktracks": content.talktracks,
        "checklists": content.checklist_items,
        "scorecards/skills": content.skill_cards,
        "cues": content.cue_cards,
        "facts": content.fact_cards,
    }


def selections_of(item: Header) -> Iterator[Selection]:
    """Every selection an item holds, in no particular order."""
    if isinstance(item, HintCard):
        yield from (*item.trigger.when.values(), *item.trigger.unless)
    elif isinstance(item, CourseItem):
        streak, said = item.trigger.streak, item.trigger.said
        yield from (streak.despite, *streak.without) if streak else ()
        yield from (said,) if said else ()
    elif isinstance(item, ChecklistItem):
        yield from (*((item.when.said,) if item.when.said else ()), *item.when.unless)
    elif isinstance(item, CueCard):
        step = item.missing
        yield from (item.said,) if item.said else ()
        yield from (*step.none_of, *step.unless_known, *((step.once_said,) if step.once_said else ())) if step else ()
    elif isinstance(item, SkillCard):
        for rule in item.rules:
            yield from (chosen for chosen in (rule.match, rule.unless_after, rule.only_after) if chosen)


def _repeated(kind: str, ids: Iterable[str]) -> Iterator[str]:
    for code, times in Counter(ids).items():
        if times > 1:
            yield f"{kind}/{code}: {times} files with this id; rename all but one"


def _clashing_terms(content: Content) -> Iterator[str]:
    """A spelling in two packs would be marked with whichever category came first."""
    owner: dict[str, str] = {}
    for pack in content.keyword_packs:
        for term in pack.terms:
            for spelling in (term.text, *term.aliases, *term.asr_confusions):
                other = owner.setdefault(spelling, pack.id)
                if other != pack.id:
                    yield f"keywords/{pack.id}: {spelling!r} stands in {other} too; keep it in one pack"


def _unknown_labels(where: str, item: Header, taxonomy: Taxonomy) -> Iterator[str]:
    named: list[tuple[LabelKind, str]] = [("objection", code) for code in getattr(item, "objections", ())]
    if isinstance(item, CourseItem) and item.trigger.unhandled:
        named.extend(("objection", code) for code in item.trigger.unhandled.objections)
    if (skill := getattr(item, "skill", None)) is not None:
        named.append(("skill", skill))
    yield from _not_in(where, named, taxonomy)


def _unknown_facts(where: str, item: Header, content: Content) -> Iterator[str]:
    asked = getattr(item, "facts", ())
    if isinstance(item, HintCard):
        asked = (*item.trigger.facts, *item.trigger.unless_facts)
    known = [card.id for card in content.fact_cards if card.in_use]
    for name in sorted(set(asked) - set(known)):
        yield f"{where}: fact {name!r} is not in facts/, or no longer in use; known: {', '.join(known) or 'none'}"


def _unknown_selected(where: str, selection: Selection, content: Content) -> Iterator[str]:
    named: list[tuple[LabelKind, str]] = [("objection", code) for code in selection.objection]
    named.extend(("signal", code) for code in selection.signal)
    yield from _not_in(where, [pair for pair in named if pair[1] != ANY], content.taxonomy)
    known = {term.category for pack in content.keyword_packs for term in pack.terms}
    for category in sorted(set(selection.keyword) - known - {ANY}):
        yield f"{where}: keyword category {category!r} is in no pack; known: {', '.join(sorted(known))}"


def _not_in(where: str, named: Iterable[tuple[LabelKind, str]], taxonomy: Taxonomy) -> Iterator[str]:
    for kind, code in named:
        if code not in taxonomy.codes(kind):
            yield f"{where}: {kind} {code!r} is not in the taxonomy; known: {', '.join(taxonomy.codes(kind))}"
