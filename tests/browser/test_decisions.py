"""What a trainer and a rep decide with the mouse: a course approved, a label corrected in place, an appeal ruled."""

from collections.abc import Callable

from tests.browser.conftest import PHONE, TENANT, Served, Someone

Enter = Callable[..., Someone]


def test_a_trainer_approves_a_course_where_it_stands(enter: Enter, served: Served) -> None:
    with served.installation.services.uow(write=False) as tx:
        mine = {person.id for person in tx.people.of_team(TENANT, "华东一组")}
        row = next(row for row in tx.coaching.courses.find(TENANT, among={"state": ["proposed"]}) if row.rep_id in mine)
    trainer = enter("trn-shen")
    page = trainer.go(f"/reps/{row.rep_id}")
    card = page.locator(f"#course-{row.id}")
    card.get_by_role("button", name="批准").click()
    card.get_by_text("已布置").wait_for()
    trainer.shoot("course-approved")
    with served.installation.services.uow(write=False) as tx:
        approved = tx.coaching.courses.get(TENANT, row.id)
    assert approved is not None
    assert (approved.state, approved.decided_by) == ("assigned", "trn-shen")


def test_a_manager_corrects_a_label_in_place(enter: Enter, served: Served) -> None:
    visit = served.visit_of("demo-recorded")
    manager = enter("mgr-he")
    page = manager.go(f"/visits/{visit.id}")
    page.evaluate("window.untouched = true")
    chip = page.locator(".chip.objection[data-toggle]").first
    panel_id = chip.get_attribute("aria-controls") or ""
    chip.click()
    panel = page.locator(f"#{panel_id}")
    panel.locator("select").select_option("need")
    panel.get_by_role("button", name="应为").click()
    page.locator(f"#{panel_id} .note").wait_for()
    assert "何曼" in page.locator(f"#{panel_id} .note").inner_text()
    assert page.evaluate("window.untouched"), "the page was not left"
    manager.shoot("label-corrected")
    with served.installation.services.uow(write=False) as tx:
        (label,) = tx.coaching.labels.find(TENANT, among={"visit_id": [visit.id]})
    assert (label.verdict, label.should_be, label.finding_id) == (
        "should_be",
        ("need",),
        panel_id.removeprefix("finding-"),
    )


def test_a_trainer_labels_what_the_model_missed_without_leaving_the_page(enter: Enter, served: Served) -> None:
    trainer = enter("trn-shen")
    page = trainer.go(f"/visits/{served.visit_of('demo-recorded').id}")
    page.evaluate("window.untouched = true")
    turn = page.locator("#turn-1")
    turn.get_by_role("link", name="给第 2 句补一个漏掉的标签").click()
    turn.locator("select").select_option("objection.trust")
    trainer.shoot("label-missed")
    turn.get_by_role("button", name="补上").click()
    turn.get_by_text("沈一帆 补标").wait_for()
    page.keyboard.press("n")
    assert page.locator(".turn.found").get_attribute("id") is not None, "the keyboard still knows the turns"
    turn.get_by_role("button", name="撤回这个补标").click()
    turn.get_by_text("沈一帆 补标").wait_for(state="detached")
    assert page.evaluate("window.untouched"), "the page was not left"


def test_a_rep_contests_a_value_and_the_manager_rules(enter: Enter) -> None:
    rep = enter("rep-zhou")
    page = rep.go("/reps/rep-zhou")
    page.locator("[data-open^='skill-']").first.click()
    drawer = page.locator("dialog[open]")
    drawer.get_by_text("我有异议").first.click()
    drawer.locator("textarea").first.fill("这句是客户自己说的")
    drawer.get_by_role("button", name="提交申诉").first.click()
    page.get_by_text("申诉中").first.wait_for()
    manager = enter("mgr-he")
    board = manager.go("/appeals")
    board.get_by_text("这句是客户自己说的").wait_for()
    manager.shoot("appeals-desktop")
    board.locator("textarea").first.fill("听了录音，原判无误")
    board.get_by_role("button", name="维持原判").first.click()
    board.get_by_text("听了录音，原判无误").wait_for()


def test_a_rep_reads_a_course_and_finishes_it(enter: Enter, served: Served) -> None:
    with served.installation.services.uow(write=False) as tx:
        row = next(iter(tx.coaching.courses.find(TENANT, among={"state": ["assigned"]})))
    rep = enter(row.rep_id)
    page = rep.go(f"/courses/{row.id}")
    page.get_by_role("heading", name="客户是怎么想的").wait_for()
    page.get_by_role("heading", name="再练一题").wait_for()
    assert page.locator(".ticks li").count() >= 3
    rep.shoot("course-desktop")
    page.fill("#answer", "先问清楚跟哪一家、哪一块比。")
    page.get_by_role("button", name="完成这门课").click()
    page.get_by_text("先问清楚跟哪一家").wait_for()


def test_a_course_is_read_on_a_phone_without_moving_it_sideways(enter: Enter, served: Served) -> None:
    with served.installation.services.uow(write=False) as tx:
        row = next(iter(tx.coaching.courses.find(TENANT, among={"state": ["assigned", "completed"]})))
    rep = enter(row.rep_id, size=PHONE)
    page = rep.go(f"/courses/{row.id}")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert page.evaluate(wide) is False
    again = page.locator("section", has=page.get_by_role("heading", name="再练一题"))
    assert again.locator("details p").first.is_hidden()
    again.get_by_text("参考答案").click()
    again.locator("details p").first.wait_for()
    rep.shoot("course-phone")
