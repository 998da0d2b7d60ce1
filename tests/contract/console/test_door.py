"""Into the console and out of it, as a browser sees it: cookies, forms, headers, and what ends a session."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from service.console.app import SafeHeaders
from tests.support.builders import TENANT
from tests.support.console import Browser, ConsoleApi


def test_a_link_opens_once_and_leads_to_the_persons_first_page(console: ConsoleApi) -> None:
    browser, ticket = console.browser(), console.link("mgr_he")
    assert browser.get(f"/enter/{ticket}").status_code == 200
    assert browser.get(f"/enter/{ticket}").status_code == 200, "looking does not use it up"
    entered = browser.post(f"/enter/{ticket}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/")
    assert browser.get("/").headers["location"] == "/console/teams"
    stranger = console.browser()
    stranger.get(f"/enter/{ticket}")
    assert stranger.post(f"/enter/{ticket}").status_code == 401


def test_a_rep_begins_with_their_own_report(console: ConsoleApi) -> None:
    assert console.enter("rep_lin").get("/").headers["location"] == "/console/reps/rep_lin"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(console: ConsoleApi) -> None:
    browser, ticket = console.browser(), console.link("mgr_he")
    browser.get(f"/enter/{ticket}")
    cookie = browser.post(f"/enter/{ticket}").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/console", "Max-Age=43200"} <= set(cookie.split("; "))


def test_a_key_opens_it_as_its_holder_or_as_somebody(console: ConsoleApi) -> None:
    key = console.api.key("console")
    for person_id, begins in (("", "/console/teams"), ("rep_lin", "/console/reps/rep_lin")):
        browser = console.browser()
        browser.get("/sign-in")
        assert browser.post("/sign-in", {"api_key": key, "person_id": person_id}).status_code == 303
        assert browser.get("/").headers["location"] == begins


def test_a_wrong_key_is_refused_and_guessing_is_slowed_down(console: ConsoleApi) -> None:
    browser = console.browser()
    browser.get("/sign-in")
    statuses = [browser.post("/sign-in", {"api_key": "fcue_x"}).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/console/\\evil", "/v1/visits", ""])
def test_signing_in_never_leads_elsewhere(console: ConsoleApi, back: str) -> None:
    browser = console.browser()
    browser.get("/sign-in")
    entered = browser.post("/sign-in", {"api_key": console.api.key("console"), "back": back})
    assert entered.headers["location"] == "/console/"


def test_signing_in_leads_back_to_where_one_was_going(console: ConsoleApi) -> None:
    browser = console.browser()
    sent = browser.get("/visits?rep=rep_lin").headers["location"]
    assert sent == "/console/sign-in?back=/console/visits%3Frep%3Drep_lin"
    browser.client.follow_redirects = True
    assert 'value="/console/visits?rep=rep_lin"' in browser.get(sent.removeprefix("/console")).text


def test_a_link_from_a_chat_asks_again_from_our_own_page(console: ConsoleApi) -> None:
    """SameSite=Strict keeps the cookie back on the first step from outside; the second one brings it."""
    answer = console.browser().get("/visits", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.text


def is_out(browser: Browser) -> bool:
    return str(browser.get("/visits").headers.get("location", "")).startswith("/console/sign-in")


def test_leaving_ends_the_session(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    kept = browser.client.cookies["fieldcue_session"]
    assert browser.post("/sign-out").status_code == 303
    browser.client.cookies.set("fieldcue_session", kept, path="/console")
    assert is_out(browser)


def test_whoever_leaves_the_firm_is_out_at_once(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    console.put("mgr_he", active=False)
    assert is_out(browser)


def test_idleness_ends_the_session(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    console.api.clock.forward(hours=1, minutes=59)
    assert not is_out(browser)
    console.api.clock.forward(hours=2)
    assert is_out(browser)


@pytest.mark.parametrize("path", ["/sign-out", "/language", "/appeals", "/sign-in"])
def test_a_form_without_this_sessions_token_is_refused(console: ConsoleApi, path: str) -> None:
    browser, other = console.enter("rep_lin"), console.enter("rep_zhou")
    other.get("/visits")
    foreign = other.page.split('name="form_token" value="')[1][:64]
    for token in ("", "0" * 64, foreign):
        assert browser.post(path, {"to": "en"}, token=token).status_code == 403
    assert not is_out(browser)


def test_every_form_on_every_page_carries_the_token(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    for path in ("/visits", "/teams/华东一组", "/reps/rep_lin", "/visits/vis_" + "1".zfill(32), "/sign-in"):
        browser.get(path)
        posts = browser.page.count('method="post"')
        assert browser.page.count('name="form_token"') == posts, path


def test_every_answer_forbids_framing_and_foreign_or_inline_code(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    for path in ("/visits", "/nowhere", "/visits/nowhere"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert "<script>" not in browser.page
        assert " style=" not in browser.page


@pytest.mark.parametrize(("over_tls", "told"), [(True, "max-age=31536000"), (False, None)])
def test_a_console_opened_over_tls_is_opened_so_ever_after(over_tls: bool, told: str | None) -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("ok", headers={"x-frame-options": "ALLOWALL"})(scope, receive, send)

    headers = TestClient(SafeHeaders(page, over_tls=over_tls)).get("/").headers
    assert headers.get("strict-transport-security") == told
    assert headers["x-frame-options"] == "DENY"


def test_nothing_comes_from_another_host_and_assets_are_kept_for_good(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    browser.get("/teams/华东一组")
    addresses = [part.split('"')[0] for part in browser.page.split('src="')[1:] + browser.page.split('href="')[1:]]
    assert all(address.startswith(("/console/", "#")) for address in addresses), addresses
    for address in {found for found in addresses if "/static/" in found}:
        asset = browser.get(address.removeprefix("/console"))
        assert asset.status_code == 200, address
        assert "immutable" in asset.headers["cache-control"]


def test_an_old_or_invented_asset_address_answers_404(console: ConsoleApi) -> None:
    browser = console.browser()
    for path in ("/static/000000000000/console.css", "/static/x/../../app.py", "/static/x/secrets"):
        assert browser.get(path).status_code == 404


def test_the_language_is_chosen_and_kept(console: ConsoleApi) -> None:
    browser = console.enter("mgr_he")
    assert "拜访" in browser.page
    assert browser.post("/language", {"to": "en", "back": "/console/visits"}).headers["location"] == "/console/visits"
    assert ">Visits<" in browser.get("/visits").text
    assert browser.post("/language", {"to": "fr"}).status_code == 422


def test_the_api_is_not_opened_by_the_consoles_cookie(console: ConsoleApi) -> None:
    browser = console.enter("exe_gu")
    assert browser.client.get("/v1/visits").status_code == 401
    assert browser.client.get("/openapi.json").json()["paths"].keys().isdisjoint({"/console/visits"})
    assert TENANT not in browser.page
