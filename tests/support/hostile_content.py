"""Rules' files that try something: what is said against them must name its place, be short, and come soon.

Time is processor time, so that a loaded machine neither hides a fault nor invents one.
"""

import re

import pytest

from nlp.errors import ContentInvalid
from service.adapters.content.loader import MOST_FAULTS
from tests.support.cost import cpu_ms
from tests.support.playbooks import a_reader, rule_text

READER = a_reader()
GOOD = rule_text("stage: {field: stage}", 'stage.text == "won"')
WHEN = """stage: {field: stage}
calls: {count: [call.logged], within: 3d}
leads: {series: [lead.created], period: 1d, last: 26}"""
EVALUATION_MS = 50.0  # row 74: what evaluating may take; it takes 1.5 ms at the most
REFUSAL_MS = 50.0  # for a file of ordinary size; 1 to 2 ms
LARGE_MS = 500.0  # for one between 16 and 256 KiB that is wrong in every line; 140 ms
LARGE_BYTES, MOST_BYTES = 16_384, 262_144
PLACE = re.compile(r"rule\.yaml:(\d+): (?:key `[^`\n]+`: )?\S.*", re.DOTALL)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def assert_placed(fault: str) -> None:
    assert PLACE.match(fault), fault


def faults_of(text: str) -> list[str]:
    """What is said against a file, line by line, within bounds of time and length; the first names its place.

    A file that is too large is refused unread, so that there is no line to name.
    """
    faults: list[str] = []

    def refuse() -> None:
        with pytest.raises(ContentInvalid) as caught:
            READER.read(text, source="rule.yaml")
        faults[:] = str(caught.value).splitlines()

    size = len(text.encode("utf-8", "surrogatepass"))
    assert cpu_ms(refuse, tries=2) < (REFUSAL_MS if size <= LARGE_BYTES else LARGE_MS)
    assert len(faults) <= MOST_FAULTS + 1
    assert sum(map(len, faults)) < 64_000
    assert size > MOST_BYTES or PLACE.fullmatch(faults[0]), faults[0]
    return faults
