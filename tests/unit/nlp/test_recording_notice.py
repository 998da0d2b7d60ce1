"""A notice is heard where it is given, in the talk's beginning, and not where people merely speak of recordings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.recording_notice import find_recording_notice
from nlp.types import Role, Turn

GIVEN = [
    "这次通话会录音",
    "为了服务质量我们会录音，您看可以吗",
    "您好，为了保证服务质量，本次通话将被录音",
    "骆主任，咱们今天聊的我这边会录音，方便回去整理纪要",
    "今天的沟通我想录个音，您介意吗？",
    "我开着录音呢，您看方便吗",
    "说明一下，我带了录音笔，会把今天的谈话录下来",
    "我这个工牌会录音的，跟您说一声",
    "可以录音吗？回去好写方案",
    "能不能录个音，我怕记漏了",
    "请允许我录音，只用来写纪要",
    "接下来的会议全程录音",
    "我们这边需要录音，您同意吗",
    "咱们这个电话是录音的，先跟您说一下",
    "介意我录一下音吗",
    "我录音了啊，您看行吗",
    "您的通话将会被录音，请放心讲",
    "先说一句，现在开始录音，可以吧？",
    "今天拜访的过程我会录音，用于内部培训，您同意吗？",
    "方便的话我录着音，省得您重复",
    "这边有录音，您知道一下",
    "我戴着智能胸牌，聊天内容会录音",
    "待会儿谈价格的部分我想录下来，您看可以不",
    "本次会谈我们会进行录音和记录",
    "我手机打开录音了，没问题吧",
    "这通电话我们公司要求录音，我得跟您报备一声",
]
NOT_GIVEN = [
    "你们的通话会录音吗？",
    "坐席的每通电话都会录音，系统自动质检",
    "我们的录音质检系统一年多少钱",
    "上次通话的录音我听了",
    "这支录音笔多少钱",
    "我把录音发给您",
    "今天不录音，咱们随便聊",
    "我没有录音，您放心说",
    "这间录音棚一小时八百",
    "客服的录音要存三年",
    "你们门店里的对话会录下来吗",
    "今天我们来聊聊智能工牌的方案",
    "咱们的产品可以分析录音文件",
    "我们会记录您的需求",
    "您这边每个月多少通电话",
    "录音转写的准确率能到多少",
    "昨天的会议录了没有",
    "我们可以为您采购二十台录音设备",
    "别录音，这事不能外传",
    "这次通话主要想跟您确认发货时间",
    "今天录像机坏了，换一台",
    "他们公司谈话都录音的",
    "您看这个报价可以吗",
    "这首歌是我们录音的",
    "录制课程要几天",
    "",
]


def talk(*said: tuple[Role, str], step_ms: int | None = 5_000) -> list[Turn]:
    return [
        Turn(i, text, role, start_ms=None if step_ms is None else i * step_ms) for i, (role, text) in enumerate(said)
    ]


@pytest.mark.parametrize("said", GIVEN)
def test_a_notice_is_heard(said: str) -> None:
    found = find_recording_notice(talk(("rep", said)))
    assert found is not None
    assert said[slice(*found.span)] == found.quote
    assert "录" in found.quote or "牌" in found.quote


@pytest.mark.parametrize("said", NOT_GIVEN)
def test_talk_about_recordings_is_no_notice(said: str) -> None:
    assert find_recording_notice(talk(("rep", said))) is None


def test_it_is_heard_where_it_stands_in_a_longer_turn() -> None:
    found = find_recording_notice(
        talk(("rep", "您好"), ("customer", "你好"), ("rep", "先说一声。这次通话会录音。报价带来了"))
    )
    assert found is not None
    assert (found.turn, found.quote, found.at_ms) == (2, "这次通话会录音", 10_000)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("可以，您录吧", "agreed"),
        ("没关系", "agreed"),
        ("不介意", "agreed"),
        ("嗯", "agreed"),
        ("上次的手柄报价带了吗", "silent"),
        ("别录了吧", "refused"),
        ("不太方便", "refused"),
        ("介意，关掉吧", "refused"),
        ("录音就算了", "refused"),
    ],
)
def test_what_the_customer_answers_is_heard_with_it(answer: str, heard: str) -> None:
    found = find_recording_notice(talk(("rep", "这次通话会录音，您看可以吗"), ("customer", answer)))
    assert found is not None
    assert found.answer == heard


def test_a_second_notice_that_is_accepted_counts_after_a_refused_one() -> None:
    said = talk(
        ("rep", "我想录个音，可以吗"), ("customer", "别录"), ("rep", "只写纪要用，能录音吗"), ("customer", "那行")
    )
    found = find_recording_notice(said)
    assert found is not None
    assert (found.turn, found.answer) == (2, "agreed")


def test_the_customers_own_words_are_no_notice() -> None:
    assert find_recording_notice(talk(("customer", "这次通话我会录音"))) is None


def test_an_announcement_by_nobody_in_particular_is_one() -> None:
    assert find_recording_notice(talk(("other", "您的通话将会被录音"))) is not None


def test_after_two_minutes_it_comes_too_late() -> None:
    early = talk(("rep", "您好"), ("rep", "这次通话会录音"), step_ms=119_000)
    late = talk(("rep", "您好"), ("rep", "这次通话会录音"), step_ms=120_000)
    assert find_recording_notice(early) is not None
    assert find_recording_notice(late) is None


def test_without_times_the_beginning_is_counted_in_characters() -> None:
    notice: tuple[Role, str] = ("rep", "这次通话会录音")
    assert find_recording_notice(talk(("rep", "啊" * 380), notice, step_ms=None)) is not None
    assert find_recording_notice(talk(("rep", "啊" * 390), notice, step_ms=None)) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rep", "customer", "other"]), st.text("这次通话会录音，您看可以吗别。我", max_size=30)
        )
    )
)
def test_the_quote_is_always_in_its_turn(said: list[tuple[Role, str]]) -> None:
    turns = talk(*said)
    found = find_recording_notice(turns)
    assert found is None or turns[found.turn].text[slice(*found.span)] == found.quote
