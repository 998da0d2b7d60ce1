"""What a rep is rated beside while a visit is coached: worked out once for a team, and anew when it must be."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nlp.taxonomy import Taxonomy
from service.domain.coaching.observations import ObservationRow
from service.domain.coaching.reviews import Appeal
from service.domain.coaching.skill_report import Scene, rate_rep, rate_team
from service.domain.content.bundle import Content
from service.domain.months import before, bounds, month_of
from service.usecases.coaching.team_figures import BELIEVED_FOR, Beside, TeamFigures
from service.usecases.services import Services
from tests.support.builders import OTHER_TENANT, TENANT, an_id
from tests.support.fakes import NOON
from tests.support.service import services_over
from tests.unit.service.domain.coaching.test_skills import a_card

CARD = a_card()
CONTENT = Content(Taxonomy(()), (), (), (), (), (), (CARD,), digest="d1")
LAST_MONTH = bounds(month_of(NOON))[0] - timedelta(days=3)


@dataclass
class Office:
    services: Services = field(default_factory=lambda: services_over(content=CONTENT))
    figures: TeamFigures = field(default_factory=TeamFigures)
    rows: list[ObservationRow] = field(default_factory=list)

    def observe(self, rep: str, *values: int, at: datetime = NOON - timedelta(hours=1), tenant: str = TENANT) -> None:
        with self.services.uow() as tx:
            for value in values:
                number = len(self.rows)
                row = ObservationRow(
                    an_id("obs", number), tenant, at, an_id("vis", number), rep, "acc", "discovery", "asked", "问了",
                    value, 1.0, "talk"
                )  # fmt: skip
                self.rows.append(row)
                tx.coaching.observations.put(row)

    def ask(self, rep: str, *, later: timedelta = timedelta(0), tenant: str = TENANT) -> Beside:
        with self.services.uow(write=False) as tx:
            return self.figures.of(tx, self.services, tenant_id=tenant, rep_id=rep, now=NOON + later)

    def scene(self) -> Scene:
        return Scene([CARD], sorted(self.rows, key=lambda row: row.at, reverse=True), {}, NOON)


def test_it_says_what_the_reports_say() -> None:
    office = Office()
    office.observe("rep_a", 100, 100, 80, at=LAST_MONTH)
    office.observe("rep_b", 20, 0, 40, 20, at=LAST_MONTH)
    office.observe("rep_a", 60, 60)
    beside = office.ask("rep_a")
    (team,), (last,) = rate_team(office.scene(), month_of(NOON)), rate_rep(office.scene(), "rep_a", month_of(NOON))
    assert beside.team_means == {"discovery": team.score}
    assert beside.last_month == {"discovery": last.last_month}
    assert beside.struck == frozenset()


def test_nothing_is_said_of_a_rep_of_whom_nothing_was_seen() -> None:
    office = Office()
    office.observe("rep_b", 20, 0, 40, 20, at=LAST_MONTH)
    assert office.ask("rep_a").last_month == {}
    assert office.ask("rep_a", tenant=OTHER_TENANT) == Beside({}, {}, frozenset())


def test_what_came_a_moment_ago_counts_ten_minutes_later() -> None:
    office = Office()
    office.observe("rep_a", 80, 80, 80)
    first = office.ask("rep_a")
    office.observe("rep_b", 0, 0, 0, 0)
    assert office.ask("rep_a", later=BELIEVED_FOR - timedelta(seconds=1)) == first
    assert office.ask("rep_a", later=BELIEVED_FOR).team_means["discovery"] < first.team_means["discovery"]


def test_colleagues_are_worked_out_together() -> None:
    office = Office()
    office.observe("rep_a", 80, 80, 80, at=LAST_MONTH)
    office.observe("rep_b", 20, 20, 20, at=LAST_MONTH)
    first, second = office.ask("rep_a"), office.ask("rep_b")
    assert first.team_means is second.team_means
    assert first.last_month["discovery"] > second.last_month["discovery"]


def test_an_appeal_that_was_upheld_counts_at_once() -> None:
    office = Office()
    office.observe("rep_a", 0, 100, 100, 100)
    wrong = office.rows[0].id
    before_it = office.ask("rep_a")
    appeal = Appeal(an_id("app"), TENANT, NOON, "vis", "rep_a", "observation", wrong, "discovery", "嗯", "在开玩笑",
                    state="upheld", ruled_at=NOON)  # fmt: skip
    with office.services.uow() as tx:
        tx.coaching.appeals.put(appeal)
    after_it = office.ask("rep_a")
    assert after_it.struck == {wrong}
    assert after_it.team_means["discovery"] > before_it.team_means["discovery"]


def test_another_month_is_another_reading() -> None:
    office = Office()
    office.observe("rep_a", 80, 80, 80)
    end = bounds(month_of(NOON))[1]
    with office.services.uow(write=False) as tx:
        last = office.figures.of(tx, office.services, tenant_id=TENANT, rep_id="rep_a", now=end - timedelta(seconds=1))
        new = office.figures.of(tx, office.services, tenant_id=TENANT, rep_id="rep_a", now=end)
    assert (last.last_month, before(month_of(end), 1)) == ({}, month_of(NOON))
    assert new.last_month.keys() == {"discovery"}
