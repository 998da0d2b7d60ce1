"""What pages say of numbers in doubt and of what was taken back, and that dead ends are told as such."""

from dataclasses import replace
from datetime import timedelta

from nlp.types import Analysis, Explanation
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.reviews import Appeal
from service.domain.evidence import Evidence
from service.domain.privacy.withdrawal import Withdrawal
from service.usecases.playbooks.evaluate_playbooks import evaluate_playbooks
from tests.support.builders import TENANT, an_analysis, an_analysis_record, an_id
from tests.support.coached import ASKED, PRICE_LEFT_OPEN, coached
from tests.support.console import EAST, VISIT_OF, ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

LIN = an_id("vis", VISIT_OF["rep_lin"])


def withdrawn_course() -> CourseRow:
    because = (Evidence(LIN, 0, "价格太高了", NOON, "customer"),)
    return CourseRow(
        an_id("crs"), TENANT, NOON, LIN, "rep_lin", "price_unfold", "objection", "rule", "两次没接住价格", because,
        "withdrawn", NOON + timedelta(days=14), withdrawn=Withdrawal(NOON, an_id("app"), "所依据的标签不成立"),
    )  # fmt: skip


def test_a_withdrawn_course_stays_to_be_read_with_its_reason_and_nothing_to_decide(console: ConsoleApi) -> None:
    with console.api.services.uow() as tx:
        tx.coaching.courses.add(withdrawn_course())
    manager = console.enter("mgr_he")
    for path in ("/reps/rep_lin", f"/visits/{LIN}", f"/courses/{an_id('crs')}"):
        page = manager.get(path).text
        assert "已撤回" in page, path
        assert "所依据的标签不成立" in page, path
        assert "两次没接住价格" in page, path
    assert "/approve" not in manager.get("/reps/rep_lin").text
    assert manager.post(f"/courses/{an_id('crs')}/approve").status_code == 409
    assert "两次没接住价格" not in manager.get(f"/teams/{EAST}").text, "nothing waits for the trainer any more"


def test_a_talk_figure_under_appeal_is_marked_for_the_rep_and_the_team(console: ConsoleApi) -> None:
    visit = coached(console.api.services, 7, *PRICE_LEFT_OPEN, at=NOON - timedelta(hours=3), rep="rep_lin")
    month = f"month={NOON:%Y-%m}"
    manager = console.enter("mgr_he")
    assert "申诉中" not in manager.get(f"/reps/rep_lin?{month}").text
    with console.api.services.uow() as tx:
        tx.coaching.appeals.add(
            Appeal(an_id("app"), TENANT, NOON, visit, "rep_lin", "finding", "f", "", "太贵", "不是嫌贵",
                   figures=("handling_rate",))
        )  # fmt: skip
    row = manager.get(f"/reps/rep_lin?{month}").text.split("异议应答率")[1].split("</tr>")[0]
    assert row.count(">申诉中<") == 2, "their own figure and the team's, not last month's"
    tile = manager.get(f"/teams/{EAST}?{month}").text.split("异议应答率")[1].split("</div>")[0]
    assert ">申诉中<" in tile


def without_objections() -> Analysis:
    return replace(an_analysis(LIN), findings=())


def test_a_visit_without_objections_offers_no_way_to_the_next(console: ConsoleApi) -> None:
    manager = console.enter("mgr_he")
    before = manager.get(f"/visits/{LIN}").text
    with console.api.services.uow() as tx:
        tx.analyses.put(an_analysis_record(visit_id=LIN, analysis=without_objections()))
    after = manager.get(f"/visits/{LIN}").text
    assert ('data-step="1" disabled' in before, 'data-step="1" disabled' in after) == (False, True)
    assert "没有发现异议" in after
    assert "<kbd>N</kbd>" in before
    assert "<kbd>N</kbd>" not in after


def test_a_metrics_records_are_named_and_its_cases_carry_its_unit(console: ConsoleApi) -> None:
    api = console.api
    deal = {"name": "骆驼医院手柄采购", "rep_id": "rep_lin"}
    events = [a_cloud_event("opportunity.created", "opportunity/o1", api.clock.now(), deal)]
    for number in range(3):
        checked = {"opportunity_id": "o1", "compliant": number > 0}
        events.append(a_cloud_event("quote.checked", f"quote/q-{number}-8812", api.clock.now(), checked))
    for event in events:
        assert api.client().post("/v1/events", json=event).status_code == 202
    page = console.enter("mgr_he").get("/metrics/compliant_actions").text
    assert page.count("骆驼医院手柄采购 · 报价") == 3
    assert "3 条样本" in page
    assert "近 30 天" in page
    assert "100%" in page
    assert "1.00" not in page


def test_an_appeal_leads_to_its_words_and_tells_what_went_with_it(console: ConsoleApi) -> None:
    visit = coached(console.api.services, 7, *ASKED, *PRICE_LEFT_OPEN, at=NOON - timedelta(hours=3), rep="rep_lin")
    client = console.api.client()
    found = client.get(f"/v1/visits/{visit}/analysis").json()["findings"]
    price = next(one["id"] for one in found if one["code"] == "price")
    body = {"subject": "finding", "target_id": price, "reason": "不是嫌贵"}
    appeal = client.post("/v1/appeals", json=body).json()["id"]
    manager = console.enter("mgr_he")
    page = manager.get("/appeals").text
    assert f"/visits/{visit}?turn=2#turn-2" in page
    assert "标签 · 价格" in page
    assert "随之撤回" not in page
    assert manager.post(f"/appeals/{appeal}", {"state": "upheld", "ruling": "是玩笑"}).status_code == 303
    gone = [one for one in client.get("/v1/hints?account_id=acc-1").json()["items"] if one["status"] == "withdrawn"]
    assert gone
    assert f"提示 {len(gone)} 条" in manager.get("/appeals").text


def test_an_alert_leads_to_what_was_said_where_there_is_a_visit_to_read(console: ConsoleApi) -> None:
    api = console.api
    for number, account in enumerate(("acc_1", "acc_nobody_visits")):
        told = {"name": f"采购{number}", "stage": "proposal", "owner_id": "rep_lin", "account_id": account}
        event = a_cloud_event("opportunity.created", f"opportunity/o{number}", api.clock.now(), told)
        assert api.client().post("/v1/events", json=event).status_code == 202
    evaluate_playbooks(api.services)
    api.clock.forward(hours=73)
    evaluate_playbooks(api.services)
    manager = console.enter("mgr_he")
    page = manager.get("/alerts").text
    assert "采购0" in page
    assert "采购1" in page
    assert "/accounts/acc_1?topic=budget_info" in page
    assert manager.get("/accounts/acc_1?topic=budget_info").status_code == 200
    assert "/accounts/acc_nobody_visits" not in page, "that page would not be found"
    assert "没有可看的拜访" in page


def test_a_finding_that_a_language_model_added_says_so_beside_its_score(console: ConsoleApi) -> None:
    built_in = an_analysis(LIN)
    (found,) = built_in.findings
    added = replace(
        found, score=0.21, explanation=Explanation("second_opinion", "test-model second_opinion/v1"),
        attributes={"second_opinion": "added", "threshold": 0.42},
    )  # fmt: skip
    manager = console.enter("mgr_he")
    before = manager.get(f"/visits/{LIN}").text
    with console.api.services.uow() as tx:
        tx.analyses.put(an_analysis_record(visit_id=LIN, analysis=replace(built_in, findings=(added,))))
    after = manager.get(f"/visits/{LIN}").text
    said = "语言模型补充，本机模型拿不准"
    assert (said in before, said in after) == (False, True)
    assert "21%" in after.split(said)[0].rsplit("<span", 1)[1]
