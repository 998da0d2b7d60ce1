import pytest

from nlp.asr.phantom import bare, drop_phantoms, find_phantom
from tests.support.speech import a_segment


@pytest.mark.parametrize(
    "text",
    [
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "請不吝點贊 訂閱 轉發 打賞支持明鏡與點點欄目",
        "明镜需要您的支持 欢迎订阅明镜",
        "字幕由 Amara.org 社群提供",
        "字幕由 Ａｍａｒａ.ｏｒｇ 社区提供",
        "优优独播剧场——YoYo Television Series Exclusive",
        "優優獨播劇場",
        "中文字幕志愿者 李某",
        "字幕志愿者：杨茜茜",
        "作词 李宗盛 作曲 李宗盛",
    ],
)
def test_credits_of_training_data_are_phantoms_in_both_scripts(text: str) -> None:
    assert find_phantom(text, confidence=0.95) is not None


@pytest.mark.parametrize(
    "text",
    [
        "这个方案我点赞",
        "你们公众号我订阅了，麻烦转发给赵总",
        "培训视频要带字幕",
        "字幕志愿者这个岗位我们厂里可没有，你说的是哪个项目的事情",
        "谢谢观看",
        "感谢您的支持",
        "明镜高悬，我们公司采购流程透明得很",
        "好的，那我们下周三上午十点见。字幕由Amara.org社群提供",
        "",
        "。。。",
    ],
)
def test_words_a_customer_may_say_are_kept(text: str) -> None:
    assert find_phantom(text, confidence=0.95) is None


def test_a_long_segment_is_never_dropped_for_a_phrase_inside_it() -> None:
    text = "我们去年换了三家供应商" * 3 + "优优独播剧场"
    assert find_phantom(text, confidence=0.1) is None


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        pytest.param(0.3, "谢谢观看", id="unsure"),
        pytest.param(0.9, None, id="sure"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_a_farewell_counts_only_where_the_engine_was_unsure(confidence: float | None, expected: object) -> None:
    assert find_phantom("谢谢观看。", confidence=confidence) == expected


def test_what_is_dropped_is_kept_with_its_reason_and_time() -> None:
    real, phantom = a_segment("预算批下来了", 0, 900), a_segment("优优独播剧场", 5000, 6000, channel=1)
    kept, dropped = drop_phantoms([real, phantom])
    assert kept == [real]
    assert [(d.text, d.reason, d.evidence, d.start_ms, d.end_ms, d.channel) for d in dropped] == [
        ("优优独播剧场", "phantom", "优优独播剧场", 5000, 6000, 1)
    ]


def test_texts_are_compared_without_width_case_and_punctuation() -> None:
    assert bare("ＹｏＹｏ，Television！ 123") == "yoyotelevision123"
