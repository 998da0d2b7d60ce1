"""The words on the pages, in Chinese and English; one catalogue a language, the same keys in both."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's words; `titles` names taxonomy codes in Chinese, for what the catalogue does not translate."""

    language: Language
    words: Mapping[str, str]
    titles: Mapping[tuple[str, str], str]

    def __call__(self, key: str, **values: object) -> str:
        """The text under `key`; a missing key is a mistake of ours and raises."""
        return self.words[key].format(**values)

    def label(self, kind: str, code: str) -> str:
        """The name of a taxonomy code."""
        known = self.words.get(f"label.{kind}.{code}")
        return known or self.titles.get((kind, code), code)


@cache
def load_words(language: Language) -> Mapping[str, str]:
    """The catalogue of one language, flat: `group.name` to text."""
    nested = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return {f"{group}.{name}": text for group, names in nested.items() for name, text in names.items()}
