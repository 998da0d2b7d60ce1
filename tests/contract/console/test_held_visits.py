"""A visit that is held says so in the console; only whoever leads the team sees its words, and releases it."""

from dataclasses import replace

from service.domain.visit import NoticeCheck
from tests.support.builders import TENANT, an_id
from tests.support.console import VISIT_OF, ConsoleApi
from tests.support.fakes import NOON

LIN = an_id("vis", VISIT_OF["rep_lin"])
QUOTE = "价格太高了"


def hold(console: ConsoleApi, state: str = "missing") -> None:
    with console.api.services.uow() as tx:
        visit = tx.visits.get(TENANT, LIN)
        assert visit is not None
        assert visit.consent is not None
        check = NoticeCheck(state, required=True, checked_at=NOON, transcript_version=1)  # type: ignore[arg-type]
        tx.visits.update(replace(visit, consent=replace(visit.consent, check=check)))


def test_the_rep_sees_that_it_is_held_and_not_what_was_found(console: ConsoleApi) -> None:
    rep = console.enter("rep_lin")
    assert QUOTE in rep.get(f"/visits/{LIN}").text
    hold(console)
    page = rep.get(f"/visits/{LIN}").text
    assert "同意未核实" in page
    assert "开头两分钟没有听到录音告知" in page
    assert QUOTE not in page
    assert "核实并放行" not in page
    assert "同意未核实" in rep.get("/visits").text
    assert rep.post(f"/visits/{LIN}/consent", {"reason": "我说过"}).status_code == 403


def test_the_manager_reads_its_words_and_releases_it(console: ConsoleApi) -> None:
    hold(console, "refused")
    manager = console.enter("mgr_he")
    page = manager.get(f"/visits/{LIN}").text
    assert "客户听到录音告知后表示不同意" in page
    assert QUOTE in page
    assert manager.post(f"/visits/{LIN}/consent", {"reason": " "}).status_code == 422
    assert manager.post(f"/visits/{LIN}/consent", {"reason": "电话里补了同意"}).status_code == 303
    assert "同意未核实" not in manager.get(f"/visits/{LIN}").text
    with console.api.services.uow(write=False) as tx:
        visit = tx.visits.get(TENANT, LIN)
        row = tx.privacy.audit.find(TENANT, actions=["consent.confirmed"])[0]
    assert visit is not None
    assert visit.consent is not None
    assert visit.consent.check is not None
    assert (visit.consent.check.state, visit.consent.check.decided_by) == ("confirmed", "mgr_he")
    assert (row.actor, row.why) == ("person:mgr_he", "电话里补了同意")


def test_a_manager_of_another_team_finds_no_such_visit(console: ConsoleApi) -> None:
    hold(console)
    stranger = console.enter("mgr_tan")
    assert stranger.get(f"/visits/{LIN}").status_code == 404
    assert stranger.post(f"/visits/{LIN}/consent", {"reason": "x"}).status_code == 404
