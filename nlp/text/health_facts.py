"""Facts about somebody's health: 我有高血压, 他刚做完手术; not the market for blood pressure meters.

Why: a shop for medical goods names illnesses all day, so an illness is a fact about a person only behind a person and
where nothing in the clause speaks of goods, patients or policies. Invariant: the span is the illness or the treatment
alone; whose it is stays readable.
"""

import re

from nlp.types import Span

_ILLNESS = (
    "高血压|低血压|血压[高低]|高血脂|血脂高|高血糖|血糖[高低]|低血糖|糖尿病|冠心病|心脏病|心梗|心肌梗塞?|心律不齐|早搏|房颤|"
    "脑梗塞?|脑溢血|脑出血|中风|偏瘫|(?:肺|胃|肝|肠|直肠|乳腺|宫颈|胰腺|食道|鼻咽|前列腺|甲状腺|卵巢)?癌症?|肿瘤|白血病|淋巴瘤|"
    "(?:甲状腺|肺|乳腺)?结节|(?:子宫)?肌瘤|囊肿|[甲乙丙]肝|肝硬化|脂肪肝|肝炎|肺炎|肺结核|哮喘|支气管炎|慢阻肺|鼻炎|咽炎|"
    "扁桃体炎|胃炎|胃溃疡|胃病|胃出血|肠胃炎|阑尾炎|胆结石|肾结石|肾炎|肾衰竭?|尿毒症|痛风|尿酸高|类风湿|风湿|关节炎|半月板|"
    "骨折|骨质疏松|腰椎间盘突出|腰突|颈椎病|腰肌劳损|强直性脊柱炎|抑郁症?|焦虑症|双相|精神分裂症?|失眠|自闭症|孤独症|多动症?|"
    "老年痴呆|阿尔茨海默病?|帕金森|癫痫|白内障|青光眼|视网膜脱落|耳聋|残疾|瘫痪|艾滋病?|性病|梅毒|过敏|湿疹|荨麻疹|银屑病|"
    "红斑狼疮|贫血|甲亢|甲减|(?<!不)感冒|发烧|流感|新冠|(?<!太)阳(?=了|过|康)|怀孕|流产|不孕不?育?|试管(?:婴儿)?|宫外孕|早产|保胎|痔疮|"
    "疝气|带状疱疹"
)
_TREATMENT = (
    "手术|化疗|放疗|透析|(?<=[放装做个])支架|搭桥|住院|住了院|(?<=[要刚动去])开刀(?!的|出)|产检|胰岛素|降压药|降糖药|抗抑郁药|安眠药|心理医生|心理咨询|病危|晕倒|"
    "昏迷|输液|挂水|打点滴"
)
_FACT = re.compile(f"{_ILLNESS}|{_TREATMENT}")
_KIN = (
    "爱人|老婆|老公|妻子|丈夫|媳妇|[我你您他她咱][爸妈哥姐弟妹叔姑姨舅]|[爸妈](?![爸妈]*店)|父亲|母亲|爷爷|奶奶|外公|外婆|姥[姥爷]|公公|婆婆|"
    "岳[父母]|丈母娘|老丈人|儿子|女儿|孩子|小孩|闺女|宝宝|孙[子女]|[大二三小][姐哥姨舅叔姑]|[侄甥]"
)
_STAFF = "老板|经理|主任|[一-龥＊]总|[院处科店厂校局][长]|同事|司机|会计|师傅|老师"
_WHO = re.compile(rf"[我你您他她俺](?![们])|本人|{_KIN}|{_STAFF}")
_JUST = re.compile(r"^(?:这两天|这几天|最近|昨[天晚]|今天|刚刚?|前阵子|前两天|上个月|上周|去年)[^，]{0,3}?"
                   r"(?=发烧|感冒|住院|做完|动了|阳|失眠|怀孕|骨折|晕倒)")  # fmt: skip
_GOES_ON = re.compile(r"^(?:查出来?|得了|刚|又|还|也|最近|昨[天晚]|正在|在|做|有|对|住院|住了院|确诊|后来)")
_DONE_TO = re.compile(r"(?:做完?|动了?|动个|要|刚|排了?|开|开完|台|做过|做了)[^，]{0,2}$")
_GOODS = re.compile(
    r"患者|病人|人群|客[人户]|市场|采购|试[剂纸]|渠道|器械|设备|量表|门诊|筛查|条款|责任|保险|团险|耗材|机器|价格|话术|报价|招标|代理|负责|"
    r"医保|冷链|一[盒箱台]|多少钱|投诉|员工|系统|公司|流水|供应链|[做卖]的?[^，]{0,6}药|治[^，好]{0,4}(?:病|失眠)|都[要快]犯|项目|"
    r"就得|会得|会不会|保证|集体|讲发烧|能治|[一几]只|猫|狗|想去|这[种条款]|销售|合同|[一二两三四五六七八九十百千]+台"
)
_NAMED = re.compile(
    r"^(?:科|病房|医院|药|术后|仪|险|等级|人群|原|门诊|中心|机构|器械|室|部|系统|泵|日|钢|皮试|没床|老人的)"
)
_CLAUSE = re.compile(r"[^，。！？；,.!?;]+")
_REACH = 12


def find_health_facts(text: str) -> list[Span]:
    """The [start, end) of each health fact about a person, in order.

    >>> find_health_facts("我有高血压，这款血压计给高血压患者用的")
    [(2, 5)]
    """
    found: list[Span] = []
    before = ""
    for clause in _CLAUSE.finditer(text):
        said = clause[0].strip()
        if not _GOODS.search(said):
            shift = clause.start() + len(clause[0]) - len(clause[0].lstrip())
            found += [(shift + fact.start(), shift + fact.end())
                      for fact in _FACT.finditer(said) if _is_personal(said, fact, before)]  # fmt: skip
        before = said
    return found


def _is_personal(clause: str, fact: re.Match[str], before: str) -> bool:
    if _NAMED.match(clause[fact.end() :]):
        return False
    led = clause[: fact.start()]
    if fact[0] == "手术" and not _DONE_TO.search(led):
        return False
    whose = [match for match in _WHO.finditer(led) if fact.start() - match.end() <= _REACH]
    if whose or (_JUST.match(clause) is not None and fact.start() <= _REACH):
        return True
    goes_on = _GOES_ON.match(clause) is not None or fact.start() == 0
    return goes_on and _WHO.search(before) is not None and not _GOODS.search(before)
