"""People as they are named in talk: surname and title, 我叫 and 联系人, 小李 and 老马.

Why: word segmentation finds 45% of them with many false ones (text.md, section 3); surname and title find 95%.
Invariant: titles are tried longest first (吴总监 is no 吴总), and a surname that is a function word (和, 常, 对) needs
a cue.
"""

import re
from dataclasses import dataclass

from nlp.types import Span

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪"
    "严牛温芦季俞"
    "章鲁葛伍韦申尤毕聂焦柳邢骆岳齐沿梅莫庄辛祝左涂谷祁耿牟卜路詹关苗凌费纪靳盛童欧甄项曲鲍屈霍翁隋植甘景单褚闻柯阮桂"
    "闵解强柴阳谈华宁骆肖佟邝巫卞冼滕丛岑薄冉宗阚蒲匡晏卓鄢仇苟池娄邬覃蓝闫代司裘邰战支禹闾逯蔺乌糜逄操漆荀羊麻储"
)
_COMPOUND = "欧阳|上官|司马|诸葛|司徒|东方|独孤|南宫|夏侯|皇甫|尉迟|公孙|慕容|令狐|端木|轩辕|龟田|完颜"
_TITLES = (
    "总经理|副总经理|总工程师|总会计师|总监|总工|总助|副总裁|总裁|副总|董事长|董事|副董|董秘|副院长|院长|"
    "副主任|主任医师|主任|副科长|科长|副处长|"
    "处长|副部长|部长|副厂长|厂长|店长|园长|校长|副校长|馆长|所长|副局长|局长|站长|队长|班长|组长|行长|社长|"
    "村长|镇长|护士长|厨师长|"
    "教导主任|书记|主席|主管|主编|经理|副经理|总代|老师|教授|医生|医师|大夫|护士|师傅|会计|出纳|博士|律师|"
    "工程师|工|总|董|秘书|助理|"
    "先生|女士|小姐|太太|老板娘|老板|哥|姐|嫂子|嫂|叔|婶|姨|伯|爷|科|处|局|院|厂|校|导|队"
)
_LONGEST_FIRST = "|".join(sorted(_TITLES.split("|"), key=len, reverse=True))
# One-character titles that also begin other words.
_LOOSE = {
    "总": "体|共|价|额|部|公司|是|量|数|会|得|要|想|能|装|包|归|之|台|结|面|队|站|经|工|监",
    "工": "厂|程|艺|人|作|期|资|具|地|业|会|序|装|位|时|商|单|况",
    "董": "事",
    "科": "室|技|长|普|研|目",
    "处": "理|长|于|罚|方|分|置",
    "局": "长|域|面|限",
    "院": "长|里|子|内|方",
    "厂": "长|里|子|家|房|区|商",
    "校": "长|准|验|园",
    "导": "致|轨|热|航|师|购|出|入",
    "队": "长|伍|列",
    "哥": "们",
    "姐": "妹|夫",
}
_STOP_BEFORE = re.compile(
    r"(?:前任|现任|上任|历任|工程|课程|流程|过程|教程|项目|主任|责任|对方|双方|甲方|乙方|官方|厂方|院方|校方|"
    r"资方|南方|北方|东方|"
    r"西方|中方|外方|三方|地方|四方|安全|健康|"
    r"交易|贸易|江苏|浙江|西安|清华|金华|机关|海关|相关|有关|无关|把关|公关|开关|单位|名单|订单|清单|账单|"
    r"简单|报单|菜单|千万|一万|两万|百万|几万|十万|"
    r"最高|提高|多高|增高|论文|中文|英文|公文|发文|行业|平安|保安|公安|治安|集团|区域|资金|基金|现金|奖金|"
    r"租金|五金|合金|佣金|押金|定金|国家|时代|"
    r"银行|市场|世纪|年纪|经纪|公路|线路|网路|道路|电路|铁路|一路|高温|保温|降温|室温|控温|四季|换季|旺季|"
    r"淡季|一章|盖章|公章|图章|印章|汽车|叉车|"
    r"白|明白|空白|说白|坦白|不安|公司|上司|支|战|一支|不解|了解|理解|见解|缓解|分解|求解|坚强|加强|增强|太阳|"
    r"座谈|面谈|详谈|洽谈|再谈|没谈|在谈|先谈|要谈|跟谈|去谈|好谈)$"
)
_TITLED = re.compile(rf"(?P<name>{_COMPOUND}|[{_SURNAMES}])(?P<title>{_LONGEST_FIRST})")
_CUED = re.compile(
    rf"(?:我叫|名叫|联系人(?:是|叫|：|:)?|负责人(?:是|叫|：|:)?|我是)(?P<name>(?:{_COMPOUND}|"
    rf"[{_SURNAMES}和常])[一-龥]{{1,2}})(?=[，,。的！!？?\s、；;]|$)"
)
_FAMILIAR = re.compile(
    rf"(?<![一-龥])?(?P<name>[小老][{_SURNAMES}])(?=[，,。！!？?\s、；;]|$|那|说|讲|去|来|在|把|给|跟|你|您|"
    rf"我|他|她|也|都|就|下|上|明|今|后|周|礼|这|做|发|带|的|呢|啊|吧|过|盯|送|打)"
)
_NOT_FAMILIAR = frozenset(
    (
        "小时", "小白", "小高", "老单", "老毛", "小石", "老文", "小康", "小金", "小武", "小宁", "老路", "小路", "小代",
        "老代", "小单", "小文", "老实", "小强", "小关", "小熊", "小麻", "小方",
    )
)  # fmt: skip
_NOT_NAMED = frozenset(("施工", "代工", "安工", "段工", "支队", "战队", "解局"))
_CALLED = re.compile(rf"姓(?P<name>{_COMPOUND}|[{_SURNAMES}和常贝])(?![氏名一-龥]?名)")
# What a text must hold for a rule to find anything: looked for first, for most turns name nobody this way.
_RULES = (
    ("title", _TITLED, ("",)),
    ("cue", _CUED, ("我叫", "名叫", "联系人", "负责人", "我是")),
    ("called", _CALLED, ("姓",)),
    ("familiar", _FAMILIAR, ("小", "老")),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone named in a turn: `name` as said (邵院长, 小何), `title` empty where none was said."""

    name: str
    title: str
    span: Span
    rule: str


def find_people(text: str) -> list[Person]:
    """People named in `text`, in order, without overlap.

    >>> [(p.name, p.title) for p in find_people("最后拍板的是邵院长，吴总监也签，和总部无关")]
    [('邵院长', '院长'), ('吴总监', '总监')]
    """
    found: list[Person] = []
    for rule, pattern, needed in _RULES:
        for match in pattern.finditer(text) if any(word in text for word in needed) else ():
            span = match.span() if rule == "title" else match.span("name")
            person = Person(text[slice(*span)], match["title"] if rule == "title" else "", span, rule)
            if _stands(text, person) and all(span[1] <= p.span[0] or p.span[1] <= span[0] for p in found):
                found.append(person)
    return sorted(found, key=lambda p: p.span)


def _stands(text: str, person: Person) -> bool:
    """Whether the match is a person and no piece of other words (工程总监, 高工资, 小时)."""
    start, end = person.span
    if person.rule == "familiar":
        return person.name not in _NOT_FAMILIAR
    if person.rule != "title":
        return True
    if person.name in _NOT_NAMED:
        return False
    stop = _LOOSE.get(person.title)
    if stop and any(text.startswith(word, end) for word in stop.split("|") if word):
        return False
    return _STOP_BEFORE.search(text[max(0, start - 2) : start + len(person.name) - len(person.title)]) is None
