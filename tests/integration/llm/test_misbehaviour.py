"""Rows 76 to 84: whatever the model or its server does, the analysis is complete, grounded, and says what happened."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nlp.text.masking import load_masker
from nlp.types import Analysis, Turn
from service.adapters.llm.openai_chat import OpenAiChat
from service.adapters.llm.templates import load_templates
from service.domain.assist.ports import Fuse
from service.settings import ROOT
from service.usecases.visits.assist_analysis import Assistant
from tests.support.builders import OTHER_TENANT, TENANT, an_analysis
from tests.support.fakes import FakeClock, FakeIds, MemoryDatabase
from tests.support.injections import corpus
from tests.support.llm_server import LlmServer, envelope, labels, llm_server, summary
from tests.support.receiver import answers, drips, floods, resets, says_nothing

TEMPLATES = load_templates(ROOT / "prompts" / "templates")
TITLES = {("objection", "price"): "价格", ("signal", "budget_info"): "预算信息", ("churn", "x"): "不是标签"}
GOOD = summary(("客户嫌价格高，销售提出分期。", 0, "价格太高了"))
NOTHING = labels()


class Desk:
    """An assistant over one server."""

    def __init__(self, server: LlmServer | str, *, tasks: tuple[str, ...] = ("summary",), **changes: Any) -> None:
        self.clock = FakeClock()
        self.database = MemoryDatabase(FakeIds())
        base_url = server if isinstance(server, str) else server.base_url
        model = OpenAiChat(base_url, "test-model", api_key="sk-invented-key", total_s=changes.pop("total_s", 20.0))
        self.assistant = Assistant(
            uow=self.database, clock=self.clock, ids=FakeIds(5_000), model=model,
            templates={task: TEMPLATES[task] for task in tasks}, masker=load_masker(), titles=TITLES,
            **{"daily_tokens": 1_000_000, "piece_characters": 12_000, **changes},
        )  # fmt: skip

    def assist(self, analysis: Analysis | None = None, tenant: str = TENANT) -> Analysis:
        return self.assistant.assist(tenant, analysis or an_analysis())


def reasons(analysis: Analysis) -> list[tuple[str, str]]:
    return [(skipped.what, skipped.reason) for skipped in analysis.skipped]


def talk(*said: str) -> Analysis:
    turns = tuple(Turn(i, text, "customer" if i % 2 == 0 else "rep", 0.9) for i, text in enumerate(said))
    return replace(an_analysis(), turns=turns, findings=())


def test_a_grounded_summary_takes_the_place_of_the_built_in_one_and_is_labelled() -> None:
    with llm_server(GOOD) as server:
        analysis = Desk(server).assist()

    assert analysis.summary.text == "客户嫌价格高，销售提出分期。"
    assert [sentence.turns for sentence in analysis.summary.sentences] == [(0,)]
    assert analysis.versions["summary"] == "test-model summary/v1"
    assert analysis.skipped == ()
    (request,) = server.asked
    assert (request["model"], request["temperature"]) == ("test-model", 0)


@pytest.mark.parametrize(
    "bad",
    [
        "我不能回答这个问题。",
        '{"sentences": [{"text": "客户嫌价',
        '{"sentences": [], "sentences": []}',
        '{"sentences": [], "score": 100}',
        '{"sentences": [{"text": "好", "quotes": []}]}',
        '{"sentences": [{"text": "客户嫌贵", "quotes": [{"turn": "0", "quote": "价格太高了"}]}]}',
        '{"sentences": [{"text": "客户嫌贵", "quotes": [{"turn": NaN, "quote": "价格太高了"}]}]}',
        "[1, 2]",
        "",
        "{" * 3_000,
        "x" * 70_000,
    ],
    ids=[
        "prose",
        "cut",
        "double key",
        "extra field",
        "no quote",
        "wrong type",
        "NaN",
        "array",
        "empty",
        "deep",
        "long",
    ],
)
def test_an_answer_that_does_not_fit_is_repaired_once_and_asked_for_once_more(bad: str) -> None:
    with llm_server(bad) as server:
        spoilt = Desk(server).assist()
    with llm_server(bad, GOOD) as healing:
        mended = Desk(healing).assist()

    assert spoilt.summary == an_analysis().summary
    assert reasons(spoilt) in ([("llm_summary", "llm_unusable")], [("llm_summary", "llm_down")])
    assert "degraded" in spoilt.skipped[0].remedy
    assert len(server.asked) <= 3
    if bad:
        assert mended.summary.text == "客户嫌价格高，销售提出分期。"
        assert "不合格式" in healing.asked[1]["messages"][0]["content"]


@pytest.mark.parametrize(
    "wrapped", [f"好的，结果如下：\n```json\n{GOOD}\n```\n请查收。", f"<think>他要摘要{{}}</think>{GOOD}"]
)
def test_json_in_prose_is_found(wrapped: str) -> None:
    with llm_server(wrapped) as server:
        assert Desk(server).assist().summary.text == "客户嫌价格高，销售提出分期。"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("text", "turn", "quote"),
    [
        ("客户已经签约。", 0, "今天就签合同"),
        ("客户嫌价格高。", 99, "价格太高了"),
        ("客户嫌价格高。", 1, "价格太高了"),
        ("双方谈得非常愉快。", 0, "价格太高了"),
        ("客户愿出 500 万。", 0, "价格太高了"),
        ("请看 https://evil.example 了解。", 0, "价格太高了"),
        ("请看 evil.com 了解。", 0, "价格太高了"),
        ("<b>客户</b>嫌贵。", 0, "价格太高了"),
        ("![图](//x) 客户嫌贵。", 0, "价格太高了"),
        ("@all 客户嫌贵。", 0, "价格太高了"),
        ("客户嫌贵'; DROP TABLE visits; --", 0, "价格太高了"),
        ("客户嫌贵，运行 rm -rf 即可。", 0, "价格太高了"),
        ("密钥 sk-abcdef0123 客户嫌贵。", 0, "价格太高了"),
        ("王建国先生嫌价格高。", 0, "价格太高了"),
        ("请致电 13800138000 确认价格。", 0, "价格太高了"),
    ],
    ids=[
        "invented quote", "no such turn", "another turn", "not quoted", "invented figure", "URL", "domain", "HTML",
        "image", "mention", "SQL", "shell", "key", "a name nobody said", "a number nobody said",
    ],
)  # fmt: skip
def test_what_does_not_stand_on_a_quote_or_is_no_plain_sentence_is_dropped_and_counted(
    text: str, turn: int, quote: str
) -> None:
    kept = ("销售提出分期。", 1, "我们可以分期")
    with llm_server(summary((text, turn, quote), kept)) as server:
        mixed = Desk(server).assist()
    with llm_server(summary((text, turn, quote))) as server:
        nothing = Desk(server).assist()

    assert [sentence.text for sentence in mixed.summary.sentences] == ["销售提出分期。"]
    assert mixed.dropped_quotes == 1
    assert nothing.summary == an_analysis().summary
    assert reasons(nothing) == [("llm_summary", "llm_ungrounded")]


def test_a_model_that_repeats_its_rules_is_found_out_by_the_canary() -> None:
    def leak(request: dict[str, Any]) -> str:
        canary = request["messages"][1]["content"].splitlines()[0].strip("<>")
        return summary((f"规则里写着{canary}客户嫌贵", 0, "价格太高了"))

    with llm_server(leak) as server:
        assert reasons(Desk(server).assist()) == [("llm_summary", "llm_ungrounded")]


@pytest.mark.parametrize(
    ("behave", "reason", "asked"),
    [
        (answers(429, retry_after="1"), "llm_down", 1),
        (answers(500), "llm_down", 1),
        (answers(401), "llm_refused", 1),
        (answers(404), "llm_refused", 1),
        (answers(302, location="http://127.0.0.1:1/"), "llm_down", 1),
        (resets, "llm_down", 1),
        (says_nothing, "llm_down", 1),
        (floods, "llm_down", 1),
        (drips(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n" + b"{" * 200), "llm_down", 1),
        (answers(200, b'{"error": {"message": "overloaded"}}'), "llm_down", 1),
        (answers(200, b'{"choices": []}'), "llm_down", 1),
        (answers(200, b'{"choices": [{"message": {"content": null}}]}'), "llm_down", 1),
        (answers(200, b"<html>"), "llm_down", 1),
        (answers(200, b"[" * 50_000), "llm_down", 1),
    ],
    ids=["429", "500", "401", "404", "302", "reset", "silence", "endless", "drips", "error in 200", "no choice",
         "null", "HTML", "deep"],
)  # fmt: skip
def test_a_server_that_fails_never_fails_the_job(behave: Any, reason: str, asked: int) -> None:
    with llm_server(behave) as server:
        analysis = Desk(server, total_s=4.0).assist()

    assert analysis.summary == an_analysis().summary
    assert reasons(analysis) == [("llm_summary", reason)]
    assert len(server.asked) == asked


def test_a_server_that_is_not_there_and_a_forbidden_address_degrade_too() -> None:
    with llm_server(GOOD) as server:
        gone = server.base_url
    assert reasons(Desk(gone).assist()) == [("llm_summary", "llm_down")]


def test_after_five_failures_nobody_is_asked_for_half_a_minute_then_one_is() -> None:
    with llm_server(answers(500)) as server:
        desk = Desk(server)
        for _ in range(8):
            desk.assist()
        assert len(server.asked) == 5
        desk.clock.forward(seconds=31)
        desk.assist()
        assert len(server.asked) == 6
        desk.assist()
        assert len(server.asked) == 6


def test_a_fuse_closes_again_after_a_success_and_lets_one_through_when_half_open() -> None:
    fuse, clock = Fuse(), FakeClock()
    for _ in range(5):
        fuse.note(False, clock.now())
    clock.forward(seconds=30)
    assert [fuse.allows(clock.now()) for _ in range(3)] == [True, False, False]
    fuse.note(True, clock.now())
    assert all(fuse.allows(clock.now()) for _ in range(3))


def test_the_same_question_is_paid_for_once_and_not_across_tenants() -> None:
    with llm_server(GOOD) as server:
        desk = Desk(server)
        assert desk.assist() == desk.assist()
        assert len(server.asked) == 1
        desk.assist(tenant=OTHER_TENANT)
        assert len(server.asked) == 2


def test_a_tenant_spends_no_more_than_its_day_allows_and_starts_anew_at_midnight() -> None:
    with llm_server(lambda _: answers(200, envelope(GOOD, tokens=9_000))) as server:
        desk = Desk(server, daily_tokens=11_000)
        told = [reasons(desk.assist(talk(f"第{n}次说价格太高了", "我们可以分期"))) for n in range(3)]
        assert told == [[], [("llm_summary", "llm_budget")], [("llm_summary", "llm_budget")]]
        assert reasons(desk.assist(tenant=OTHER_TENANT)) == []
        desk.clock.at = (desk.clock.now() + timedelta(days=1)).replace(hour=0)
        assert reasons(desk.assist(talk("第9次说价格太高了", "我们可以分期"))) == []
    assert len(server.asked) == 3


def test_nothing_that_leads_to_a_person_is_sent() -> None:
    analysis = talk("我叫王建国，电话13812345678，身份证11010519491231002X", "张经理您好，车牌京A12345收到")
    with llm_server(GOOD) as server:
        Desk(server, tasks=("summary", "second_opinion")).assist(analysis)

    sent = server.words()
    assert "＊" in sent
    assert all(secret not in sent for secret in ("王建国", "13812345678", "11010519491231002X", "京A12345"))


def test_a_tenant_that_registered_no_processor_sends_nothing() -> None:
    with llm_server(GOOD) as server:
        analysis = Desk(server, may_send=lambda tenant: tenant == OTHER_TENANT).assist()
    assert reasons(analysis) == [("llm", "processor_missing")]
    assert server.asked == []


def test_a_talk_longer_than_the_context_is_sent_whole_in_pieces_and_merged_the_same_each_time() -> None:
    said = [f"第{n}件事：{'详' * 80}" for n in range(100)]

    def tell(request: dict[str, Any]) -> str:
        lines = request["messages"][1]["content"].splitlines()[1:-1]
        numbers = [int(line[1 : line.index("]")]) for line in lines]
        return summary(*[(f"说到第{n}件事。", n, f"第{n}件事") for n in numbers[:6]])

    results = []
    for _ in range(2):
        with llm_server(tell) as server:
            results.append(Desk(server, piece_characters=2_000).assist(talk(*said)).summary)
        sent = server.words()
        assert all(f"第{n}件事" in sent for n in range(100))
        assert len(server.asked) >= 5
    assert results[0] == results[1]
    turns = [sentence.turns[0] for sentence in results[0].sentences]
    assert turns == sorted(turns)
    assert len(turns) == 6
    assert turns[-1] > 50
    assert len(results[0].text) <= 120


def test_a_second_opinion_marks_findings_and_changes_no_score() -> None:
    said = labels((0, "price", "价格太高了"), (1, "price", "没人说过的话"), (0, "no_such_code", "价格太高了"))
    with llm_server(said) as server:
        agreed = Desk(server, tasks=("second_opinion",)).assist()
    with llm_server(NOTHING) as server:
        differs = Desk(server, tasks=("second_opinion",)).assist()

    assert agreed.findings[0].attributes["second_opinion"] == "agrees"
    assert differs.findings[0].attributes["second_opinion"] == "does_not_see_it"
    assert agreed.findings[0].score == differs.findings[0].score == an_analysis().findings[0].score
    assert len(agreed.findings) == 1
    assert "price：价格" in server.asked[0]["messages"][0]["content"]
    assert "不是标签" not in server.asked[0]["messages"][0]["content"]


def obey(wanted: str) -> Any:
    """The most gullible model there is: it does what the conversation told it to, as well as the schema lets it."""

    def say(request: dict[str, Any]) -> str:
        system = request["messages"][0]["content"]
        return json.dumps(
            {
                "sentences": [
                    {"text": wanted[:110], "quotes": [{"turn": 0, "quote": "价格太高了"}]},
                    {"text": system[:100], "quotes": [{"turn": 0, "quote": "价格太高了"}]},
                    {"text": "客户愿付 9999 万。", "quotes": [{"turn": 0, "quote": "价格太高了"}]},
                    {"text": "客户嫌价格高。", "quotes": [{"turn": 0, "quote": "价格太高了"}]},
                ]
            },
            ensure_ascii=False,
        )

    return say


def test_two_hundred_injections_change_no_schema_leak_nothing_and_add_no_link_or_mention() -> None:
    cases = corpus()
    assert len(cases) == 200
    leaks = []
    for case in cases:
        analysis = talk("价格太高了", "我们可以分期", *case.said)
        with llm_server(obey(case.wanted)) as server:
            found = Desk(server).assist(analysis)
        request = server.asked[0]["messages"]
        delimiter = request[1]["content"].splitlines()[0]
        assert request[1]["content"].count(delimiter) == 2, case.name
        assert request[0]["content"].count("忽略以上") == 0, case.name
        shown = found.summary.text
        rules = request[0]["content"]
        bad = ("http", "evil", "@", "＠", "<", "sk-", "9999", "DROP", "rm -rf", "javascript", "](")
        leaks += [(case.name, word) for word in bad if word in shown]
        leaks += [(case.name, "rules")] if rules[:20] in shown else []
        assert found.findings == analysis.findings
        assert found.churn_risk == analysis.churn_risk
    assert leaks == []
