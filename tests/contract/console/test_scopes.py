"""R6 on every page: who is not meant to see something gets the answer of what does not exist."""

import pytest

from service.console.rendering import load_templates
from tests.support.builders import OTHER_TENANT, an_id
from tests.support.console import EAST, SOUTH, VISIT_OF, ConsoleApi

LIN, ZHOU, WU = (an_id("vis", VISIT_OF[rep]) for rep in ("rep_lin", "rep_zhou", "rep_wu"))
SEES = {
    "rep_lin": {"rep_lin"},
    "rep_wu": {"rep_wu"},
    "mgr_he": {"rep_lin", "rep_zhou"},
    "mgr_tan": {"rep_wu"},
    "exe_gu": {"rep_lin", "rep_zhou", "rep_wu"},
}


@pytest.mark.parametrize("person", SEES)
def test_reports_visits_accounts_and_lists_stay_within_the_scope(console: ConsoleApi, person: str) -> None:
    browser = console.enter(person)
    for rep_id, number in VISIT_OF.items():
        expected = 200 if rep_id in SEES[person] else 404
        visit_id = an_id("vis", number)
        for path in (f"/reps/{rep_id}", f"/reps/{rep_id}/report.pdf", f"/visits/{visit_id}",
                     f"/accounts/acc_{number}", f"/visits?rep={rep_id}"):  # fmt: skip
            assert browser.get(path).status_code == expected, (person, path)
        listed = visit_id in browser.get("/visits").text
        assert listed is (rep_id in SEES[person]), (person, rep_id)


@pytest.mark.parametrize(
    ("person", "seen"),
    [("rep_lin", []), ("mgr_he", [EAST]), ("mgr_tan", [SOUTH]), ("exe_gu", [EAST, SOUTH])],
)
def test_teams_are_their_leaders_and_the_executives(console: ConsoleApi, person: str, seen: list[str]) -> None:
    browser = console.enter(person)
    assert [team for team in (EAST, SOUTH) if browser.get(f"/teams/{team}").status_code == 200] == seen


def test_what_is_foreign_answers_like_what_never_was(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    for foreign, nobodys in ((f"/visits/{WU}", f"/visits/{an_id('vis', 77)}"), ("/reps/rep_wu", "/reps/nobody"),
                             ("/accounts/acc_3", "/accounts/acc_77"), (f"/teams/{SOUTH}", "/teams/nowhere"),
                             (f"/visits/{WU}/audio", f"/visits/{an_id('vis', 77)}/audio")):  # fmt: skip
        pages = []
        for path in (foreign, nobodys):
            answer = browser.get(path)
            assert answer.status_code == 404, path
            pages.append(answer.text.split("<main")[1].split("req_")[0])
        assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/visits?after=nonsense", "不符合要求"),
        (f"/visits?after={an_id('vis', 77)}", "翻页地址已经失效"),
        (f"/visits?after={WU}", "翻页地址已经失效"),
        ("/appeals?state=nonsense", "不符合要求"),
        ("/alerts?show=nonsense", "不符合要求"),
        ("/accounts/acc_1?topic=nonsense", "没有这个话题"),
        ("/reps/rep_lin?month=nonsense", "不符合要求"),
    ],
)
def test_a_cursor_state_topic_or_month_that_cannot_be_is_told_so(console: ConsoleApi, path: str, words: str) -> None:
    answer = console.enter("mgr_he").get(path)
    assert answer.status_code == 422
    assert words in answer.text


def test_the_pages_do_not_change_under_a_running_process(console: ConsoleApi) -> None:
    templates = load_templates()
    assert not templates.auto_reload
    assert set(templates.list_templates()) == {name for _, name in templates.cache or ()}
    assert console.enter("mgr_he").get("/appeals?state=open").status_code == 200


def test_another_tenants_manager_of_a_team_of_the_same_name_sees_nothing(console: ConsoleApi) -> None:
    browser = console.enter("mgr_foreign", OTHER_TENANT)
    for path in (f"/visits/{LIN}", "/reps/rep_lin", "/accounts/acc_1", f"/visits/{LIN}/audio"):
        assert browser.get(path).status_code == 404, path
    assert "林晓岚" not in browser.get(f"/teams/{EAST}").text
    assert LIN not in browser.get("/visits").text


def test_a_rep_is_told_no_model_figures(console: ConsoleApi) -> None:
    assert console.enter("rep_lin").get("/models").status_code == 403
    assert console.enter("mgr_he").get("/models").status_code == 200


def test_a_person_who_changes_teams_takes_their_scope_along(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    assert browser.get(f"/visits/{LIN}").status_code == 200
    console.put("mgr_he", team=SOUTH)
    assert browser.get(f"/visits/{LIN}").status_code == 404
    assert browser.get(f"/visits/{WU}").status_code == 200
