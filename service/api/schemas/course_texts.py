"""Realistic examples of the course catalogue; invented people and firms, the talks cut short."""

from service.api.schemas.examples import answer

_CARD = {
    "id": "price_unfold",
    "title": "嫌贵之后的三步",
    "description": "价格异议多次没有正面回应",
    "skill": "objection",
    "objections": ["price"],
    "trade": "仓储叉车",
    "minutes": 6,
    "talktrack": "price_too_high",
}
_TEXT = {
    **_CARD,
    "situation": "“太贵了”这三个字，可能是四种意思。这一课练三步：先问跟什么比，再拆到同一个口径，最后才谈让步。",
    "bad": {
        "talk": ["客户：你这叉车也太贵了。", "销售：那您心里价位是多少？", "客户：起码便宜一成吧。"],
        "notice": "没问跟谁比，就请客户出价。",
    },
    "good": {
        "talk": ["客户：你这叉车也太贵了。", "销售：是超了额度，还是有人拿别家的单子比？", "客户：老板手里有一份。"],
        "notice": "第一问就追到了老板手里的那份单子。",
    },
    "why": "仓库经理不是买不起，他是怕买贵了没法交代。",
    "variant": {
        "role": "purchaser",
        "who": "采购",
        "change": "专职采购每天的活就是压价，跟他讲口径和流程。",
        "talk": ["采购：三家里头你最高。", "销售：您比的是到货总价，还是带电池的总价？"],
    },
    "points": ["第一句永远是问：跟哪份比？", "拆成三栏放到同一口径。", "让步绑着条件说。"],
    "practices": [
        {
            "question": "客户说：“再降八个点，今天就签。”你怎么回？",
            "answer": "“我手里能定的是三个点，条件是首付四成。”",
        },
        {"question": "客户笑笑说：“反正就是贵。”怎么接？", "answer": "“那我猜一猜，您看猜得对不对。”"},
    ],
    "self_check": ["客户说贵的时候，我先问了跟什么比", "每一个让步，我都换回了一样东西"],
}
CATALOGUE_OUT = answer({"items": [_CARD]})
COURSE_TEXT_OUT = answer(_TEXT)
