"""A card as markdown text, in the words of one vendor's dialect; digests; splitting by paragraph.

Invariant: only this module and the channels write markup; every word of a card passes through `plain` first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.adapters.channels.words import cut, pack, plain
from service.domain.delivery.cards import Card
from service.domain.delivery.robots import PARTS_AT_MOST

Fits = Callable[[str], bool]
TITLE_BYTES = 120
FACT_BYTES = 200
DIGEST_TITLE = "{n} 条消息合并（发送过于频繁）"


@dataclass(frozen=True, slots=True)
class Layout:
    """A vendor's markup, as templates over words that are already plain."""

    title: str
    fact: str
    link: str
    small: str
    gap: str
    colours: Mapping[str, str]


def parts_of(card: Card, layout: Layout, fits: Fits) -> tuple[str, ...]:
    """The texts that tell of `card`, each within the vendor's limit; the link and the code stand in every one."""
    paragraphs = [plain(paragraph) for paragraph in card.paragraphs]

    def holds(kept: list[str]) -> bool:
        return fits(_compose(card, layout, kept, part=(PARTS_AT_MOST, PARTS_AT_MOST)))

    messages = pack([each for each in paragraphs if each], parts=PARTS_AT_MOST, fits=holds)
    several = len(messages) > 1
    return tuple(
        _compose(card, layout, kept, part=(n, len(messages)) if several else None)
        for n, kept in enumerate(messages, start=1)
    )


def _compose(card: Card, layout: Layout, paragraphs: Sequence[str], *, part: tuple[int, int] | None) -> str:
    title = short(card.title, TITLE_BYTES) + (f"（{part[0]}/{part[1]}）" if part else "")
    facts = [
        layout.fact.format(name=short(name, FACT_BYTES), value=short(value, FACT_BYTES)) for name, value in card.facts
    ]
    small = "　".join(filter(None, (f"编号 {plain(card.code)}", plain(card.notice))))
    lines = [layout.title.format(title=title, colour=layout.colours[card.severity]), *facts, *paragraphs]
    return layout.gap.join([*lines, *([layout.link.format(url=card.link)] if card.link else []),
                            layout.small.format(text=small)])  # fmt: skip


def digest_of(cards: Sequence[Card], layout: Layout, fits: Fits) -> tuple[str, int]:
    """One text with a line for each card, and how many of `cards`, from the first, it tells of; at least one."""
    holds = 1
    while holds < len(cards) and fits(_digest(cards[: holds + 1], layout)):
        holds += 1
    return _digest(cards[:holds], layout), holds


def _digest(cards: Sequence[Card], layout: Layout) -> str:
    worst = next((s for s in ("critical", "warning") if any(card.severity == s for card in cards)), "info")
    lines = [layout.title.format(title=DIGEST_TITLE.format(n=len(cards)), colour=layout.colours[worst])]
    for card in cards:
        said = short(card.paragraphs[0], FACT_BYTES) if card.paragraphs else ""
        link = f" {layout.link.format(url=card.link)}" if card.link else ""
        told = "：".join(filter(None, (short(card.title, TITLE_BYTES), said)))
        lines.append(f"{told}（{plain(card.code)}）{link}")
    if any(card.notice for card in cards):
        lines.append(layout.small.format(text=plain(next(card.notice for card in cards if card.notice))))
    return layout.gap.join(lines)


def short(text: str, limit: int) -> str:
    """`text` made plain and cut to `limit` bytes, with an ellipsis where something is missing."""
    words = plain(text)
    head, rest = cut(words, limit)
    return cut(words, limit - 3)[0] + "…" if rest else head
