"""From `POST /v1/events` to hint, briefing, webhook and live cue: what the CRM said, and by which event."""

from datetime import datetime, timedelta
from typing import Any

from service.usecases.visits.live_talks import LiveTalks, Opening
from tests.support.api import OTHER_TENANT, TENANT, Api
from tests.support.builders import an_endpoint
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def tell(api: Api, *events: tuple[str, str, datetime, dict[str, Any]], tenant: str = TENANT) -> list[str]:
    """Send events as a CRM does; the ids under which they stand."""
    sent = [a_cloud_event(*event) for event in events]
    answer = api.client(tenant=tenant).post("/v1/events", json=sent, headers=BATCH)
    assert answer.status_code == 202, answer.text
    return [event["id"] for event in answer.json()["events"]]


def quoted(api: Api, *, tenant: str = TENANT) -> list[str]:
    """An opportunity of acc-1 whose quote has lain nine days."""
    deal = ("opportunity.created", "opportunity/opp-1", NOON - 12 * DAY, {"account_id": "acc-1", "stage": "报价"})
    quote = ("quote.submitted", "quote/q-1", NOON - 9 * DAY, {"opportunity_id": "opp-1", "final_price": 28_000})
    return tell(api, deal, quote, tenant=tenant)


def briefed(api: Api, rep: str = "rep-1") -> list[dict[str, Any]]:
    answer = api.client().post("/v1/briefings", json={"rep_id": rep, "account_id": "acc-1"})
    assert answer.status_code == 200, answer.text
    hints: list[dict[str, Any]] = answer.json()["hints"]
    return hints


def by_card(hints: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {hint["card"]: hint for hint in hints}


def test_a_quote_that_lies_and_a_price_objection_call_for_a_hint_that_names_the_event(api: Api) -> None:
    _, quote_event = quoted(api)
    visit_id = coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - DAY)
    hint = by_card(briefed(api))["quote_waits_price"]
    (fact,) = hint["facts"]
    assert (fact["fact"], fact["kind"], fact["entity_id"], fact["source"]) == (
        "quote_unanswered",
        "quote",
        "q-1",
        "crm",
    )
    assert fact["text"] == "报价28,000元已发出9天，还没有结果"
    assert [event["event_id"] for event in fact["because"]] == [quote_event]
    assert hint["because"][0]["quote"] == "两万八一把太贵了。"
    assert hint["link"] == f"/console/visits/{visit_id}?turn=0#turn-0"
    assert "28,000" not in hint["text"]


def test_after_the_visit_the_list_and_the_webhook_say_the_same(api: Api) -> None:
    with api.services.uow() as tx:
        tx.endpoints.add(an_endpoint(payload="full"))
    quoted(api)
    visit_id = coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - DAY)
    client = api.client()
    listed = by_card([row["hint"] for row in client.get("/v1/hints?account_id=acc-1").json()["items"]])
    hint = listed["quote_waits_price"]
    with api.services.uow(write=False) as tx:
        (event,) = [event for event in tx.events.after(TENANT, None, 10) if event.type == "visit.analyzed"]
    told = by_card(event.data["analysis"]["hints"])["quote_waits_price"]
    analysed = by_card(client.get(f"/v1/visits/{visit_id}/analysis").json()["hints"])["quote_waits_price"]
    for one in (told, analysed):
        assert (one["link"], one["because"][0]["quote"]) == (hint["link"], "两万八一把太贵了。")
        assert one["facts"][0]["because"][0]["event_id"] == hint["facts"][0]["because"][0]["event_id"]
    assert hint["link"].startswith(f"/console/visits/{visit_id}?turn=0#")


def test_what_the_crm_says_later_takes_the_hint_away(api: Api) -> None:
    quoted(api)
    coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - DAY)
    assert "quote_waits_price" in by_card(briefed(api))
    tell(api, ("quote.rejected", "quote/q-1", NOON - timedelta(hours=1), {"opportunity_id": "opp-1"}))
    assert "quote_waits_price" not in by_card(briefed(api))


def test_another_tenants_crm_and_another_accounts_say_nothing(api: Api) -> None:
    quoted(api, tenant=OTHER_TENANT)
    deal = ("opportunity.created", "opportunity/opp-9", NOON - 12 * DAY, {"account_id": "acc-9"})
    tell(api, deal, ("quote.submitted", "quote/q-9", NOON - 9 * DAY, {"opportunity_id": "opp-9"}))
    coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - DAY)
    assert "quote_waits_price" not in by_card(briefed(api))


def test_a_colleague_is_briefed_on_their_own_and_answers_for_themselves(api: Api) -> None:
    quoted(api)
    coached(api.services, 1, *PRICE_LEFT_OPEN, at=NOON - DAY)
    mine, theirs = by_card(briefed(api))["quote_waits_price"], by_card(briefed(api, "rep-2"))["quote_waits_price"]
    assert mine["id"] != theirs["id"]
    assert mine["link"] == theirs["link"]
    waved = {"verdict": "dismissed", "reason": "not_useful"}
    assert api.client().post(f"/v1/hints/{mine['id']}/feedback", json=waved).status_code == 200
    api.clock.forward(hours=1)
    assert "quote_waits_price" not in by_card(briefed(api))
    assert by_card(briefed(api, "rep-2"))["quote_waits_price"]["status"] == "proposed"


def test_a_live_cue_is_joined_with_the_open_quote_and_the_last_order(api: Api) -> None:
    _, quote_event = quoted(api)
    (order_event,) = tell(api, ("order.created", "opportunity/opp-1", NOON - 40 * DAY, {"account_id": "acc-1"}))
    talk = LiveTalks(api.services).open(TENANT, Opening("rep-1", "acc-1"))
    track = next(track for track in api.services.content.talktracks if track.id == "price_too_high")
    known = [talk.setting.crm[name] for name in track.facts if name in talk.setting.crm]
    assert [(fact.fact, fact.because[0].event_id) for fact in known] == [
        ("quote_open", quote_event), ("last_order", order_event),
    ]  # fmt: skip
    assert [fact.text for fact in known] == ["2月21日发出的报价28,000元还在客户手里", "最近一次下单是1月21日（40天前）"]


def test_a_talk_about_one_opportunity_is_told_nothing_of_another(api: Api) -> None:
    quoted(api)
    client = api.client()
    body = {"rep_id": "rep-1", "account_id": "acc-1", "visited_at": NOON.isoformat(), "opportunity_id": "opp-7"}
    visit = client.post("/v1/visits", json=body)
    assert visit.status_code == 201, visit.text
    talks = LiveTalks(api.services)
    assert talks.open(TENANT, Opening("rep-1", "acc-1", visit_id=visit.json()["id"])).setting.crm == {}
    assert "quote_open" in talks.open(TENANT, Opening("rep-1", "acc-1")).setting.crm
