"""A hint on the visit page opens the words it rests on, at their second, and tells the CRM's fact with its event."""

from datetime import timedelta
from html import unescape

from tests.support.builders import TENANT
from tests.support.coached import PRICE_LEFT_OPEN, coached
from tests.support.console import ConsoleApi
from tests.support.crm import a_cloud_event
from tests.support.fakes import NOON

DAY = timedelta(days=1)


def test_a_hint_opens_its_words_and_tells_the_fact_with_its_event(console: ConsoleApi) -> None:
    api = console.api
    quote = {"account_id": "acc-1", "final_price": 28_000}
    told = api.client().post("/v1/events", json=a_cloud_event("quote.submitted", "quote/q-1", NOON - 9 * DAY, quote))
    event_id = told.json()["events"][0]["id"]
    visit_id = coached(api.services, 31, "r|||您坐。", *PRICE_LEFT_OPEN, at=NOON - DAY, rep="rep_lin")
    page = unescape(console.enter("rep_lin").get(f"/visits/{visit_id}").text)
    hint = next(one for one in page.split('<span class="told">') if "报价发出去一周多" in one)
    assert f'href="/console/visits/{visit_id}?turn=1#turn-1">2026-03-01 · 0:10</a>' in hint.split("<details")[0]
    assert f'title="{event_id}">CRM · 2026-02-21 · 报价28,000元已发出9天，还没有结果' in hint
    with api.services.uow(write=False) as tx:
        stored = [row.document for row in tx.coaching.hints.find(TENANT) if row.card == "quote_waits_price"]
    assert [one.link for one in stored] == [f"/console/visits/{visit_id}?turn=1#turn-1"]
