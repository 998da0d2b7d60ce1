"""Keyword packs: a closed schema that names the line of a mistake."""

import pytest

from nlp.errors import ContentInvalid
from nlp.keywords.pack import pack_of_lines, read_pack

GOOD = """\
id: power
title: 用电
status: active
category: tariff
severity: notice
terms:
  - {term: 峰谷电价, aliases: [分时电价], asr_confusions: [风谷电价]}
  - {term: 储能, category: energy, severity: warning, pinyin: true}
  - 变压器
examples:
  fires: [峰谷电价差六毛]
  stays_silent: [您好]
"""


def test_a_pack_is_read_with_the_packs_defaults() -> None:
    pack = read_pack(GOOD, source="power.yaml")
    assert [(t.text, t.category, t.severity, t.pinyin) for t in pack.terms] == [
        ("峰谷电价", "tariff", "notice", False),
        ("储能", "energy", "warning", True),
        ("变压器", "tariff", "notice", False),
    ]
    assert pack.terms[0].aliases == ("分时电价",)
    assert pack.terms[0].asr_confusions == ("风谷电价",)
    assert pack.fires == ("峰谷电价差六毛",)
    assert pack.stays_silent == ("您好",)


def test_hot_words_are_terms_and_aliases_but_no_mishearings() -> None:
    assert read_pack(GOOD, source="power.yaml").hotwords() == ["峰谷电价", "分时电价", "储能", "变压器"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: a\ntitle: b\nterms: []\n", "terms is missing"),
        ("title: b\nterms: [储能]\n", "id is missing"),
        ("id: a\ntitle: b\nterms: [储能]\nalias: x\n", "x.yaml:4: unknown key 'alias'"),
        ("id: a\ntitle: b\nterms:\n  - {term: 储能, alias: [x]}\n", "x.yaml:4: unknown key 'alias'"),
        ("id: a\ntitle: b\nterms:\n  - 储能\n  - 储能\n", "x.yaml:5: the term '储能' stands here twice"),
        ("id: a\ntitle: b\nterms:\n  - {aliases: [x]}\n", "a term is a word or a mapping"),
        ("id: a\ntitle: b\nterms: 储能\n", "terms must be a list"),
        ("id: a\ntitle: b\nterms:\n  - {term: 储能, severity: huge}\n", "severity 'huge' is none of"),
        ("id: a\ntitle: b\nterms:\n  - {term: 储能, aliases: 光伏}\n", "aliases must be a list"),
        ("id: a\ntitle: b\nterms: [储能]\nexamples: [x]\n", "examples must hold"),
    ],
    ids=[
        "no terms",
        "no id",
        "unknown key",
        "unknown key in term",
        "twice",
        "no word",
        "terms",
        "severity",
        "list",
        "ex",
    ],
)
def test_a_mistake_is_named_with_file_line_and_way_out(text: str, said: str) -> None:
    with pytest.raises(ContentInvalid, match=r"x\.yaml") as caught:
        read_pack(text, source="x.yaml")
    assert said in str(caught.value)


def test_plain_lines_become_terms_without_blanks_comments_and_repetitions() -> None:
    pack = pack_of_lines(["\ufeff峰谷电价\n", "", "# 注释", " 储能 ", "储能"])
    assert [term.text for term in pack.terms] == ["峰谷电价", "储能"]
