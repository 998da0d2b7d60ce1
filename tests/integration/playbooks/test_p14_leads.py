"""P14: leads by heat and coefficient; hot ones to the top three; 15 min reminder, 2 h manager, 4 h once more."""

from tests.support.playbooks import World

HOT = {"name": "云杉新能源", "industry": "储能", "budget": 1_200_000, "urgency": "high", "manager_id": "mgr-1"}


def an_office() -> World:
    """Four reps: rep-1 wins most in the industry and answers fastest, rep-4 has nothing to show."""
    world = World("lead_dispatch", start="2026-02-20 09:00")
    won = {"rep-1": 4, "rep-2": 3, "rep-3": 2, "rep-4": 0}
    minutes = {"rep-1": 5, "rep-2": 10, "rep-3": 30, "rep-4": 200}
    for rep, number in won.items():
        for each in range(number):
            world.send("opportunity.won", f"o-{rep}-{each}", industry="储能", owner_id=rep)
        world.send("lead.assigned", f"old-{rep}", owner_id=rep, confirmed_at="2026-02-20 09:00")
        world.forward(minutes=minutes[rep])
        world.send("lead.confirmed", f"old-{rep}", owner_id=rep)
    world.until("2026-03-02 10:00")
    return world


def test_hot_leads_go_to_the_top_three_in_turn_with_the_reasons() -> None:
    world = an_office()
    for number in range(4):
        world.send("lead.created", f"hot-{number}", **HOT)

    given = [decision.data["assigned_to"] for decision in world.decisions]
    assert given == ["rep-1", "rep-2", "rep-3", "rep-1"]
    first = world.decisions[0].data
    assert (first["heat"], first["hot"]) == (100.0, True)
    assert [each["person"] for each in first["ranking"]] == ["rep-1", "rep-2", "rep-3", "rep-4"]
    assert first["ranking"][0]["coefficient"] > first["ranking"][1]["coefficient"] > first["ranking"][3]["coefficient"]
    said = world.told()[0]
    assert said["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]
    assert "15分钟" in said["text"]


def test_unconfirmed_it_reminds_after_15_minutes_tells_the_manager_after_2_hours_and_moves_on_after_4() -> None:
    world = an_office()
    world.send("lead.created", "hot-1", **HOT)
    assert len(world.told()) == 1
    world.forward(minutes=14)
    assert len(world.told()) == 1
    world.forward(minutes=2)
    assert world.told()[-1]["recipient_ids"] == [{"role": "owner", "person": "rep-1"}]
    world.until("2026-03-02 12:01")
    assert world.told()[-1]["recipient_ids"] == [{"role": "manager", "person": "mgr-1"}]

    world.until("2026-03-02 14:01")

    assert [decision.data["assigned_to"] for decision in world.decisions] == ["rep-1", "rep-2"]


def test_a_confirmation_stops_the_clock() -> None:
    world = an_office()
    world.send("lead.created", "hot-1", **HOT)
    world.forward(minutes=10)
    world.send("lead.updated", "hot-1", confirmed_at="2026-03-02 10:10", owner_id="rep-1")
    world.forward(hours=8)

    assert len(world.told()) == 1
    assert world.one_alert("lead_dispatch").state == "acted"


def test_a_lead_where_no_rep_is_known_is_addressed_to_nobody_and_says_so() -> None:
    world = World("lead_dispatch", start="2026-03-02 10:00")
    world.send("lead.created", "l-1", urgency="low")

    assert world.decisions[0].data["assigned_to"] == ""
    assert world.told() == []
