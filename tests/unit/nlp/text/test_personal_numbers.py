"""Numbers are personal by checksum, shape or the word before them; quantities and order numbers are not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.personal_numbers import find_personal_numbers, is_card_number, is_id_number

VALID_ID = "110105195002150004"  # a sequence of 000 is never issued


def kinds(text: str) -> list[tuple[str, str]]:
    return [(number.kind, text[slice(*number.span)]) for number in find_personal_numbers(text)]


def check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(a) * b for a, b in zip(body, weights, strict=True)) % 11]


def luhn(body: str) -> str:
    digits = [int(digit) for digit in reversed(body)]
    total = sum(sum(divmod(digit * 2, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits))
    return str(-total % 10)


@given(st.dates(min_value=date(1930, 1, 1)), st.sampled_from(["11", "44", "65"]))
def test_every_right_id_number_is_known_and_no_wrong_check_digit(day: date, province: str) -> None:
    body = f"{province}0101{day:%Y%m%d}000"
    right = check(body)
    assert is_id_number(body + right) == body[6:8].startswith(("19", "20"))
    wrong = set("0123456789X") - {right}
    assert not any(is_id_number(body + digit) for digit in wrong)


@given(st.integers(15, 18), st.integers(0, 10**12 - 1))
def test_every_right_card_number_is_known_and_no_wrong_check_digit(length: int, account: int) -> None:
    body = ("622202" + f"{account:012d}")[:length]
    assert is_card_number(body + luhn(body))
    assert not any(is_card_number(body + digit) for digit in "0123456789" if digit != luhn(body))


@pytest.mark.parametrize(
    "text",
    ["13800001234", "139 0000 5678", "150-0000-4321", "+86 138 0000 9911", "0571-80001111", "（010）60003333",
     "一三八零零零零五六七八", "幺三九零零零零八八九九", "１３７００００２２１１"],
)  # fmt: skip
def test_a_phone_is_found_as_written_and_as_spoken(text: str) -> None:
    assert kinds(f"打{text}找我") == [("phone", text)]


def test_a_number_begun_again_is_masked_from_where_it_begins_again() -> None:
    assert kinds("幺八六幺八六零零零零六零六零") == [("phone", "幺八六零零零零六零六零")]


def test_a_local_number_needs_its_word() -> None:
    assert kinds("前台电话88001234") == [("phone", "88001234")]
    assert kinds("面积88001234") == []


def test_a_misheard_digit_is_masked_where_the_word_says_what_it_is() -> None:
    wrong = VALID_ID[:-1] + ("1" if check(VALID_ID[:-1]) != "1" else "2")
    assert kinds(f"身份证{wrong}") == [("id_card", wrong)]
    assert kinds(f"订单{wrong}") == []


@pytest.mark.parametrize(
    "text",
    ["13800件", "13800001234元", "型号DX-13800012", "SF1380000123456789", "流水号13800001234", "版本13.8.0.0", "12345"],
)
def test_things_and_quantities_are_no_persons(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize("plate", ["浙A12345", "沪AD12345", "粤B·8K321", "冀B1234挂", "鲁B 3C456", "浙a·d2468"])
def test_a_plate_is_found_however_it_is_spaced(plate: str) -> None:
    assert kinds(f"车牌{plate}停好了") == [("plate", plate)]


@pytest.mark.parametrize("text", ["粤A级", "沪A股", "浙A系列", "苏E标准", "A12345"])
def test_no_plate(text: str) -> None:
    assert kinds(text) == []
