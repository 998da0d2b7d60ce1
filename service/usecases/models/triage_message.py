"""Whether one chat message deserves the manager now: the model's verdict, timed, nothing stored."""

from dataclasses import dataclass

from nlp.types import Role
from service.usecases.services import Triage


@dataclass(frozen=True, slots=True)
class Triaged:
    """The answer to one message; `reason` is a code of the taxonomy's triage reasons, `none` when nobody is needed."""

    manager_should_step_in: bool
    score: float
    reason: str


def triage_message(triage: Triage, text: str, *, sender: Role, context: str) -> Triaged:
    """The verdict on one message.

    Args:
        sender: `rep` or `customer`.
        context: what is known of the conversation, one sentence; empty when nothing is.
    """
    verdict = triage.judge(text, sender=sender, context=context)
    return Triaged(verdict.should_step_in, verdict.score, verdict.reason)
