"""P5: a white paper downloaded → key points and three typical cases to the owner.

That it takes no two minutes is held by `scenarios/crm/test_p05_whitepaper.py` over the runner's own rounds, and by
`e2e/test_events_in_time.py` in real ones: here every event is looked at the moment it comes in.
"""

from tests.support.playbooks import World

ACCOUNT = {"name": "云杉新能源", "industry": "储能", "owner_id": "rep-1", "manager_id": "mgr-1"}


def a_downloader(**changes: str) -> World:
    world = World("whitepaper_downloaded", start="2026-03-02 10:00")
    for number, amount in enumerate((300_000, 520_000, 180_000, 990_000), 1):
        world.send("opportunity.created", f"won-{number}", name=f"储能项目{number}", industry="储能", amount=amount)
        world.send("opportunity.updated", f"won-{number}", stage="赢单")
    world.send("opportunity.created", "lost-1", name="没成的", industry="储能", stage="输单")
    world.send("account.created", "acc-1", **ACCOUNT)
    world.forward(minutes=7)
    data = {"content_type": "whitepaper", "title": "工商业储能白皮书", "contact": "林工", **changes}
    world.send("content.downloaded", "acc-1", kind="account", **data)
    return world


def test_the_owner_gets_key_points_and_three_won_cases_of_the_industry() -> None:
    world = a_downloader()

    (pack,) = world.told("whitepaper_downloaded")
    assert pack["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]
    assert "工商业储能白皮书" in pack["text"]
    cases = pack["details"]["cases"]
    assert len(cases) == 3
    assert all(case["event_id"].startswith("cev_") for case in cases)
    assert "没成的" not in pack["text"]
    assert pack["details"]["talktrack"]["id"] == "whitepaper_follow_up"


def test_other_downloads_stay_silent() -> None:
    assert a_downloader(content_type="template").alerts == []


def test_no_call_within_two_working_hours_tells_the_manager_and_a_call_stops_it() -> None:
    ignored, called = a_downloader(), a_downloader()
    called.forward(minutes=30)
    called.send("call.logged", "acc-1", kind="account")
    for world in (ignored, called):
        world.until("2026-03-02 12:30")

    assert [said["recipient_ids"][0]["role"] for said in ignored.told()] == ["owner", "manager"]
    assert [said["recipient_ids"][0]["role"] for said in called.told()] == ["owner"]
    assert called.one_alert("whitepaper_downloaded").state == "acted"
