"""Keyword packs: words to hear, find and mark red, one pack per trade or topic."""

from typing import Self

from pydantic import Field, model_validator

from nlp.keywords.pack import KeywordPack, Severity, Term
from service.domain.content.header import Closed, Code, Header, Text


class KeywordTerm(Closed):
    """One word or phrase; `asr_confusions` are spellings the recogniser is known to write instead."""

    term: Text = Field(max_length=40)
    aliases: tuple[Text, ...] = ()
    asr_confusions: tuple[Text, ...] = ()
    category: Code | None = None
    severity: Severity | None = None
    pinyin: bool | None = None


class KeywordExamples(Closed):
    """Sentences in which the pack finds something, and sentences in which it must not."""

    fires: tuple[Text, ...] = Field(min_length=3)
    stays_silent: tuple[Text, ...] = Field(min_length=3)


class KeywordPackItem(Header):
    """A pack; its category and severity hold for terms that name none of their own."""

    industry: str = ""
    category: Code
    severity: Severity = "info"
    terms: tuple[KeywordTerm, ...] = Field(min_length=1)
    examples: KeywordExamples

    @model_validator(mode="after")
    def _no_spelling_twice(self) -> Self:
        seen: dict[str, str] = {}
        for term in self.terms:
            for spelling in (term.term, *term.aliases, *term.asr_confusions):
                if spelling in seen:
                    raise ValueError(f"terms: {spelling!r} stands under {seen[spelling]!r} and {term.term!r}; keep one")
                seen[spelling] = term.term
        return self

    def as_pack(self) -> KeywordPack:
        """The pack as the matcher takes it."""
        return KeywordPack(
            id=self.id,
            terms=tuple(
                Term(
                    text=term.term,
                    aliases=term.aliases,
                    asr_confusions=term.asr_confusions,
                    category=term.category or self.category,
                    severity=term.severity or self.severity,
                    pinyin=term.pinyin is True,
                )
                for term in self.terms
            ),
            title=self.title,
            status=self.status,
            industry=self.industry,
            fires=self.examples.fires,
            stays_silent=self.examples.stays_silent,
        )
