"""The bodies as the vendors get them, written down whole; and the signatures against the design's vectors."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from service.adapters.channels import dingtalk, feishu, wecom
from service.adapters.channels.all import robot_channels
from service.adapters.channels.words import cut, pack, plain, size
from service.adapters.urls import UrlRules
from service.domain.delivery.cards import Card

CARD = Card(
    "拜访分析摘要",
    "3F9A2C",
    (("拜访", "crm-5512"), ("流失风险", "高")),
    ("客户嫌 <贵>，@所有人 看 https://evil.example",),
    "critical",
    "https://fieldcue.example/v1/visits/1",
    "本内容由模型自动生成，仅供参考",
)
CHANNELS = robot_channels(UrlRules())
SAID = "客户嫌 ＜贵＞，＠所有人 看 https：／／evil．example"


def test_wecom_gets_markdown() -> None:
    assert CHANNELS["wecom"].render(CARD) == (
        {
            "msgtype": "markdown",
            "markdown": {
                "content": '**<font color="warning">拜访分析摘要</font>**\n'
                '><font color="comment">拜访</font>：crm-5512\n'
                '><font color="comment">流失风险</font>：高\n'
                f"{SAID}\n"
                "[查看详情](https://fieldcue.example/v1/visits/1)\n"
                '<font color="comment">编号 3F9A2C　本内容由模型自动生成，仅供参考</font>'
            },
        },
    )


def test_dingtalk_gets_markdown_and_mentions_nobody() -> None:
    assert CHANNELS["dingtalk"].render(CARD) == (
        {
            "msgtype": "markdown",
            "markdown": {
                "title": "拜访分析摘要",
                "text": '#### <font color="#cf1322">拜访分析摘要</font>\n\n'
                "> 拜访：crm-5512\n\n> 流失风险：高\n\n"
                f"{SAID}\n\n"
                "[查看详情](https://fieldcue.example/v1/visits/1)\n\n"
                '<font color="#8c8c8c">编号 3F9A2C　本内容由模型自动生成，仅供参考</font>',
            },
            "at": {"atMobiles": [], "atUserIds": [], "isAtAll": False},
        },
    )


def test_feishu_gets_a_card_whose_button_only_opens_a_page() -> None:
    assert CHANNELS["feishu"].render(CARD) == (
        {
            "msg_type": "interactive",
            "card": {
                "schema": "2.0",
                "header": {"title": {"tag": "plain_text", "content": "拜访分析摘要"}, "template": "red"},
                "body": {
                    "elements": [
                        {
                            "tag": "markdown",
                            "content": f"拜访：crm-5512\n流失风险：高\n{SAID}\n"
                            "<font color='grey'>编号 3F9A2C　本内容由模型自动生成，仅供参考</font>",
                        },
                        {
                            "tag": "button",
                            "text": {"tag": "plain_text", "content": "查看详情"},
                            "behaviors": [{"type": "open_url", "default_url": "https://fieldcue.example/v1/visits/1"}],
                        },
                    ]
                },
            },
        },
    )


def test_dingtalk_signs_as_its_vector_says() -> None:
    now = datetime(2019, 12, 31, 16, 0, tzinfo=UTC)
    assert dingtalk.sign("this is secret", 1577808000000) == "ijHEivi6YiCNPZOq4hZstmvZ3sPfbioAiMhP30ae7W0="
    url = dingtalk.signed_url("https://oapi.dingtalk.com/robot/send?access_token=t", "this is secret", now)
    assert parse_qs(urlsplit(url).query) == {
        "access_token": ["t"],
        "timestamp": ["1577808000000"],
        "sign": ["ijHEivi6YiCNPZOq4hZstmvZ3sPfbioAiMhP30ae7W0="],
    }
    assert dingtalk.signed_url("https://x/?a=b", "", now) == "https://x/?a=b"


def test_feishu_signs_as_its_vector_says() -> None:
    now = datetime.fromtimestamp(1599360473, UTC)
    expected = "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8="
    assert feishu.signature("demo", now) == {"timestamp": "1599360473", "sign": expected}
    assert feishu.signature("", now) == {}


@pytest.mark.parametrize("judge", [wecom.judge, dingtalk.judge, feishu.judge])
def test_an_answer_without_a_code_is_no_success(judge: object) -> None:
    assert judge({})[0] == "transient"  # type: ignore[operator]
    assert judge({"errcode": "0", "code": "0"})[0] == "transient"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "limit", "head"),
    [("涨价了", 6, "涨价"), ("涨价了", 5, "涨"), ("涨价了", 2, ""), ("abc", 9, "abc"), ("e\u0301x", 1, ""),
     ("👨\u200d👩x", 7, ""), ("𠮷𠮷", 5, "𠮷"), ("", 0, "")],
    ids=["fits", "between", "none", "all", "accent stays", "family stays", "four bytes", "empty"],
)  # fmt: skip
def test_words_are_cut_between_characters_by_bytes(text: str, limit: int, head: str) -> None:
    assert cut(text, limit) == (head, text[len(head) :])


@pytest.mark.parametrize(
    ("said", "shown"),
    [("2.5 万，3.14", "2.5 万，3.14"), ("- 一\n", "- 一"), ("mailto:a@b.cn", "mailto:a＠b．cn"), ("A&B", "A＆B"),
     ("第1. 条", "第1. 条"), ("\x00\u200b好\u2066", "好"), ("比例 3:1", "比例 3:1")],
)  # fmt: skip
def test_ordinary_words_stay_readable(said: str, shown: str) -> None:
    assert plain(said).replace("\u2002", " ").replace("  ", " ") == shown


def test_packing_never_ends_without_saying_that_something_is_missing() -> None:
    messages = pack(["好" * 50, "坏" * 50], parts=1, fits=lambda kept: sum(map(size, kept)) <= 100)
    assert len(messages) == 1
    assert messages[0][-1].endswith("…")
    assert sum(map(size, messages[0])) <= 100
    assert pack([], parts=3, fits=lambda kept: True) == [[]]
    assert pack(["长" * 99], parts=2, fits=lambda kept: not kept) == [[""], ["…"]]
