"""Reads playbook rules: strict YAML, the closed schema, names that exist, conditions that compile; all or nothing.

Invariant: a rule that is returned can be judged; each fault names file, line, key, reason and way out.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nlp.errors import ContentInvalid
from nlp.strict_yaml import Document, parse
from nlp.taxonomy import LabelKind
from service.adapters.cel import CelConditions
from service.adapters.content.loader import load_content, validated
from service.adapters.content.owned import OwnedReader
from service.domain.content.bundle import Content
from service.domain.content.playbook_actions import Action, AssignCourse, PushPack
from service.domain.content.playbook_selections import FindingIs
from service.domain.content.playbooks import Playbook
from service.domain.playbooks.rules import Condition, Conditions, Rule, RuleBook, book_of, durations_in, names_of
from service.usecases.playbooks.content_shelf import ContentShelf
from service.usecases.playbooks.playbook_shelf import PlaybookShelf

MAX_BYTES = 262_144
MAX_RULES = 500


@dataclass(frozen=True, slots=True)
class PlaybookReader:
    """Turns the text of a rule's file into a rule; `content` holds what rules may refer to."""

    conditions: Conditions
    content: Content
    _packs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        categories = {term.category for pack in self.content.keyword_packs for term in pack.terms}
        object.__setattr__(self, "_packs", frozenset(categories))

    def read(self, text: str, *, source: str) -> Rule:
        """The rule that a file holds.

        Raises:
            ContentInvalid: anything wrong with it, one line a fault.
        """
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise ContentInvalid(f"{source}: more than {MAX_BYTES // 1024} KiB; a rule is shorter than this")
        document = parse(text, source=source)
        book = validated(Playbook, document, source=source, vocabulary=self.content.vocabulary)
        faults = [f"{source}:{line}: {fault}" for line, fault in self._strangers(book, document)]
        compiled: dict[str, Condition] = {}
        names = names_of(book)
        for key, expression in book.expressions.items():
            try:
                compiled[key] = self.conditions.compile(expression, names)
            except ValueError as fault:
                faults.append(f"{source}:{document.line((key,))}: key `{key}`: {fault}")
        if faults:
            raise ContentInvalid("\n".join(faults))
        version = hashlib.sha256(text.encode()).hexdigest()[:12]
        return Rule(book, compiled, version, constants=durations_in(list(book.expressions.values())), text=text)

    def _strangers(self, book: Playbook, document: Document) -> Iterator[tuple[int, str]]:
        """Names of codes, talk tracks and courses that do not exist, with their lines."""
        for name, when in book.when.items():
            if when.finding is not None:
                line = document.line(("when", name, "finding"))
                yield from ((line, f"key `when.{name}`: {fault}") for fault in self._unknown_codes(when.finding))
        for path, action in book.placed_actions():
            fault = self._unknown_reference(action)
            if fault is not None:
                yield document.line(path), f"key `{'.'.join(map(str, path))}`: {fault}"

    def _unknown_codes(self, finding: FindingIs) -> Iterator[str]:
        labels: Mapping[str, LabelKind] = {"objection": "objection", "signal": "signal"}
        for code in finding.codes:
            if code == "any":
                continue
            if finding.kind == "keyword":
                if code not in self._packs:
                    yield f"no keyword pack has the category {code!r}; known: {', '.join(sorted(self._packs))}"
                continue
            known = {label.code for label in self.content.taxonomy.labels if label.kind == labels[finding.kind]}
            if code not in known:
                yield f"unknown {finding.kind} code {code!r}; known: {', '.join(sorted(known))}"

    def _unknown_reference(self, action: Action) -> str | None:
        body = action.body
        if isinstance(body, PushPack) and body.talktrack is not None:
            tracks = {track.id for track in self.content.talktracks}
            return None if body.talktrack in tracks else f"talktrack {body.talktrack!r} is not in talktracks/"
        if isinstance(body, AssignCourse):
            courses = {course.id for course in self.content.courses}
            return None if body.course in courses else f"course {body.course!r} is not in courses/"
        return None


def load_playbooks(directory: Path, reader: PlaybookReader) -> RuleBook:
    """Every rule under `prompts/playbooks/`, sorted by id.

    Raises:
        ContentInvalid: any fault in any file, each on a line of its own.
    """
    faults: list[str] = []
    rules: dict[str, Rule] = {}
    for file in sorted(directory.rglob("*.yaml")):
        source = file.relative_to(directory.parent).as_posix()
        try:
            rule = reader.read(file.read_text("utf-8"), source=source)
        except ContentInvalid as fault:
            faults.extend(str(fault).splitlines())
            continue
        except UnicodeDecodeError:
            faults.append(f"{source}: not UTF-8; save it as UTF-8")
            continue
        if rule.id != file.stem:
            faults.append(f"{source}: key `id`: {rule.id!r} is not the file's name; rename one")
        if rule.id in rules:
            faults.append(f"{source}: a second rule with the id {rule.id!r}; rename one")
        rules[rule.id] = rule
    if len(rules) > MAX_RULES:
        faults.append(f"playbooks: {len(rules)} rules, more than {MAX_RULES}; retire some")
    if faults:
        raise ContentInvalid("\n".join(faults))
    return book_of(rules.values())


def load_reader(prompts_dir: Path) -> PlaybookReader:
    """Reads rules against the content of a directory, for commands that need nothing else of it."""
    return PlaybookReader(CelConditions(), load_content(prompts_dir))


def load_shelf(prompts_dir: Path, content: Content) -> PlaybookShelf:
    """The shipped rules, and a reader for those of tenants.

    Raises:
        ContentInvalid: as `load_playbooks`.
    """
    reader, owned = PlaybookReader(CelConditions(), content), OwnedReader(content.vocabulary, content)
    return PlaybookShelf(load_playbooks(prompts_dir / "playbooks", reader), reader, ContentShelf(owned))
