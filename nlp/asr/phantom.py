"""Text that Whisper models are known to write over silence and music: subtitles' credits from their training data.

Invariant: only a short segment that consists of such a phrase is dropped. Words a customer may say (点赞, 订阅, 字幕,
谢谢) are never a reason by themselves.
"""

import unicodedata

from nlp.asr.drops import Dropped
from nlp.types import Segment

MAX_CHARS = 40
COVERAGE = 0.8
WEAK_CONFIDENCE = 0.5

# Both scripts: models mix them, and the test runs before folding to Simplified.
PHRASES = (
    "请不吝点赞订阅转发打赏支持明镜与点点栏目",
    "請不吝點贊訂閱轉發打賞支持明鏡與點點欄目",
    "請不吝點讚訂閱轉發打賞支持明鏡與點點欄目",
    "明镜与点点栏目",
    "明鏡與點點欄目",
    "明镜需要您的支持欢迎订阅明镜",
    "明鏡需要您的支持歡迎訂閱明鏡",
    "明镜需要您的支持",
    "明鏡需要您的支持",
    "字幕由amaraorg社群提供",
    "字幕由amaraorg社区提供",
    "字幕由amaraorg社區提供",
    "由amaraorg社区提供的字幕",
    "由amaraorg社群提供的字幕",
    "中文字幕由amaraorg社区提供",
    "优优独播剧场yoyotelevisionseriesexclusive",
    "優優獨播劇場yoyotelevisionseriesexclusive",
    "优优独播剧场",
    "優優獨播劇場",
    "以上言论不代表本台立场",
    "以上言論不代表本臺立場",
    "作词李宗盛作曲李宗盛",
    "作詞李宗盛作曲李宗盛",
    "词曲李宗盛",
    "詞曲李宗盛",
    "本字幕由索兰娅制作",
)
CREDIT_HEADS = ("中文字幕志愿者", "中文字幕志願者", "字幕志愿者", "字幕志願者", "字幕制作", "字幕製作")
# People do say these; they count only where the engine itself was unsure.
WEAK_PHRASES = (
    "谢谢观看",
    "謝謝觀看",
    "感谢观看",
    "感謝觀看",
    "谢谢收看",
    "謝謝收看",
    "感谢收看",
    "感謝收看",
    "谢谢大家观看",
    "謝謝大家觀看",
)


def bare(text: str) -> str:
    """Letters, digits and characters only, width and case folded: how texts are compared here."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def find_phantom(text: str, *, confidence: float | None) -> str | None:
    """The known phrase that this segment consists of, None where it may have been said.

    Args:
        confidence: the engine's own, in [0, 1]; None counts as sure.
    Source: phrases reported for Whisper on Mandarin silence (public issue threads of faster-whisper and its users).
    """
    plain = bare(text)
    if not plain or len(plain) > MAX_CHARS:
        return None
    for phrase in PHRASES:
        if phrase in plain and len(phrase) >= COVERAGE * len(plain):
            return phrase
    for head in CREDIT_HEADS:
        # A credit is followed by a name, not by a sentence.
        if plain.startswith(head) and len(plain) - len(head) <= 4:
            return head
    if confidence is not None and confidence < WEAK_CONFIDENCE and plain in WEAK_PHRASES:
        return plain
    return None


def drop_phantoms(segments: list[Segment]) -> tuple[list[Segment], list[Dropped]]:
    """Segments without known phantom text, and what was taken out."""
    kept: list[Segment] = []
    dropped: list[Dropped] = []
    for segment in segments:
        phrase = find_phantom(segment.text, confidence=segment.confidence)
        if phrase is None:
            kept.append(segment)
        else:
            dropped.append(
                Dropped(segment.text, segment.start_ms, segment.end_ms, segment.channel, "phantom", evidence=phrase)
            )
    return kept, dropped
