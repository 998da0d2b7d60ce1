"""What a consent covers: purposes named, taken for granted, withdrawn; and how that is counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.privacy.consent_counts import COUNTS, Kept, count_consents
from service.domain.visit import PURPOSES, Consent, Purpose, lacking
from tests.support.builders import a_visit, agreed_to
from tests.support.fakes import NOON

GIVEN = Consent("consent", "verbal", NOON - timedelta(days=30), "v1")


@pytest.mark.parametrize(
    ("voices", "covered"),
    [
        (False, ("recording", "transcription", "coaching")),
        (True, ("recording", "transcription", "coaching", "voices")),
    ],
)
def test_a_consent_without_purposes_covers_what_one_covered_before_and_never_training(
    voices: bool, covered: tuple[str, ...]
) -> None:
    consent = replace(GIVEN, voices=voices)
    assert consent.purposes() == covered
    assert not consent.covers("training", NOON)
    assert consent.covers("coaching", NOON)
    assert {each.notice_version for each in consent.named()} == {"v1"}


@pytest.mark.parametrize(
    ("withdrawn", "left"),
    [
        (("training",), ("recording", "transcription", "coaching", "voices")),
        (("recording",), ("transcription", "coaching", "training")),
        (("coaching", "voices"), ("recording", "transcription", "training")),
        (("transcription",), ()),
        (PURPOSES, ()),
    ],
    ids=["training", "recording takes voices along", "two", "the base takes all", "all"],
)
def test_withdrawing_a_purpose_withdraws_what_needs_it(
    withdrawn: tuple[Purpose, ...], left: tuple[Purpose, ...]
) -> None:
    consent = agreed_to(*PURPOSES).without(withdrawn, NOON)
    assert consent.purposes() == left
    assert consent.holds_at(NOON) is bool(left)
    again = consent.without(withdrawn, NOON + timedelta(hours=1))
    assert again == consent


def test_withdrawing_one_purpose_of_an_old_consent_names_the_others() -> None:
    consent = GIVEN.without(["coaching"], NOON)
    assert consent.purposes() == ("recording", "transcription")
    assert [(each.purpose, each.withdrawn_at) for each in consent.named()] == [
        ("recording", None), ("transcription", None), ("coaching", NOON),
    ]  # fmt: skip


def test_an_ended_consent_covers_nothing() -> None:
    ended = agreed_to(*PURPOSES, expires_at=NOON)
    assert ended.covers("training", NOON - timedelta(seconds=1))
    assert not any(ended.covers(each, NOON) for each in PURPOSES)
    assert not a_visit(consent=None).covers("transcription", NOON)


@pytest.mark.parametrize(
    ("purposes", "missing"),
    [
        (("transcription",), None),
        (PURPOSES, None),
        (("recording",), ("recording", "transcription")),
        (("transcription", "voices"), ("voices", "recording")),
        (("training",), ("training", "transcription")),
    ],
    ids=str,
)
def test_a_purpose_that_lacks_what_it_needs_is_named(
    purposes: tuple[Purpose, ...], missing: tuple[Purpose, Purpose] | None
) -> None:
    assert lacking(purposes) == missing


WHOLE = agreed_to(*PURPOSES)
KEPT = {
    "none": (Kept(None), {"without"}),
    "ended": (Kept(replace(WHOLE, expires_at=NOON)), {"without"}),
    "withdrawn": (Kept(WHOLE.without(PURPOSES, NOON)), {"without"}),
    "whole": (Kept(WHOLE, audio=True, coached=True), {"trainable"}),
    "audio without recording": (Kept(agreed_to("transcription"), audio=True), {"beyond"}),
    "coaching without its word": (Kept(agreed_to("transcription"), coached=True), {"beyond"}),
    "both, counted once": (Kept(agreed_to("transcription"), audio=True, coached=True), {"beyond"}),
    "training withdrawn": (Kept(WHOLE.without(["training"], NOON)), {"untrained"}),
    "old": (Kept(GIVEN, audio=True, coached=True), {"purposeless", "unproven"}),
    "old without a notice": (Kept(replace(GIVEN, notice_version="")), {"purposeless", "unnamed"}),
}


@pytest.mark.parametrize(("kept", "counted"), KEPT.values(), ids=KEPT)
def test_what_is_kept_is_counted_by_what_covers_it(kept: Kept, counted: set[str]) -> None:
    found = count_consents([kept], NOON)
    assert {name for name, count in found.items() if count == 1} == counted
    assert set(found) == set(COUNTS)
    assert sum(found.values()) == len(counted)
