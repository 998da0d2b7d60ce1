"""Addresses down to the door: road and number, estate and building; 杭州 or 二楼会议室 alone leads to nobody.

Invariant: an address has an anchor (a road with a number, an estate with a building); what stands before the anchor
belongs to it as long as its words name places.
"""

import re

from nlp.text.name_words import BEFORE_ADDRESS
from nlp.text.personal_names import Tagged
from nlp.types import Span

_NUMBER = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4})"
_DOOR = rf"{_NUMBER}(?:弄|号)(?!线|发|到|机|端子|检修|楼还)"
_BLOCK = rf"{_NUMBER}(?:栋|幢|号楼|座|号院)"
_ROAD = re.compile(
    rf"(?:大道|大街|[路街巷道]|胡同|里弄)(?:[东南西北中]段)?{_DOOR}|(?:镇|乡)?[一-龥]{{2,3}}村{_DOOR}|海路{_BLOCK}"
)
_ESTATE = re.compile(
    rf"(?:小区|花园|家园|花苑|苑|公寓|新村|桂花园|广场|大厦|中心|佳园|[一-龥]园|府|城|湾|庭){_BLOCK}|[一-龥]{{2}}市场(?:[A-Za-z东南西北]区)?{_DOOR}"
)
_TAIL = re.compile(
    rf"(?:附{_NUMBER}号|之[一二三四五六七八九十]|院?{_NUMBER}(?:号楼|号院|栋|幢|座|单元|层|楼|室|门|号)|[A-Za-z]\d?座|塔\d|"
    rf"[一-龥A-Za-z]{{2,8}}(?:大厦|广场|中心|国际|产业园|SOHO|公寓|园区|科技园|大楼)(?=[A-Za-z\d塔]|[一二三]期|$)|[一二三]期|"
    rf" ?\d{{3,4}}(?![\d年月日:：.件元块号]))"
)
_HOLDER = re.compile(r"[一-龥A-Z]{2,6}(?:大厦|广场|中心|国际|产业园)")
_STOP_TAGS = frozenset({"p", "r", "uj", "ul", "c", "x", "d", "u", "y", "m"})
_PLACE_END = re.compile(r"[省市区县镇乡]$|街道$|园区$|开发区$|村$")
_LONGEST_BEFORE = 24


def find_addresses(text: str, tagged: Tagged) -> list[Span]:
    """The [start, end) of each address in `text`, in order, without overlap."""
    found: list[Span] = []
    for anchor in sorted([*_ROAD.finditer(text), *_ESTATE.finditer(text)], key=lambda match: match.start()):
        if found and anchor.start() < found[-1][1]:
            continue
        start = _begin(text, tagged, anchor.start())
        if anchor.start() - start >= 1 or anchor[0][0] not in "路街巷道里":
            found.append((start, _end(text, anchor.end())))
    return found


def _begin(text: str, tagged: Tagged, anchor: int) -> int:
    """Where the place names before the anchor begin: back word by word until one that names no place."""
    borders, at = [], 0
    for word, tag in tagged:
        borders.append((at, word, tag))
        at += len(word)
    start = anchor
    for begin, word, tag in reversed(borders):
        if begin >= anchor:
            continue
        if anchor - begin > _LONGEST_BEFORE or not re.fullmatch("[一-龥]+", word):
            break
        if begin + len(word) <= anchor and _names_no_place(word, tag, text[begin + len(word) :]):
            break
        start = begin
    return _without_verb(text, start, anchor)


def _names_no_place(word: str, tag: str, after: str) -> bool:
    counted = tag == "m" and (not re.fullmatch("[一二三四五六七八九十百两]+", word) or after.startswith("期"))
    return word in BEFORE_ADDRESS or (tag in _STOP_TAGS and not counted)


def _without_verb(text: str, start: int, anchor: int) -> int:
    """`start` behind a verb that the cut glued to the place (放丰潭路, 寄江苏省)."""
    glued = re.match(
        r"(?:快递放|发货到|寄到|送到|发到|[我您你他她]们?住在?|[我您你他她]们?家?在|放|寄|送|到|在|住)(?=[一-龥]{2})",
        text[start:anchor],
    )
    return start + glued.end() if glued else start


def _end(text: str, end: int) -> int:
    """Where building, storey and door after the anchor end."""
    while True:
        tail = _TAIL.match(text, end)
        if tail is None:
            holder = _HOLDER.match(text, end)
            if holder is None:
                return end
            tail = holder
        end = tail.end()
