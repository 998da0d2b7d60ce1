"""Each way of telling a visit cites the turns it was taken from, within the characters it is given."""

from models.training.fact_ways import by_text_rank, cited_by_note, cited_by_points, points_size, within
from nlp.types import Summary, SummarySentence, Turn

TURNS = [
    Turn(0, "您好您好请坐", "rep"),
    Turn(1, "价格比别家贵三成，太贵了", "customer"),
    Turn(2, "我们包安装", "rep"),
    Turn(3, "去年那台也贵，修了三回", "customer"),
    Turn(4, "周五前我发报价", "rep"),
]
POINTS = (
    SummarySentence("异议（价格）：价格比别家贵三成，太贵了；答复：我们包安装", (1, 2)),
    SummarySentence("异议（价格）：去年那台也贵，修了三回", (3,)),
    SummarySentence("下一步：我方周五前发报价", (4,)),
)


def test_key_points_cite_all_their_turns() -> None:
    summary = Summary("", POINTS)
    assert cited_by_points(summary) == {1, 2, 3, 4}
    assert points_size(summary) == sum(len(point.text) for point in POINTS)


def test_a_note_cites_the_turns_whose_words_it_has_and_not_the_answers() -> None:
    note = "异议（价格）：去年那台也贵；下一步：我方周五前发报价"
    assert cited_by_note(Summary(note, POINTS), TURNS) == {3, 4}


def test_two_lines_of_one_label_are_two_turns() -> None:
    note = "异议（价格）：太贵了；异议（价格）：修了三回"
    assert cited_by_note(Summary(note, POINTS), TURNS) == {1, 3}


def test_a_semicolon_that_was_said_starts_no_new_line() -> None:
    point = SummarySentence("痛点：太慢；还贵", (1,))
    assert cited_by_note(Summary("痛点：太慢；还贵", (point,)), TURNS) == {1}


def test_an_empty_summary_cites_nothing() -> None:
    assert cited_by_note(Summary(""), TURNS) == set()
    assert cited_by_points(Summary("")) == set()


def test_the_turn_on_which_characters_run_out_still_counts() -> None:
    assert within(TURNS, 6) == {0}
    assert within(TURNS, 7) == {0, 1}
    assert within(TURNS, 0) == set()
    assert within(TURNS, 999) == {0, 1, 2, 3, 4}


def test_shortened_turns_leave_room_for_more() -> None:
    assert within(TURNS, 6, shorten=lambda text: text[:2]) == {0, 1, 2}


def test_text_rank_puts_the_turn_most_alike_the_others_first() -> None:
    texts = ["红 蓝 绿", "红 蓝 黄", "红 黄 黑 绿", "白 紫"]
    turns = [Turn(i, text) for i, text in enumerate(texts)]
    ranked = [turn.i for turn in by_text_rank(turns, cut=str.split)]
    assert ranked[-1] == 3
    assert sorted(ranked) == [0, 1, 2, 3]
    assert by_text_rank([], cut=str.split) == []


def test_turns_of_one_word_are_like_none() -> None:
    turns = [Turn(0, "红"), Turn(1, "红"), Turn(2, "红")]
    assert [turn.i for turn in by_text_rank(turns, cut=str.split)] == [0, 1, 2]
