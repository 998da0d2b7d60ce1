"""One message's verdict is passed on as it was given, with who sent it and what is known of the talk."""

from dataclasses import dataclass, field

import pytest

from nlp.types import Role
from service.usecases.models.triage_message import Triaged, triage_message
from tests.support.api import Verdict


@dataclass
class Remembering:
    """A triage model that remembers what it was asked and answers as told."""

    verdict: Verdict
    asked: list[tuple[str, Role, str]] = field(default_factory=list)

    def judge(self, text: str, *, sender: Role, context: str) -> Verdict:
        self.asked.append((text, sender, context))
        return self.verdict


@pytest.mark.parametrize("sender", ["rep", "customer"])
def test_the_model_is_asked_once_with_everything_that_is_known(sender: Role) -> None:
    triage = Remembering(Verdict(False, 0.1, "none"))
    triage_message(triage, "太贵了", sender=sender, context="年框在谈")
    assert triage.asked == [("太贵了", sender, "年框在谈")]


@pytest.mark.parametrize("verdict", [Verdict(True, 0.93, "complaint"), Verdict(False, 0.02, "none")])
def test_the_verdict_is_passed_on_unchanged(verdict: Verdict) -> None:
    triaged = triage_message(Remembering(verdict), "退货", sender="customer", context="")
    assert triaged == Triaged(verdict.should_step_in, verdict.score, verdict.reason)
