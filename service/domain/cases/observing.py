"""Cases of skill cards: what each rule sees in small visits, and the value that comes of it."""

from collections import Counter
from collections.abc import Iterator

from service.domain.cases.outcome import CaseFault, Path
from service.domain.coaching.skills import observe_skill, score_observed
from service.domain.content.scorecards import SkillCard, SkillCase

CLOSE = 0.05  # points of a hundred


def skill_failures_in(card: SkillCard) -> Iterator[CaseFault]:
    """Every case of a skill card that does not hold."""
    if card.examples is None:
        return
    for number, case in enumerate(card.examples.fires):
        path: Path = ("examples", "fires", number)
        if not case.gives:
            yield CaseFault((*path, "gives"), "say which rules see something; a case that fires names at least one")
        yield from _failures(card, case, path)
    for number, case in enumerate(card.examples.stays_silent):
        yield from _failures(card, case, ("examples", "stays_silent", number))


def _failures(card: SkillCard, case: SkillCase, path: Path) -> Iterator[CaseFault]:
    visits = [visit.record(f"visit_{number}") for number, visit in enumerate(case.visits, 1)]
    seen = observe_skill(card, visits)
    counts = dict(Counter(one.rule for one in seen))
    wanted = {rule: times for rule, times in case.gives.items() if times}
    if counts != wanted:
        yield CaseFault((*path, "gives"), f"it sees {counts or 'nothing'}, not {wanted or 'nothing'}; mend one of both")
    now = max(visit.visited_at for visit in visits)
    (found,) = score_observed([card.model_copy(update={"status": "active"})], seen, now=now)
    if (found.score is None) != (case.score is None) or abs((found.score or 0) - (case.score or 0)) > CLOSE:
        yield CaseFault((*path, "score"), f"it is {found.score}, not {case.score}; mend one of both")
