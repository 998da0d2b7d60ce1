"""Script and width folding that never moves an offset."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text.script import ScriptFolder, fold_width, load_folder


@dataclass(frozen=True)
class _Growing:
    """A converter that lengthens every text."""

    def convert(self, text: str) -> str:
        return text + "。"


@pytest.fixture(scope="module")
def folder() -> ScriptFolder:
    return load_folder()


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("農曆年前要到貨", "农历年前要到货"),
        ("這個價格太貴", "这个价格太贵"),
        ("已经是简体", "已经是简体"),
        ("A3000", "A3000"),
        ("", ""),
    ],
)
def test_traditional_text_becomes_simplified(traditional: str, simplified: str, folder: ScriptFolder) -> None:
    assert folder.fold(traditional) == simplified


def test_a_line_that_would_change_its_length_stays() -> None:
    assert ScriptFolder(_Growing()).fold("報價") == "報價"


@given(st.text(max_size=40))
def test_folding_keeps_the_length(text: str) -> None:
    assert len(_FOLDER.fold(text)) == len(text)
    assert len(fold_width(text)) == len(text)


def test_full_width_digits_and_letters_become_ascii() -> None:
    assert fold_width("Ａ３０００，￥９８００％") == "A3000，¥9800%"


_FOLDER = load_folder()
