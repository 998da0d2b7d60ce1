"""Numbers that lead to a person: phones, ID cards, bank cards, number plates.

Why: shops talk in order numbers, models and quantities all day, so a run of digits is personal only by its checksum,
its shape or the word before it. Invariant: a span covers what was said, digit by digit, whether written or spoken.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nlp.text.script import fold_width
from nlp.types import Span

NumberKind = Literal["phone", "id_card", "bank_card", "plate"]

_SPOKEN = str.maketrans("零〇洞一幺壹二贰两三叁四肆五伍六陆七柒拐八捌九玖叉", "000111222334455667778899X")
_RUN = re.compile(r"(?<![\d.])\d(?:[ \-—–]{0,2}\d|[ \-]?[()（）][ \-]?\d){5,24}(?:[ \-]?[Xx](?![A-Za-z]))?(?![\d.]*\d)")
_SPOKEN_CHARS = frozenset("零〇洞一幺壹二贰两三叁四肆五伍六陆七柒拐八捌九玖叉")
_ID_CUE = re.compile(r"身份证|证件|证号")
_CARD_CUE = re.compile(r"(?<!会员)(?<!房)卡号|银行卡|储蓄卡|信用卡|[行原]卡|这张卡|账[号户]|户名|打到|转到|汇到")
_PHONE_CUE = re.compile(r"电话|手机|座机|传真|[打拨]$|[打拨]给|号码|联系方式|微信同号")
_THING_CUE = re.compile(
    r"(?:单号|编[号码]|型号|序[列]?号|件号|批[号次]|流水号?|合同号?|工单|订单|条码|发票号码?|会议号|货号|追溯码|"
    r"物料|资产|设备|采购单|快递单?|物流|税号|信用代码|邮编)[^，。；,;]{0,4}$"
)
_AMOUNT = re.compile(r"^ ?(?:元|块|件|个|台|套|度|米|平|吨|公斤|千克|斤|克|毫|升|次|人|户|家|万|亿|%|％|年|千瓦)")
_MOBILE = re.compile(r"(?:0?0?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:86)?0(?:10|2[0-9]|[3-9]\d{2})[2-8]\d{6,7}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ ·・.\-]?"
    r"(?:(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{5,6}|(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}[挂学警港澳领使试超])(?![A-Za-z0-9])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_PROVINCES = frozenset((*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
                        71, 81, 82, 83))  # fmt: skip
_LOOK_BACK = 12


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A number that leads to a person, and why it is taken for one: `checksum`, `shape` or `cue`."""

    kind: NumberKind
    span: Span
    because: Literal["checksum", "shape", "cue"]


def find_personal_numbers(text: str) -> list[PersonalNumber]:
    """Phones, ID cards, bank cards and plates of `text`, in order, without overlap.

    >>> [(number.kind, number.span) for number in find_personal_numbers("电话一三八零零零零五六七八")]
    [('phone', (2, 13))]
    """
    view = fold_width(text)
    found = [PersonalNumber("plate", match.span(), "shape") for match in _PLATE.finditer(view)]
    for run in _runs(view):
        number = _judge(view, run)
        if number is not None and all(number.span[1] <= n.span[0] or n.span[1] <= number.span[0] for n in found):
            found.append(number)
    return sorted(found, key=lambda number: number.span)


def is_id_number(number: str) -> bool:
    """Whether 18 characters are a resident's number by GB 11643: province, date of birth, check character."""
    if not re.fullmatch(r"\d{17}[\dXx]", number) or not _is_birth(number[6:14]) or int(number[:2]) not in _PROVINCES:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[17].upper()


def is_card_number(number: str) -> bool:
    """Whether 16 to 19 digits are a bank card's by its issuer's range and the Luhn check."""
    if not re.fullmatch(r"(?:62|4|5[1-5]|3[0-9])\d{12,17}", number) or not 16 <= len(number) <= 19:
        return False
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_birth(digits: str) -> bool:
    return digits[:2] in {"19", "20"} and 1 <= int(digits[4:6]) <= 12 and 1 <= int(digits[6:8]) <= 31


def _runs(view: str) -> Iterator[Span]:
    """Stretches of digits as written, then stretches of at least seven spoken ones."""
    for match in _RUN.finditer(_spoken_as_digits(view)):
        before = view[: match.start()][-2:]
        if not re.search(r"[A-Za-z]-?$", before):
            opened = before[-1:] in {"(", "（"} and re.search("[)）]", match[0]) is not None
            yield match.start() - (opened or before[-1:] == "+"), match.end()


def _spoken_as_digits(view: str) -> str:
    """`view` with runs of at least seven spoken digits as digits; 一下 and 二十 stay words."""
    shown = list(view)
    for match in re.finditer(f"[{''.join(_SPOKEN_CHARS)}0-9 ]{{7,}}", view):
        said = match[0]
        if sum(char in _SPOKEN_CHARS for char in said) >= 2 and len(re.findall(r"\S", said)) >= 7:
            shown[match.start() : match.end()] = said.translate(_SPOKEN)
    return "".join(shown)


def _judge(view: str, run: Span) -> PersonalNumber | None:
    """What the digits of `run` are, or None."""
    start, end = run
    said = view[start:end]
    digits = re.sub(r"[^\dXx]", "", said.translate(_SPOKEN)).upper()
    before, after = view[max(0, start - _LOOK_BACK) : start], view[end : end + 3]
    named = _judge_identity(digits, before)
    if named is not None:
        return PersonalNumber(named[0], run, named[1])
    if _THING_CUE.search(before) or _AMOUNT.match(after) or "X" in digits:
        return None
    restart = _restarted(digits)
    if restart:
        return PersonalNumber("phone", (_skip(view, run, restart), end), "shape")
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return PersonalNumber("phone", run, "shape")
    if _LOCAL.fullmatch(digits) and _PHONE_CUE.search(before[-6:]):
        return PersonalNumber("phone", run, "cue")
    return None


def _judge_identity(digits: str, before: str) -> tuple[NumberKind, Literal["checksum", "cue"]] | None:
    """An ID or bank card by its checksum; by the word before it where a digit was misheard."""
    if is_id_number(digits):
        return "id_card", "checksum"
    if len(digits) in {15, 17, 18, 19} and _ID_CUE.search(before):
        return "id_card", "cue"
    if "X" not in digits and is_card_number(digits) and not _THING_CUE.search(before):
        return "bank_card", "checksum"
    if "X" not in digits and 15 <= len(digits) <= 20 and _CARD_CUE.search(before):
        return "bank_card", "cue"
    return None


def _restarted(digits: str) -> int:
    """How many digits were said before the speaker began the number again (幺八六，幺八六零零零…)."""
    for begun in range(2, 6):
        rest = digits[begun:]
        if rest.startswith(digits[:begun]) and _MOBILE.fullmatch(rest):
            return begun
    return 0


def _skip(view: str, run: Span, digits: int) -> int:
    """The offset in `view` behind the first `digits` digits of `run`."""
    at = run[0]
    while digits:
        digits -= view[at].translate(_SPOKEN).isdigit()
        at += 1
    return at
