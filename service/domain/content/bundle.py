"""All content in use at one moment, as one value; results store its digest."""

from dataclasses import dataclass, field

from nlp.keywords.pack import KeywordPack
from nlp.taxonomy import Taxonomy
from service.domain.content.checklists import ChecklistItem
from service.domain.content.courses import CourseItem
from service.domain.content.hint_cards import HintCard
from service.domain.content.scorecards import SkillCard
from service.domain.content.talktracks import TalkTrack


@dataclass(frozen=True, slots=True)
class Content:
    """Everything read from one content directory, each kind sorted by id.

    `keyword_packs` holds those in use. `digest` is a SHA-256 in hexadecimal. `titles` gives the Chinese name by
    (kind, code), for example ("objection", "price").
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
