"""Rules explained in two languages: the same sentences, the firm's own words as they stand, expressions as read out."""

import re

import pytest

from service.domain.playbooks.explain import explain, explain_briefly, explain_part
from service.domain.playbooks.wordings import CHINESE, ENGLISH
from tests.support.playbooks import a_rule
from tests.support.shelf import shipped_shelf

SHIPPED = {rule.id: rule for rule in shipped_shelf().shipped.rules}
HAN = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")


@pytest.mark.parametrize("rule_id", SHIPPED)
def test_english_holds_no_chinese_but_the_firms_own_words(rule_id: str) -> None:
    book = SHIPPED[rule_id].book
    said = explain(book, ENGLISH)
    own = [text for _, action in book.placed_actions() for _, text in action.texts]
    own += [str(getattr(action.body, "stage", "")) for _, action in book.placed_actions()]
    for text in sorted({book.title, *own}, key=len, reverse=True):
        said = said.replace(text, "") if text else said
    assert HAN.findall(QUOTED.sub("", said)) == []
    assert len(explain(book, ENGLISH).split("\n")) == len(explain(book).split("\n")), "sentence by sentence"


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("budget.age > hours(72) && purchase.n == 0",
         "time since the last “budget” is more than 72 hours, and number of “purchase” is 0",
         "“budget”距上次的时间超过72小时，且“purchase”次数等于0"),
        ("!answer.present || demo.n >= 3", "“answer” is not there, or number of “demo” is at least 3",
         "没有“answer”，或“demo”次数不少于3"),
        ('stage.text in ["won", "a > b && !c"]', '“stage” is one of ["won", "a > b && !c"]',
         '“stage”属于["won", "a > b && !c"]'),
        ("delivery.until < days(1)", "time left until “delivery” is less than 1 day", "“delivery”离该时间还有少于1天"),
    ],
)  # fmt: skip
def test_an_expression_is_read_out_and_what_it_quotes_stands(text: str, english: str, chinese: str) -> None:
    assert explain_part(text, ENGLISH) == english
    assert explain_part(text, CHINESE) == chinese


def test_a_list_says_when_and_what_in_two_sentences() -> None:
    rule = a_rule("demo: {field: demo_at}", "'!demo.present'", more="every: {at: '08:50', on: monday}", text="看看")
    assert explain_briefly(rule.book, ENGLISH) == (
        "Every Monday at 08:50, it fires when “demo” is not there. Then: tell owner, manager: “看看”."
    )
    assert explain_briefly(rule.book) == "每周一08:50，当没有“demo”时触发。 触发后：通知负责人、主管：“看看”。"
