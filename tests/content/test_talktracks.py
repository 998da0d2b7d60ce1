"""Talk tracks answer every objection type for three kinds of people, and their words pass our own compliance pack."""

from collections import Counter

from service.domain.content.bundle import Content


def test_there_is_a_track_for_every_objection_type(content: Content) -> None:
    assert len([track for track in content.talktracks if track.in_use]) >= 20
    assert {code for track in content.talktracks for code in track.objections} == set(content.taxonomy.objections)


def test_every_track_has_strategies_for_three_different_roles(content: Content) -> None:
    for track in content.talktracks:
        assert len({strategy.role for strategy in track.strategies}) >= 3, track.id


def test_the_budget_pack_of_the_alert_clock_exists(content: Content) -> None:
    (track,) = [track for track in content.talktracks if track.id == "budget_confirm"]
    assert track.title == "预算确认话术包"
    assert "opportunity_idle" in track.situations


def test_what_we_tell_reps_to_say_contains_no_word_of_the_compliance_pack(content: Content) -> None:
    (pack,) = [pack for pack in content.keyword_packs if pack.id == "compliance"]
    words = [spelling for term in pack.terms for spelling in (term.text, *term.aliases)]
    for track in content.talktracks:
        for line in (line for strategy in track.strategies for line in (*strategy.say, *strategy.ask)):
            assert not [word for word in words if word in line], (track.id, line)


def test_no_sentence_is_used_twice(content: Content) -> None:
    said = Counter(line for track in content.talktracks for strategy in track.strategies for line in strategy.say)
    assert [line for line, times in said.items() if times > 1] == []
