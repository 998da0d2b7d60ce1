"""Each role in a real browser: where it begins, what it is shown, and what it is not."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import NEIGHBOUR, Served, Someone

Enter = Callable[..., Someone]


@pytest.mark.parametrize(
    ("person", "heading"),
    [("rep-su", "苏念慈"), ("trn-shen", "华东一组"), ("mgr-tan", "华南二组"), ("exe-gu", "华东一组")],
)
def test_everybody_begins_where_their_work_is(enter: Enter, person: str, heading: str) -> None:
    someone = enter(person)
    assert someone.page.locator("h1").inner_text() == heading
    someone.shoot(f"home-{person}")


def test_a_rep_of_another_team_sees_nothing_of_this_one(enter: Enter, served: Served) -> None:
    stranger = enter("rep-su")
    visit = served.visit_of("demo-recorded")
    for path in (f"/visits/{visit.id}", "/reps/rep-lin", f"/accounts/{visit.account_id}", "/teams/华东一组"):
        page = stranger.go(path)
        assert page.locator("h1").inner_text() == "这一页打不开"
        assert "林晓岚" not in page.content()
    assert "恒屿" not in stranger.go("/visits").content()


def test_another_tenant_sees_nothing_under_the_same_names(enter: Enter, served: Served) -> None:
    stranger = enter("mgr-he", tenant_id=NEIGHBOUR)
    assert stranger.go(f"/visits/{served.visit_of('demo-recorded').id}").locator("h1").inner_text() == "这一页打不开"
    assert "林晓岚" not in stranger.go("/teams/华东一组").content()
    assert stranger.go("/visits").locator(".empty").is_visible()


def test_an_executive_sees_both_teams(enter: Enter) -> None:
    executive = enter("exe-gu")
    for team in ("华东一组", "华南二组"):
        assert executive.go(f"/teams/{team}").locator("h1").inner_text() == team


def test_a_used_link_and_a_closed_session_open_nothing(enter: Enter, served: Served) -> None:
    someone = enter("rep-lin")
    page = someone.page
    page.get_by_role("button", name="退出").click()
    page.get_by_role("heading", name="登录").wait_for()
    someone.shoot("sign-in")
    someone.go("/reps/rep-lin")
    assert "/sign-in?back=" in page.url
    page.fill("#api_key", "fcue_wrong")
    page.get_by_role("button", name="进入").click()
    assert page.get_by_role("alert").is_visible()
