"""Bodies of a store's questions."""

from collections.abc import Sequence

from service.api.schemas.base import Out
from service.api.schemas.examples import answer
from service.domain.playbooks.frequent_questions import FrequentQuestion
from service.domain.playbooks.timeline import Fact

SHOWN = 5  # the newest times a question was asked


class AskedOut(Out):
    """One time that a question was asked: by the CRM's word, or in a recorded talk with its turn and quote."""

    at: str
    event_id: str
    visit_id: str | None
    turn: int | None
    quote: str

    @classmethod
    def of(cls, fact: Fact) -> "AskedOut":
        """From the fact that tells it."""
        turn = fact.data.get("turn")
        said = fact.data.get("quote") or fact.data.get("question")
        return cls(
            at=fact.at.isoformat(),
            event_id=fact.id,
            visit_id=fact.visit_id or None,
            turn=turn if isinstance(turn, int) else None,
            quote=str(said or ""),
        )


class QuestionOut(Out):
    """A question with its other wordings counted in; `running_days` in a row up to today or yesterday."""

    question: str
    count: int
    days: int
    running_days: int
    asked: list[AskedOut]

    @classmethod
    def of(cls, question: FrequentQuestion) -> "QuestionOut":
        """With the newest times it was asked."""
        return cls(
            question=question.question,
            count=question.count,
            days=question.days,
            running_days=question.running,
            asked=[AskedOut.of(fact) for fact in question.asked[:SHOWN]],
        )


class QuestionsOut(Out):
    """What a store's customers asked, the most frequent first."""

    store_id: str
    days: int
    questions: list[QuestionOut]

    @classmethod
    def of(cls, store_id: str, days: int, questions: Sequence[FrequentQuestion]) -> "QuestionsOut":
        """All of them."""
        return cls(store_id=store_id, days=days, questions=[QuestionOut.of(each) for each in questions])


QUESTIONS = answer(
    {
        "store_id": "store-7",
        "days": 30,
        "questions": [
            {
                "question": "旧沙发能以旧换新吗",
                "count": 3,
                "days": 3,
                "running_days": 3,
                "asked": [
                    {
                        "at": "2026-03-05T03:00:00+00:00",
                        "event_id": "cev_9f2c1ab0c6b0f3f7d7a1f0a7a3e1d5b2",
                        "visit_id": None,
                        "turn": None,
                        "quote": "旧沙发可以以旧换新吗",
                    }
                ],
            }
        ],
    }
)
