"""All content in use at one moment, as one value; results store its digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlp.keywords.pack import KeywordPack
from nlp.taxonomy import Taxonomy
from service.domain.content.attribution import AttributionCard
from service.domain.content.checklists import ChecklistItem
from service.domain.content.closed_loops import ClosedLoop
from service.domain.content.courses import CourseItem
from service.domain.content.credibility import CredibilityCard
from service.domain.content.cues import CueCard
from service.domain.content.deal_desk import DealDesk
from service.domain.content.facts import FactCard
from service.domain.content.health_cards import HealthCard
from service.domain.content.hint_cards import HintCard
from service.domain.content.loss_patterns import LossPattern
from service.domain.content.metrics import Metric
from service.domain.content.office import OfficeCard, ReportTimes
from service.domain.content.plan_cards import PlanCard
from service.domain.content.playbook_values import BusinessHours
from service.domain.content.pressure_cards import PressureCard
from service.domain.content.processes import Process
from service.domain.content.report_cards import ReportCard
from service.domain.content.scorecards import SkillCard
from service.domain.content.talktracks import TalkTrack
from service.domain.content.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Content:
    """Everything read from one content directory, each kind sorted by id.

    `keyword_packs` holds those in use. `digest` is a SHA-256 in hexadecimal. `titles` gives the Chinese name by
    (kind, code), for example ("objection", "price"). `texts` holds the files of what tenants may change, by (kind, id).
    """

    taxonomy: Taxonomy
    keyword_packs: tuple[KeywordPack, ...]
    hint_cards: tuple[HintCard, ...]
    courses: tuple[CourseItem, ...]
    talktracks: tuple[TalkTrack, ...]
    checklist_items: tuple[ChecklistItem, ...]
    skill_cards: tuple[SkillCard, ...]
    digest: str
    titles: dict[tuple[str, str], str] = field(default_factory=dict)
    processes: tuple[Process, ...] = ()
    health_cards: tuple[HealthCard, ...] = ()
    metrics: tuple[Metric, ...] = ()
    credibility_cards: tuple[CredibilityCard, ...] = ()
    loss_patterns: tuple[LossPattern, ...] = ()
    plan_cards: tuple[PlanCard, ...] = ()
    deal_desks: tuple[DealDesk, ...] = ()
    attribution_cards: tuple[AttributionCard, ...] = ()
    cue_cards: tuple[CueCard, ...] = ()
    office_cards: tuple[OfficeCard, ...] = ()
    report_cards: tuple[ReportCard, ...] = ()
    closed_loops: tuple[ClosedLoop, ...] = ()
    pressure_cards: tuple[PressureCard, ...] = ()
    fact_cards: tuple[FactCard, ...] = ()
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def office(self) -> BusinessHours:
        """When people work."""
        return next((card.hours for card in self.office_cards if card.in_use), BusinessHours())

    @property
    def report_times(self) -> ReportTimes:
        """When people want to hear of the reports."""
        return next((card.reports for card in self.office_cards if card.in_use), ReportTimes())

    @property
    def report_card(self) -> ReportCard | None:
        """What the daily and the weekly report show; None where no card is in use."""
        return next((card for card in self.report_cards if card.in_use), None)

    @property
    def closed_loop(self) -> ClosedLoop | None:
        """When a paid deal is a closed loop; None where no card is in use."""
        return next((card for card in self.closed_loops if card.in_use), None)
