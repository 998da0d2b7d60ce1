"""Names of people in talk, for masking: full names, 小刘 and 老周, and the surname before a title.

Why: word tags find most full names and many that are none, rules find the rest; a name is taken when its tag, its cue
or its title says so. Invariant: the span of a titled person is the surname alone, so that 周总 reads ＊总.
"""

import re
from collections.abc import Sequence

from nlp.extract.people import find_people
from nlp.text.name_words import ALSO_WORDS, COMPOUND, GIVEN, NO_NAME_END, NO_NAMES, RISKY, SURNAMES
from nlp.types import Span

Tagged = Sequence[tuple[str, str]]
"""Words of a text in order with their part of speech; joined they are the text."""

_FULL = re.compile(rf"(?:{COMPOUND}|[{SURNAMES}])[一-龥]{{1,3}}")
_SURNAME = re.compile(rf"(?:{COMPOUND}|[{SURNAMES}])")
_TITLE = re.compile(r"先生|女士|小姐|太太|老师|师傅|同学")
_CUED = re.compile(
    rf"(?:我叫|名叫|叫做|[员机]叫|户名[是:：]?|姓名[是:：]?|联系人[是写填:：叫]?|负责人[是:：叫]?|收[件货]人[是写填:：]?|代表[是:：]?|签字的是|"
    rf"法人[是:：]?|司机|发给|寄给|请转告|转告|抄送)(?P<name>(?:{COMPOUND})[一-龥]{{1,2}}|[{SURNAMES}][一-龥]{{1,2}}?)"
    rf"(?=[，,。！!？?、；;（(\s]|$|先生|女士|收|就|的|卡号|电话|手机|住)"
)
_INVITED = re.compile(rf"请(?P<name>(?:{COMPOUND}|[{SURNAMES}])[一-龥]{{1,2}})(?=[（(]|到场|签到)")
# A surname that is a common word begins a name behind one of these: verbs and marks, then who somebody is.
_SOFT_CUE = re.compile(
    r"(?:叫|是|人|名|给|找|问|让|请|跟|和|由|把|对|[，,。！!？?、；;：:（(\s]|^|财务|会计|出纳|采购|仓管|库管|行政|人事|前台|销售|客服|"
    r"司机|店长|班长|组长|主任|医生|护士|同事|老公|老婆|爱人|我妈|我爸|儿子|女儿)$"
)
# What a given name often ends in, where the tagger cut it off: 赵国|强.
_LAST = frozenset("强明华军伟芳丽娟刚红勇杰涛斌波辉燕霞玲琴敏超鹏洁")
_FAMILIAR = re.compile(
    rf"(?<![一-龥])[小老阿][{SURNAMES}强明华军伟芳丽娟](?=[，,。！!？?、；;\s]|$|那边|电话|说|去|来|把|给)"
)
_AFTER_LET = re.compile(
    rf"(?<=[让叫请找问跟和])[小老阿](?:[{SURNAMES}]|[强明华军伟芳丽娟])(?=[把去来说那给电开带送跑，,。！!\s]|$)"
)
_CALLED = re.compile(rf"姓(?P<name>{COMPOUND}|[{SURNAMES}])(?=[，,。！!的]|$)")


def find_personal_names(text: str, tagged: Tagged) -> list[Span]:
    """The [start, end) of each name in `text`, in order, without overlap."""
    found: list[Span] = []
    for span in [*_cued(text), *_titled(text), *_tagged_names(text, tagged), *_short(text)]:
        name = text[slice(*span)]
        clear = all(span[1] <= other[0] or other[1] <= span[0] for other in found)
        if clear and name not in NO_NAMES:
            found.append(span)
    return sorted(found)


def _cued(text: str) -> list[Span]:
    return [match.span("name") for pattern in (_CUED, _INVITED) for match in pattern.finditer(text)]


def _titled(text: str) -> list[Span]:
    """Surnames before a title, and whoever 我叫 and 姓 introduce."""
    spans = []
    for person in find_people(text):
        start, end = person.span
        spans.append((start, end - len(person.title)) if person.title else person.span)
    return [*spans, *(match.span("name") for match in _CALLED.finditer(text))]


def _short(text: str) -> list[Span]:
    return [match.span() for pattern in (_FAMILIAR, _AFTER_LET) for match in pattern.finditer(text)]


def _tagged_names(text: str, tagged: Tagged) -> list[Span]:
    """Full names by the tagger: one word, or a surname and the given name that was cut from it."""
    spans, at = [], 0
    for i, (word, tag) in enumerate(tagged):
        following = tagged[i + 1] if i + 1 < len(tagged) else ("", "")
        start, at = at, at + len(word)
        length = _name_length(text[:start], word, tag, following, text[at + len(following[0]) :])
        if length and text[start + length - 1] not in NO_NAME_END and text[start : start + length] not in NO_NAMES:
            spans.append((start, start + length))
    return spans


def _name_length(before: str, word: str, tag: str, following: tuple[str, str], after: str) -> int:
    """How many characters from the beginning of `word` are a full name; 0 for none."""
    compound = re.match(COMPOUND, word)
    if tag == "nr" and _FULL.fullmatch(word) and 2 <= len(word) <= 4 and _sounds_like_one(word, before):
        return len(word) + _goes_on(word, following, compound=compound is not None)
    if len(word) == 2 and word[0] in SURNAMES and tag in {"ns", "zg"} and before[-1:] in set("跟找问让请叫"):
        return 3 if len(following[0]) == 1 and following[1] in {"zg", "g", "ng", "nr"} else 0
    if not _SURNAME.fullmatch(word) or not 1 <= len(following[0]) <= 2 or not re.fullmatch("[一-龥]+", following[0]):
        return 0
    named = following[1] == "nr" and len(following[0]) == 2 and _sounds_like_one(word + following[0], before)
    introduced = _SOFT_CUE.search(before) is not None and (_TITLE.match(after) is not None or before.endswith("叫"))
    return len(word) + len(following[0]) if named or (introduced and len(following[0]) == 2) else 0


def _goes_on(word: str, following: tuple[str, str], *, compound: bool) -> bool:
    """Whether the given name's last character was cut off: 欧阳明|月, 赵国|强."""
    char, tag = following
    if len(char) != 1 or tag not in {"nr", "a", "zg", "g", "ng", "m", "n"}:
        return False
    return char in GIVEN if compound and len(word) == 3 else len(word) == 2 and char in _LAST


def _sounds_like_one(name: str, before: str) -> bool:
    """Whether the characters are such as names have; a surname that is a common word, or a short name, needs a cue."""
    given = name[2:] if re.match(COMPOUND, name) else name[1:]
    if not all(char in GIVEN for char in given):
        return False
    needs_cue = name[0] in RISKY or (len(given) == 1 and name in ALSO_WORDS)
    return not needs_cue or _SOFT_CUE.search(before) is not None
