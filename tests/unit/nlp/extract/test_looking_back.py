"""The same words look ahead or back, by what is said around them; on Wednesday 2026-03-11."""

from datetime import date

import pytest

from nlp.extract.date_parts import is_past, small_number, year_of
from nlp.extract.extractor import extract_items

NOW = date(2026, 3, 11)

ROWS: list[tuple[str, object]] = [
    ("周五给您送来", "2026-03-13"),
    ("周五我们开的会", "2026-03-06"),
    ("星期一报的修", "2026-03-09"),
    ("周三给您", "2026-03-18"),
    ("十五号能到吗", "2026-03-15"),
    ("十五号发的货", "2026-02-15"),
    ("五号签的合同", "2026-03-05"),
    ("五号之前签", "2026-04-05"),
    ("三十一号之前", "2026-03-31"),
    ("二月底装的", "2026-02-28"),
    ("二月底之前装", "2027-02-28"),
    ("十月拿的证书", ["2025-10-01", "2025-10-31"]),
    ("十月能拿到吗", ["2026-10-01", "2026-10-31"]),
    ("三月二十号交的标书", "2025-03-20"),
    ("三月二十号交标书", "2026-03-20"),
    ("三月五号就定了", "2026-03-05"),
    ("二月二十号来过", "2026-02-20"),
    ("一月二号开工", "2027-01-02"),
    ("国庆买的那台", "2025-10-01"),
    ("国庆我去接货", "2026-10-01"),
    ("春节已经用上了", "2026-02-17"),
    ("春节要用", "2027-02-06"),
    ("Q4签的框架", ["2026-10-01", "2026-12-31"]),
    ("一季度已经报完了", ["2026-01-01", "2026-03-31"]),
    ("月初发的那批货", "2026-03-01"),
    ("月初给您", "2026-04-01"),
    ("年初定的方案", "2026-01-01"),
    ("年初再说", "2027-01-01"),
    ("腊月二十八到的货", "2026-02-15"),
    ("腊月二十八之前", "2027-02-04"),
    ("去年底换的", "2025-12-31"),
    ("六月三十一号", None),
    ("大年三十之前", "2027-02-05"),
    ("大年二十", None),
]


@pytest.mark.parametrize(("text", "value"), ROWS, ids=[text for text, _ in ROWS])
def test_words_around_a_date_say_which_one_it_is(text: str, value: object) -> None:
    values = [item.value for item in extract_items(text, NOW) if item.kind == "date"]
    assert values == ([] if value is None else [value])


@pytest.mark.parametrize(
    ("word", "number"),
    [("15", 15), ("十五", 15), ("二十八", 28), ("廿三", 23), ("初八", 8), ("十", 10), ("三十", 30), ("七", 7)],
)
def test_day_numbers_are_read(word: str, number: int) -> None:
    assert small_number(word) == number


@pytest.mark.parametrize(
    ("word", "year"),
    [
        ("去年", 2025),
        ("大前年", 2023),
        ("后年", 2028),
        ("2027年", 2027),
        ("二零二五年", 2025),
        ("零八年", 2008),
        ("八五年", 1985),
        ("26年", 2026),
        ("", None),
        (None, None),
    ],
)
def test_year_words_are_read(word: str | None, year: int | None) -> None:
    assert year_of(word, NOW) == year


@pytest.mark.parametrize("after", ["装的", "我们开的会", "就定了", "已经付了", "刚换了", "，当时没续", "那会儿"])
def test_these_words_look_back(after: str) -> None:
    assert is_past("周五" + after, 2)


@pytest.mark.parametrize("after", ["给您", "要装的话", "能到吗", "之前", "再说", "会来的", "得交", ""])
def test_these_words_look_ahead(after: str) -> None:
    assert not is_past("周五" + after, 2)
