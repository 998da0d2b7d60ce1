"""Reads a tenant's own processes, scorecards, metrics and the like: strict YAML, known names, cases run."""

from dataclasses import dataclass, field

from nlp.errors import ContentInvalid
from nlp.strict_yaml import Document, parse
from service.adapters.content.loader import validated
from service.adapters.content.process_references import ReferenceFault, find_process_faults
from service.domain.cases.check import cases_of, failures_in
from service.domain.content.bundle import Content
from service.domain.content.header import Header
from service.domain.content.owned import OWNED, items_of, with_item
from service.domain.content.vocabulary import Vocabulary

MAX_BYTES = 262_144


@dataclass(frozen=True)
class OwnedReader:
    """The ContentReader port; `vocabulary` is what else CRMs call the events that packs name.

    With `shipped`, an item that still has the cases of the shipped one with its id is not held to them: they show what
    ships, and whoever only moves a threshold is not made to write them anew. Cases of an author's own always count.
    """

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    shipped: Content | None = None

    def read(self, kind: str, text: str) -> Header:
        """The item a text holds, by its schema alone.

        Raises:
            ContentInvalid: one line a fault, each with its line number.
        """
        return self._parsed(kind, text)[0]

    def check(self, kind: str, text: str, *, content: Content) -> Header:
        """The item a text holds, which fits in among `content` and does what its own cases say.

        Raises:
            ContentInvalid: as `read`; also names that lead nowhere, in this item or because of it, and cases that do
                not hold.
        """
        item, document = self._parsed(kind, text)
        lines = []
        for fault in find_process_faults(with_item(content, kind, item)):
            if (fault.kind, fault.item_id) == (kind, item.id):
                key = ".".join(map(str, fault.path))
                lines.append(f"{kind}:{document.line(fault.path)}: key `{key}`: {fault.reason}")
            else:
                lines.append(f"{_where(fault)}: {fault.reason}; change that one first")
        if not lines and not self._shows_what_ships(kind, item):
            failures = failures_in(item, with_item(content, kind, item))
            lines = [f"{kind}:{document.line(failure.path)}: {failure}" for failure in failures]
        if lines:
            raise ContentInvalid("\n".join(lines))
        return item

    def misfits(self, content: Content) -> list[tuple[str, str]]:
        """Kind and id of every item that names something that is not there."""
        return [(fault.kind, fault.item_id) for fault in find_process_faults(content)]

    def _shows_what_ships(self, kind: str, item: Header) -> bool:
        standing = items_of(self.shipped, kind) if self.shipped is not None else ()
        return any(each.id == item.id and cases_of(each) == cases_of(item) for each in standing)

    def _parsed(self, kind: str, text: str) -> tuple[Header, Document]:
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise ContentInvalid(f"{kind}: more than {MAX_BYTES // 1024} KiB; an item is shorter than this")
        document = parse(text, source=kind)
        return validated(OWNED[kind].model, document, source=kind, vocabulary=self.vocabulary), document


def _where(fault: ReferenceFault) -> str:
    return f"{OWNED[fault.kind].folder}/{fault.item_id}"
