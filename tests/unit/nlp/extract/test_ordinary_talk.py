"""Ordinary talk without an amount, day, period, count or name: the rules stay silent."""

from datetime import date

import pytest

from nlp.extract.extractor import extract_items
from nlp.extract.people import find_people

TALK = """您好您好，请坐
路上堵不堵啊
还行，绕了一点路
喝茶还是喝水
随便，白开水就行
孩子上学了吧
上了，皮得很
哈哈，男孩子嘛
您这办公室朝南，亮堂
可不是，冬天暖和
我先把资料放这儿
行，搁桌上吧
您看看封面这个图
这个图我见过
那咱们从头说起
好，你说
我们家的东西您也用过
用是用过，说不上好坏
有什么不满意的您直说
一开始挺好，后来就不行了
怎么个不行法
老是报警，吵得慌
师傅来看过没有
来看过，说没毛病
那我回头让技术再看看
别光说看看，得解决
您说得对
价格嘛，总归是高的
高有高的道理
道理谁都会讲
跟别家比过没有
比过，各有各的好
那您主要担心什么
担心坏了没人管
这个您放一百个心
心放不下来呀
我把话撂这儿
话谁都会撂
您是行家，我不糊弄您
糊弄也糊弄不了我
领导那边怎么看
领导不管这些小事
那谁来定呢
我定不了，也不归我定
归哪个部门
说不清楚，扯皮的很
您帮我引荐引荐
引荐可以，成不成我不敢说
那就拜托您了
别客气
老板在吗
出去了，不知道什么时候回来
我改天再来
改天打个电话先
您忙您的
不忙，就是乱
这批货颜色不太对
光线问题吧
不是光线，是底色
我带回去比一比
一模一样的东西怎么会有色差
一般不会，除非换了料
你们换料不说一声
这个是我们不对
不对就得认
认，肯定认
一来二去就耽误了
万一再坏怎么办
坏了我来修
十分感谢
千万别客气
三心二意可不行
七嘴八舌说不清
五颜六色的不好看
乱七八糟的事太多
我们三方坐下来谈
四面八方的客人都有
半斤八两，差不多
一点儿都不夸张
第一印象很重要
头一回听说
有一说一，东西不错
一半靠运气
两头受气
单子还没下来
合同放法务那儿呢
发票记得开专票
样机先别急着拿走
说明书是英文的
有中文的，我给您找
网上评价一般
网上的话不能全信
你们搞活动吗
有活动我通知您
微信上说吧
微信我不怎么看
那我打电话
电话也不一定接
您真会开玩笑
不开玩笑，真忙
食堂的红烧肉不错
下次请您尝尝我们那儿的
外地人吃得惯吗
辣一点就吃得惯
这天说变就变
带伞了没有
没带，淋就淋吧
车停哪儿了
停马路对面了
那儿会贴条的
没事，一会儿就走
一起吃个饭吧
不了，家里等着
替我问嫂子好
好嘞
慢走啊
留步留步
老样子就行
你看着办
说定了啊
一言为定
回头见""".splitlines()


@pytest.mark.parametrize("sentence", TALK)
def test_nothing_is_read_into_ordinary_talk(sentence: str) -> None:
    assert extract_items(sentence, date(2026, 3, 11)) == []


@pytest.mark.parametrize("sentence", TALK)
def test_nobody_is_named_in_ordinary_talk(sentence: str) -> None:
    assert find_people(sentence) == []
