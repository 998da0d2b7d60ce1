"""P8: sample request, tech ≤2 h, logistics ≤4 h, sales ≤1 h, then the process owner; ratings. P9: blockers in 4 h."""

from tests.support.playbooks import World

SAMPLE = ("sample_tech_answer", "sample_logistics_start", "sample_sales_confirm")
PEOPLE = {"owner_id": "rep-1", "manager_id": "mgr-1", "director_id": "dir-1", "process_owner_id": "po-1"}


def roles_told(world: World) -> list[str]:
    return [said["recipient_ids"][0]["role"] for said in world.told()]


def test_a_sample_request_that_everybody_answers_in_time_never_reaches_the_process_owner() -> None:
    world = World(*SAMPLE, start="2026-03-02 09:00")
    world.send("request.created", "r-1", request_type="sample", name="手柄样机", **PEOPLE)
    world.until("2026-03-02 10:50")
    world.send("request.updated", "r-1", tech_answer="provided")
    world.until("2026-03-02 14:40")
    world.send("request.updated", "r-1", logistics_started_at="2026-03-02 14:40")
    world.until("2026-03-02 15:30")
    world.send("request.updated", "r-1", sales_confirmed_at="2026-03-02 15:30")
    world.until("2026-03-04 18:00")

    assert roles_told(world) == ["tech", "logistics", "owner"]
    assert {alert.state for alert in world.alerts} == {"acted"}


def test_each_overdue_step_goes_to_the_process_owner_and_never_to_the_boss() -> None:
    world = World(*SAMPLE, start="2026-03-02 09:00")
    world.send("request.created", "r-1", request_type="sample", **PEOPLE)
    world.until("2026-03-02 11:01")
    assert roles_told(world) == ["tech", "process_owner"]
    world.send("request.updated", "r-1", tech_answer="provided")
    world.until("2026-03-02 15:02")
    assert roles_told(world)[2:] == ["logistics", "process_owner"]
    world.send("request.updated", "r-1", logistics_started_at="2026-03-02 15:02")
    world.until("2026-03-02 16:03")
    assert roles_told(world)[4:] == ["owner", "process_owner"]
    assert not {"manager", "director"} & set(roles_told(world))


def test_hours_of_the_promise_are_working_hours() -> None:
    world = World("sample_tech_answer", start="2026-03-06 17:30")  # Friday
    world.send("request.created", "r-1", request_type="sample", **PEOPLE)
    world.until("2026-03-09 10:29")
    assert roles_told(world) == ["tech"]
    world.until("2026-03-09 10:31")
    assert roles_told(world) == ["tech", "process_owner"]


def test_three_ratings_below_three_stars_put_a_team_on_the_improvement_list() -> None:
    world = World("low_cooperation_ratings", start="2026-03-02 09:00")
    for number, stars in enumerate((2, 5, 1, 3, 2), 1):
        assert world.decisions == []
        world.send("request.rated", f"r-{number}", kind="request", team="物流", stars=stars)
        world.forward(days=1)

    (mark,) = world.decisions
    assert (mark.subject_kind, mark.subject_id, mark.data["tag"]) == ("team", "物流", "协同改进清单")
    assert roles_told(world) == ["process_owner"]


def test_a_blocker_is_answered_by_the_manager_within_four_hours_else_the_director_hears() -> None:
    answered = World("blocker_reported", "blocker_too_long", start="2026-03-02 09:00")
    ignored = World("blocker_reported", "blocker_too_long", start="2026-03-02 09:00")
    for world in (answered, ignored):
        said = {"key_action": "拿到采购清单", "blocker": "设备科要求三家比价", "support_needed": "商务出比价说明"}
        world.send("plan.updated", "day-1", **said, **PEOPLE)
        assert "三家比价" in world.told()[0]["text"]
    answered.until("2026-03-02 12:00")
    answered.send("plan.updated", "day-1", manager_answer="商务下午给")
    for world in (answered, ignored):
        world.until("2026-03-02 13:05")

    assert roles_told(answered) == ["manager"]
    assert roles_told(ignored) == ["manager", "director"]


def test_support_in_more_than_fifty_characters_goes_back_to_its_author() -> None:
    world = World("blocker_reported", "blocker_too_long", start="2026-03-02 09:00")
    world.send("plan.updated", "day-1", blocker="比价", support_needed="要" * 51, **PEOPLE)
    (said,) = world.told()
    assert (said["rule"], said["recipient_ids"][0]["role"]) == ("blocker_too_long", "owner")
    world.forward(minutes=3)

    world.send("plan.updated", "day-1", support_needed="要" * 50)

    assert world.told()[-1]["rule"] == "blocker_reported"
