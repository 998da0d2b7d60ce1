"""What a store's customers ask most: questions of one meaning counted together, with every time each was asked.

Invariant: wordings belong together as in the rules on `store.question_asked`, so that a tag and this list agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.domain.playbooks.measures import days_running, group_sayings, saying_of
from service.domain.playbooks.timeline import Fact

QUESTION = "question"
SIMILAR = 0.4  # Jaccard over pairs of characters, as the shipped rules have it


@dataclass(frozen=True, slots=True)
class FrequentQuestion:
    """A question as it was first worded, on how many days it came up, and the facts that say so, newest first.

    `running` is the longest run of days up to today or yesterday on each of which it was asked.
    """

    question: str
    days: int
    running: int
    asked: tuple[Fact, ...]

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.asked)


def frequent_questions(facts: Iterable[Fact], *, at: datetime) -> list[FrequentQuestion]:
    """The questions in these facts, the most frequent first; among equals the one asked last.

    Args:
        facts: of type `store.question_asked`, of one store.
        at: now, from which days are counted back.
    """
    said = [saying_of(fact, key=QUESTION) for fact in sorted(facts, key=lambda fact: fact.order)]
    found = [
        FrequentQuestion(
            group[0].text,
            len({saying.day for saying in group}),
            days_running(group, at=at, similar=SIMILAR)[0],
            tuple(saying.fact for saying in reversed(group)),
        )
        for group in group_sayings(said, similar=SIMILAR)
    ]
    return sorted(found, key=lambda each: (each.count, each.asked[0].order), reverse=True)
