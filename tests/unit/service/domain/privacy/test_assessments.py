"""Versions of assessments: the same facts give the same document, every difference is named, a touched one shows."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.privacy.assessments import AssessmentRow, Measures, compare, digest_of, document_of, to_markdown
from service.domain.privacy.rules import ProcessorRow, default_retention
from tests.support.builders import TENANT
from tests.support.fakes import NOON

MEASURES = Measures("CN", ("SG",), {"llm.example": "language model"}, ("name", "phone"), True, True, False)
CRM = ProcessorRow("prc_1", TENANT, NOON, "webhook", "crm.example", "远航客户云", "CN", "客户管理", ("summary",), "D-1")


def a_document(measures: Measures = MEASURES, processors: Any = (CRM,), **policy: Any) -> dict[str, Any]:
    return document_of(measures, replace(default_retention(TENANT, NOON), **policy), processors)


def a_version(document: dict[str, Any], text: str = "结论") -> AssessmentRow:
    digest = digest_of(document, text)
    return AssessmentRow("asm_1", TENANT, NOON, "impact", 1, digest, document, text, "key:k")


def test_the_same_facts_give_the_same_document_and_digest() -> None:
    assert a_document() == a_document()
    assert digest_of(a_document(), "x") == digest_of(a_document(), "x")
    assert compare(a_document(), a_document()) == []


SAID = "远航客户云; CN; 客户管理; summary; "
OF_CRM = f"processors: webhook crm.example was {SAID}"
CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a shorter time": ({"audio_days": 7}, "retention: audio_days was 30, is 7"),
    "a processor gone": ({"processors": ()}, "processors: webhook crm.example is gone"),
    "another contract": ({"processors": (replace(CRM, contract_ref="D-2"),)}, f"{OF_CRM}D-1, is {SAID}D-2"),
    "a receiver": ({"measures": replace(MEASURES, receivers={**MEASURES.receivers, "asr.example": "speech"})},
                   "receivers: asr.example is new"),
    "a region": ({"measures": replace(MEASURES, regions=("SG", "US"))}, "regions: covered was SG, is SG; US"),
    "a measure": ({"measures": replace(MEASURES, masks_events=False)}, "measures: events masked was True, is False"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), CHANGES.values(), ids=CHANGES.keys())
def test_every_difference_is_named(changed: dict[str, Any], said: str) -> None:
    (change,) = compare(a_document(), a_document(**changed))
    assert change.told() == said


def test_a_version_whose_document_or_text_was_touched_no_longer_holds() -> None:
    version = a_version(a_document())
    assert version.holds()
    assert not replace(version, text="别的结论").holds()
    assert not replace(version, document=a_document(audio_days=7)).holds()


def test_the_order_of_sections_and_items_is_no_difference() -> None:
    document = a_document()
    turned = {section: dict(reversed(list(document[section].items()))) for section in reversed(document)}
    assert digest_of(turned, "x") == digest_of(document, "x")


def test_people_read_it_as_tables() -> None:
    lines = "\n".join(to_markdown(a_document()))
    assert "## retention" in lines
    assert "| audio_days | 30 |" in lines
    assert "| webhook crm.example | 远航客户云; CN; 客户管理; summary; D-1 |" in lines
