"""Both languages say everything, with the same values, and no page names a text that is not there."""

import re
import string

from service.console.language import LANGUAGES, Texts, load_words
from service.console.rendering import TEMPLATES

ZH, EN = (load_words(language) for language in LANGUAGES)
NAMED = re.compile(r"\bt\('([a-z]+\.[a-z_]+)'")


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_catalogues_hold_the_same_texts() -> None:
    own_of_english = {key for key in EN if key.startswith("label.")}
    assert set(ZH) == set(EN) - own_of_english


def test_a_text_takes_the_same_values_in_both_languages() -> None:
    assert {key: values_of(text) for key, text in ZH.items()} == {key: values_of(EN[key]) for key in ZH}


def test_no_text_is_empty_or_left_in_the_other_language() -> None:
    chinese = re.compile(r"[一-鿿]")
    there = {key: text for key, text in EN.items() if key != "page.other_language_name"}
    assert [key for key, text in there.items() if not text or chinese.search(text)] == []
    assert [key for key, text in ZH.items() if not text] == []


def test_every_text_a_page_names_is_in_the_catalogue() -> None:
    named = {key for path in TEMPLATES.glob("*.html") for key in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 100
    begun = {key for key in named if key.endswith("_")}  # the rest of the name comes from the data
    assert all(any(known.startswith(key) for known in ZH) for key in begun)
    assert named - begun - set(ZH) == set()


def test_a_code_without_an_english_name_keeps_its_chinese_title() -> None:
    texts = Texts("en", EN, {("skill", "new_one"): "新能力"})
    assert (texts.label("skill", "closing"), texts.label("skill", "new_one")) == ("Closing", "新能力")
    assert texts.label("skill", "unheard") == "unheard"
