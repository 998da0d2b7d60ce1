"""Ordinary talk holds none of a trade's terms: neither as a piece of other words nor by its sound."""

import pytest

from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import load_lexicon

TERMS = [
    "峰谷电价",
    "商机",
    "报价单",
    "试用",
    "续签",
    "账期",
    "招标文件",
    "立项",
    "样机",
    "备件",
    "质保期",
    "竞品",
    "交期",
    "验收",
    "首付",
    "回款",
    "资质",
    "技改",
    "储能",
    "光伏",
    "折扣",
    "返点",
    "独家代理",
    "注册证",
    "发票",
    "维保",
    "年度框架",
    "变压器",
    "电费单",
    "出货",
    "国产",
    "在库",
    "会签",
    "议价",
    "产能",
    "投标",
    "调试",
    "二次开发",
    "私有化",
    "停机窗口",
    "需量",
    "货款",
    "退货",
    "换货",
    "开票",
    "现货",
    "客诉",
    "良率",
    "打样",
    "拿样",
    "比价",
    "决策链",
    "院长",
    "设备科",
    "采购",
    "功率",
    "备案",
    "挂网",
    "招采",
    "耗材",
    "试剂",
    "医保",
    "门诊",
    "手术室",
    "排产",
    "夹具",
    "节拍",
    "返工",
    "报废",
    "工艺",
    "机台",
    "备用金",
    "分期",
    "首单",
    "复购",
    "动销",
    "窜货",
    "堆头",
    "陈列",
    "客单",
    "翻台",
    "门店",
    "收银",
    "盘点",
    "账号",
    "接口",
    "上云",
    "等保",
    "运维",
    "工单",
    "部署",
    "迁移",
    "授权",
    "并发",
    "数据库",
    "源码",
    "验证",
    "里程碑",
    "违约金",
    "保证金",
    "尾款",
    "结算",
    "对账",
    "承兑",
]

TALK = """您好您好，请坐，路上堵不堵
绕了一点路，不过还好
孩子上初中了，作业多得写不完
这天说变就变，伞也没带
您这办公室朝南，亮堂
茶不错，哪儿买的
朋友送的，您喜欢就拿点走
那件事后来怎么样了
后来就不了了之了
说起来话长，改天再聊
他这个人吧，心直口快
嘴上不饶人，心是好的
我先去接个电话，您稍等
不急，您慢慢来
食堂在后面那栋楼，拐个弯就到
红烧肉挺香的，就是油大
医生让我少吃
体检查出来一堆毛病
年纪到了，没办法
多走走路，比什么都强
我早上去公园转一圈
公园人多吧
人多热闹
周围都是老邻居
他们家姑娘结婚了
喜糖还没吃着呢
下次带给您
您真客气
哪里哪里，应该的
这话说得见外了
我看这事能成
成不成看缘分
您放心，我记着呢
我这记性不好，得写下来
手机里存着，丢不了
屏幕都摔花了
换一个得了，修着不划算
舍不得，用惯了
那倒也是
回家路上小心点
晚上黑，看着点路
谢谢关心
改日登门拜访
随时欢迎
不见不散
想起来我就来气
气也没用，消消火
你说的我都懂
懂归懂，做归做
理想很丰满，现实很骨感
长期这么下去可不行
不需要那么复杂
简单点，直接说
我拥有的也不多
使用起来倒是顺手
纸质的看着舒服
离线的时候怎么办
经销商机会不多了
供应商机床又坏了
集合同学们拍个照
现在库房里冷不冷
优质量产都难得
社会签字的多了去了
生产能力不错
不可思议价格这么乱
提高价值观念
生产能手评上了
出现货架倒了的事
收到期刊了没有
交换货架的位置
装备件数对不上
模样机灵得很
投资质疑声一片
竞技改变命运
出售后悔药
存储能力有限
社交期待太高
经验收获都有
驳回款式的申请
我们那儿打烊早
大家到齐了再说
材料交齐就走
退火不够容易裂
护士站在走廊那头
别到时候扣这扣那
您看是用手的还是用脚的
先出示一下证件
我记到起了
常去那边转转
是鸡还是鸭
哪一家都一样
看预告片就知道了
厂里老师傅多
师傅手艺没得说
手艺都是练出来的
慢工出细活
急不来的""".splitlines()

_MATCHER = KeywordMatcher.from_terms(TERMS, lexicon=load_lexicon())


@pytest.mark.parametrize("sentence", TALK)
def test_no_term_is_heard_in_ordinary_talk(sentence: str) -> None:
    assert [(hit.term, hit.surface) for hit in _MATCHER.match(sentence)] == []


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_heard_where_it_is_said(term: str) -> None:
    assert [hit.term for hit in _MATCHER.match(f"您说的{term}，我们看看")] == [term]


@pytest.mark.parametrize("term", TERMS)
def test_every_term_alone_is_a_hit(term: str) -> None:
    assert [(hit.start, hit.end, hit.match) for hit in _MATCHER.match(term)] == [(0, len(term), "exact")]
