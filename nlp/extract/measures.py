"""Measure words, and what may not follow them.

Why: 三十台 is a count, 平台 a word, 三万条 no money. One list serves money and quantities alike. Invariant: a
measure word is never the beginning of a longer word that the list knows.
"""

import re
from collections.abc import Mapping

# Measure word -> what may not follow it, because the two together are another word (部分, 平台, 回本).
_NOT_BEFORE = """
个 月|小时|钟头|钟(?!表)|星期|礼拜|季度|工作日|半|多|点(?!位)|百分点|亿|屁|啥|把|别
台 湾|风|面|账|阶
套 路|餐|现|近
件 事(?!儿)
只 是|有|要|能|会|好|不|管|差|怕|收|卖|做|认|给|用
支 付|持|撑|票|架
张 口|罗
把 他|她|它|你|我|这|那|价|东西|握|关|控|钱|手
条 件|款|理|码
根 本|据
箱 变
包 含|括|邮|装|干|年|月|教|换|安|运|税|你|您|我|工|赔|退
盒 饭
瓶 颈
克 服|隆|扣
米 饭|线|粉|其
平 均|时|台|常|安|衡|板|价|行|面|整|稳|方
方 面|案|便|式|向|法|的|子|式|言
升 级|值|降|学|温|职|副|到
转 让|换|账|正|告|介|型|移|达|发|给|过
人 民|家|工|均|力|情|心|手|才|事|命|家
位 置|数|于|移
名 字|单|片|义|气|声|称|额|牌
家 里|具|电|长|属|庭|乡|常|伙|底|纺|装|人
户 型|口|外|头
架 构|子|空
部 分|门|委|长|队|署|里|件|位
间 隔|断|接
座 谈|位|机
桌 面|子
份 额|上|儿|内
单 位|价|独|纯|子|据|一|体|品|号|元|纯|店
笔 记|试|直|误
批 准|复|发|评|次|量|下|不
次 日|品|要|年|数|序|级|月
回 来|去|本|款|话|头|信|复|报|家|扣|收|访|应|购|厂|国|到|答|执|您|你
场 地|所|景|馆|面|合|子
项 目|链|圈
款 项|到|式
种 子|植|类|草
页 面|码
顿 悟|时|首
尾 款|号|数|货|气|灯|板|盘|部|翼|单
例 如|外|子|会|行|证
本 来|身|人|地|周|月|年|季|次|钱|科|子|质|部|事|届|期|店|院|厂|公|价
匹 配
片 区|子|面|刻|场
粒 度
颗 粒
双 方|休|击|十|面|倍|向|重|轨|层|边|赢
组 织|长|套|成|装|合|件
车 间|子|型|位|牌|主|险|库|床|队|次|祸|载|速
柜 子|台|机|门
卷 子|款|积
托 付|底|运|管|人|儿|盘
样 品|机|本|板|子|式|件|布
幅 度
轮 胎|班|换|流|毂|子|廓|候|岗|休|椅|到
节 约|省|能|拍|点|假|日|奏|流|气|目|后|前|骨
盘 点|子|货|活|查
道 理|路|歉|具|德|上
"""
# Measure words that begin no other word.
_PLAIN = (
    "袋 桶 罐 吨 公斤 千克 斤 公里 千米 厘米 毫米 微米 公分 平方米 平米 平方 立方米 立方 毫升 公顷 亩 "
    "度电 千瓦时 千瓦 兆瓦 瓦 伏 安时 兆 像素 人次 台次 号人 口人 口井 辆 艘 栋 床 趟 册 羽 棵 株 滴 枚 "
    "桩 棚 栏 遍 杯 碗 盆 门课"
)
BLOCK_NOUN = (
    "板|屏|地(?!板)|电池|牌|砖|玻璃|表|布|石|肉|瓷|钢|硬盘|显示|芯片|木|料|田|糖|蛋糕|招牌|膜|场地|显卡|主板|区域|白板"
)
# Measure words that count only before or behind certain words.
_CONDITIONAL = (
    "层(?!次|级|面)",
    "头(?=牛|猪|羊|驴|马|奶牛|母猪|蒜)",
    "期(?=的|，|分|$|就|付|还|免)",
    "度(?=电|的电|，一年|左右)",
    f"块(?={BLOCK_NOUN})",
)
_LATIN = "kg|KG|Kg|mg|km|KM|cm|mm|ml|mL|kwh|kWh|kW|MW|GB|TB|MB|dB|db|DB|Hz|HZ|mA|g|t|m|L|l|T|℃"


def _measure_patterns() -> Mapping[str, re.Pattern[str]]:
    """By first character: the measure words that begin with it, longest first, with what may not follow them."""
    stops: dict[str, list[str]] = {word: [] for word in _PLAIN.split()}
    for row in _NOT_BEFORE.split("\n"):
        word, _, stop = row.partition(" ")
        if stop:
            stops.setdefault(word, []).append(stop)
    of_first: dict[str, list[str]] = {}
    for word in sorted(stops, key=len, reverse=True):
        of_first.setdefault(word[0], []).append(f"{word}(?!{'|'.join(stops[word])})" if stops[word] else word)
    for condition in _CONDITIONAL:
        of_first.setdefault(condition[0], []).append(condition)
    for unit in _LATIN.split("|"):
        of_first.setdefault(unit[0], []).append(f"{unit}(?![A-Za-z])")
    return {first: re.compile("|".join(words)) for first, words in of_first.items()}


_MEASURES = _measure_patterns()


def measure_after(text: str, at: int) -> str | None:
    """The measure word that begins at `at`, or None."""
    pattern = _MEASURES.get(text[at : at + 1])
    match = pattern.match(text, at) if pattern else None
    return match.group() if match else None
