"""The rules in force for a tenant: the shipped ones, with what the tenant changed laid over them."""

from dataclasses import dataclass, field, replace

from nlp.errors import ContentInvalid
from service.domain.content.playbook_values import BusinessHours
from service.domain.playbooks.hours import OFFICE
from service.domain.playbooks.ports import PlaybookVersion
from service.domain.playbooks.rules import Rule, RuleBook, RuleReader, book_of
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.content_shelf import ContentShelf

TENANTS_KEPT = 1_000


class _NoReader:
    """Reads nothing: an installation without playbooks takes none."""

    def read(self, text: str, *, source: str) -> Rule:
        del text
        raise ContentInvalid(f"{source}: this installation reads no playbooks")


@dataclass(slots=True)
class PlaybookShelf:
    """Shipped rules and the reader for a tenant's own; what was read is kept until the tenant changes something.

    `contents` does the same for what rules and figures are read from: processes, scorecards, metrics, office hours.
    """

    shipped: RuleBook
    reader: RuleReader
    contents: ContentShelf = field(default_factory=ContentShelf)
    texts: dict[str, str] = field(default_factory=dict)
    _books: dict[str, tuple[int, BusinessHours, RuleBook]] = field(default_factory=dict)

    def book_for(self, tx: UnitOfWork, tenant_id: str, *, office: BusinessHours = OFFICE) -> RuleBook:
        """The tenant's rules, newest versions, counting by its office hours."""
        stamp = tx.playbooks.versions.stamp(tenant_id)
        kept = self._books.get(tenant_id)
        if kept is not None and kept[:2] == (stamp, office):
            return kept[2]
        book = self.shipped if stamp == 0 else self._overlaid(tx.playbooks.versions.current(tenant_id))
        if office != OFFICE:
            book = book_of(replace(rule, office=office) for rule in book.rules)
        if len(self._books) >= TENANTS_KEPT:
            self._books.clear()
        self._books[tenant_id] = (stamp, office, book)
        return book

    def _overlaid(self, changes: list[PlaybookVersion]) -> RuleBook:
        rules: dict[str, Rule] = {rule.id: rule for rule in self.shipped.rules}
        for change in changes:
            if not change.text:
                continue  # back to the shipped rule
            try:
                rule = self.reader.read(change.text, source=f"{change.rule_id} version {change.version}")
            except ContentInvalid:
                # It was read once; what it named (a talk track, a code) has gone since. The shipped rule stands.
                continue
            rules[change.rule_id] = replace(rule, since=change.created_at)
        return book_of(rules.values())


def no_playbooks() -> PlaybookShelf:
    """A shelf without rules, for programs that need none."""
    return PlaybookShelf(RuleBook(()), _NoReader())
