"""P5: a white paper is downloaded, and within two minutes its customer's owner has key points and three cases."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support import crm_vendors
from tests.support.crm import a_cloud_event
from tests.support.crm_office import Office
from tests.support.crm_story import Story

RULE, PROMISE = "whitepaper_downloaded", timedelta(minutes=2)
ACCOUNT: dict[str, Any] = {
    "id": "acc-1",
    "name": "云杉新能源",
    "industry": "储能",
    "assignedUserId": "rep-1",
    "managerId": "mgr-1",
}


def deals_and_customer(office: Office) -> None:
    """Four deals of the industry were won, one was lost; EspoCRM tells of the customer."""
    for number, stage in enumerate(["赢单"] * 4 + ["输单"], 1):
        name = f"储能项目{number}" if stage == "赢单" else "没成的"
        won_at = office.now - timedelta(days=number)
        about = {"name": name, "industry": "储能", "amount": 100_000 * number, "stage": stage}
        office.tell_all(a_cloud_event("opportunity.created", f"opportunity/w-{number}", won_at, about))
    office.hook("espocrm", crm_vendors.espo("Account.create", ACCOUNT))


def download(office: Office) -> None:
    """The website's own event, between two rounds of the runner."""
    Story.tell(office, "content.downloaded", "account/acc-1", content_type="whitepaper", title="工商业储能白皮书",
               contact="林工")  # fmt: skip


def seconds_pass(office: Office, number: int) -> None:
    for _ in range(number):
        office.pass_time(seconds=1)
        office.tick()


def test_key_points_and_three_cases_reach_the_owner_within_two_minutes_of_the_runners_own_rounds(
    office: Office,
) -> None:
    deals_and_customer(office)
    download(office)
    downloaded = office.now
    seconds_pass(office, 120)

    pack = office.one(rule=RULE)
    assert timedelta(0) < pack.at - downloaded <= PROMISE
    assert pack.people == {"owner": "rep-1"}
    assert "工商业储能白皮书" in pack.data["text"]
    assert pack.data["details"]["talktrack"]["strategies"][0]["say"]
    assert [case["name"] for case in pack.data["details"]["cases"]] == ["储能项目1", "储能项目2", "储能项目3"]
    assert "没成的" not in pack.data["text"]


def test_after_a_minute_and_a_half_without_a_runner_the_promise_is_still_kept(office: Office) -> None:
    deals_and_customer(office)
    download(office)
    downloaded = office.now
    office.pass_time(seconds=90)  # nobody is there to look
    seconds_pass(office, 29)

    assert office.one(rule=RULE).at - downloaded <= PROMISE


@pytest.mark.parametrize("follows_up", [True, False])
def test_the_manager_hears_when_nobody_follows_up_within_two_working_hours(office: Office, *, follows_up: bool) -> None:
    deals_and_customer(office)
    download(office)
    office.until("2026-03-02 10:30")
    if follows_up:
        office.tell("call.logged", "account/acc-1")
    office.until("2026-03-02 11:05")
    assert [it.roles for it in office.heard(rule=RULE)] == [["owner"]] + [["manager"]] * (not follows_up)


def test_a_template_is_no_white_paper(office: Office) -> None:
    deals_and_customer(office)
    office.tell("content.downloaded", "account/acc-1", content_type="template", title="报价单")
    seconds_pass(office, 5)
    assert office.heard(rule=RULE) == []
