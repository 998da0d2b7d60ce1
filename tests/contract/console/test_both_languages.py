"""Every page of the console, entered by key, in both languages: it answers, says its language, leaves no key bare."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from service.console.language import LANGUAGES, Language, load_words
from service.console.pages import ROUTERS
from service.domain.coaching.course_rows import CourseRow
from service.domain.content.bundle import Content
from service.domain.playbooks.wordings import CHINESE as SAID
from service.domain.playbooks.wordings import ENGLISH, Wording
from service.domain.privacy.rules import HoldRow, ProcessorRow
from tests.contract.console.test_operations import alert_of
from tests.support.builders import TENANT, an_id
from tests.support.console import EAST, VISIT_OF, Browser, ConsoleApi, make_console
from tests.support.duties import a_request, an_assessment
from tests.support.fakes import NOON

COURSE, VISIT = an_id("crs"), an_id("vis", VISIT_OF["rep_lin"])
REQUEST, ASSESSMENT, PROCESSOR = an_id("req"), an_id("asm"), an_id("prc")
PAGES = {
    "/teams/{team}": f"/teams/{EAST}",
    "/teams/{team}/figures/{name}": f"/teams/{EAST}/figures/pending",
    "/teams/{team}/plans": f"/teams/{EAST}/plans",
    "/reps/{rep_id}": "/reps/rep_lin",
    "/reps/{rep_id}/plan": "/reps/rep_lin/plan",
    "/reps/{rep_id}/figures/{name}": "/reps/rep_lin/figures/talk.patience_ms?of=team",
    "/visits": "/visits",
    "/visits/{visit_id}": f"/visits/{VISIT}",
    "/accounts/{account_id}": "/accounts/acc_1?topic=budget_info",
    "/courses/{assignment_id}": f"/courses/{COURSE}",
    "/appeals": "/appeals",
    "/models": "/models",
    "/alerts": "/alerts?show=all",
    "/metrics": "/metrics",
    "/metrics/{metric_id}": "",  # the first of the list
    "/processes": "/processes",
    "/processes/{process_id}": "/processes/hospital_admission",
    "/playbooks": "/playbooks",
    "/playbooks/new": "/playbooks/new",
    "/playbooks/{rule_id}": "/playbooks/budget_node_stale",
    "/playbooks/{rule_id}/form": "/playbooks/lead_dispatch/form",
    "/reports/daily": "/reports/daily",
    "/reports/weekly": "/reports/weekly",
    "/privacy": "/privacy",
    "/privacy/requests": "/privacy/requests",
    "/privacy/requests/{privacy_request_id}": f"/privacy/requests/{REQUEST}",
    "/privacy/retention": "/privacy/retention",
    "/privacy/processors": "/privacy/processors?host=crm.example",
    "/privacy/processors/{processor_id}": f"/privacy/processors/{PROCESSOR}",
    "/privacy/transfers": "/privacy/transfers",
    "/privacy/assessments": "/privacy/assessments",
    "/privacy/assessments/{assessment_id}": f"/privacy/assessments/{ASSESSMENT}",
    "/privacy/notices": "/privacy/notices",
    "/privacy/reviews": "/privacy/reviews",
    "/privacy/fairness": "/privacy/fairness",
}
OF_EXECUTIVES = ("/privacy/requests", "/privacy/retention", "/privacy/processors", "/privacy/transfers",
                 "/privacy/assessments", "/privacy/fairness")  # fmt: skip
NO_PAGES = {"/", "/teams", "/reports", "/privacy/holds"}  # they lead on to one
HOLDERS = {"as the key's holder": "", "as a manager": "mgr_he"}
LANG = {"zh": "zh-CN", "en": "en"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass
class Words(HTMLParser):
    """What is read on a page: its texts, what is read out to those who do not see it, and the language it claims."""

    found: list[str] = field(default_factory=list)
    lang: str | None = None
    silent: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.lang = said.get("lang") if tag == "html" else self.lang
        self.silent += tag in ("script", "style", "textarea")
        self.found += [value for name in ("aria-label", "title", "placeholder", "alt") if (value := said.get(name))]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style", "textarea")

    def handle_data(self, data: str) -> None:
        if data.strip() and not self.silent:
            self.found.append(" ".join(data.split()))


def read(page: str) -> Words:
    words = Words()
    words.feed(page)
    return words


def words_of_rules(content: Content) -> set[str]:
    """What rules and processes are written in, whoever reads them: they are the firm's own texts, and Chinese."""
    return {stage.title for process in content.processes for stage in process.stages}


def names_of(wording: Wording) -> set[str]:
    """What rules, records and days are called in a language."""
    tables = (wording.subjects, wording.roles, wording.severities, wording.statuses, wording.days)
    return {name for table in tables for name in table.values()}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Iterator[ConsoleApi]:
    """A console with an alert, a course to decide on and what every console of these tests has."""
    console = make_console(tmp_path_factory.mktemp("both"), content)
    alert_of(console)
    with console.api.services.uow() as tx:
        row = CourseRow(COURSE, TENANT, NOON, VISIT, "rep_lin", "price_unfold", "objection", "rule", "练", (),
                        "proposed", NOON + timedelta(days=14))  # fmt: skip
        tx.coaching.courses.add(row)
        tx.privacy.requests.put(a_request(REQUEST))
        tx.privacy.assessments.put(an_assessment(tx, console.api.services, ASSESSMENT))
        for number, kind in enumerate(("person", "account", "visit", "tenant")):
            ended = NOON if kind == "visit" else None
            tx.privacy.holds.put(HoldRow(an_id("hld", number), TENANT, NOON, kind, "acc_1", "R1", "key:1", ended))  # type: ignore[arg-type]
        tx.privacy.processors.put(
            ProcessorRow(PROCESSOR, TENANT, NOON, "webhook", "crm.example", "Far", "CN", "CRM", ("summary",), "D1")
        )
    yield console
    for client in console.api.clients:
        client.close()


@pytest.fixture(scope="module", params=[(who, language) for who in HOLDERS for language in LANGUAGES], ids=str)
def entered(filled: ConsoleApi, request: pytest.FixtureRequest) -> tuple[Browser, Language]:
    """A browser let in by key, which has chosen its language."""
    who, language = request.param
    browser = filled.browser()
    browser.get("/sign-in")
    sent = {
        "api_key": filled.api.key("console", "audit:read", "privacy:write"),
        "person_id": HOLDERS[who],
        "back": "/console/visits",
    }
    assert browser.post("/sign-in", sent).headers["location"] == "/console/visits"
    browser.get("/visits")
    assert browser.post("/language", {"to": language, "back": "/console/visits"}).status_code == 303
    return browser, language


def address(template: str, browser: Browser) -> str:
    if PAGES[template]:
        return PAGES[template]
    (first, *_) = re.findall(r'href="/console(/metrics/[a-z0-9_]+)"', browser.get("/metrics").text)
    return str(first)


@pytest.mark.parametrize("template", PAGES)
def test_every_page_speaks_the_chosen_language(
    filled: ConsoleApi, entered: tuple[Browser, Language], template: str
) -> None:
    browser, language = entered
    answer = browser.get(address(template, browser))
    refused = template.startswith(OF_EXECUTIVES) and ">何曼 " in answer.text
    assert answer.status_code == (403 if refused else 200)
    page = read(answer.text)
    assert page.lang == LANG[language]
    own, other = (load_words(one) for one in (language, "en" if language == "zh" else "zh"))
    assert [text for text in page.found if text in own] == [], "keys without their words"
    assert own["page.skip"] in page.found
    assert other["page.skip"] not in page.found
    if language == "en":
        kept = {text for text in own.values() if CHINESE.search(text)}  # the other language's own name
        foreign = {text for text in other.values() if CHINESE.search(text)} - kept
        foreign |= names_of(SAID)
        assert sorted(foreign & set(page.found) - words_of_rules(filled.api.services.content)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/sign-in", "/enter/none"])
def test_the_way_in_speaks_both_languages_too(filled: ConsoleApi, path: str, language: Language) -> None:
    browser = filled.browser()
    browser.get("/sign-in")
    assert browser.post("/language", {"to": language, "back": f"/console{path}"}).status_code == 303
    answer = browser.get(path)
    page = read(answer.text)
    assert (answer.status_code, page.lang) == (200, LANG[language])
    assert load_words(language)["page.skip"] in page.found


def test_both_catalogues_hold_the_same_keys_and_the_same_blanks() -> None:
    chinese, english = (load_words(language) for language in ("zh", "en"))
    assert chinese.keys() == {key for key in english if not key.startswith("label.")}  # the taxonomy's are Chinese
    blanks = re.compile(r"{(\w+)")
    assert [key for key in chinese if set(blanks.findall(chinese[key])) != set(blanks.findall(english[key]))] == []


def test_both_languages_name_the_same_things_and_fill_the_same_sentences() -> None:
    for table in ("subjects", "roles", "severities", "statuses", "days", "attributes", "frames"):
        assert getattr(SAID, table).keys() == getattr(ENGLISH, table).keys(), table
    blanks = re.compile(r"{(\w+)")
    assert [key for key, frame in SAID.frames.items()
            if set(blanks.findall(frame)) != set(blanks.findall(ENGLISH.frames[key]))] == []  # fmt: skip
    assert [sign for sign, _ in SAID.signs] == [sign for sign, _ in ENGLISH.signs]
    assert not CHINESE.search("".join([*names_of(ENGLISH), *ENGLISH.frames.values(), *ENGLISH.attributes.values()]))


def test_every_shipped_metric_has_an_english_name_until_the_firm_gives_it_one(
    filled: ConsoleApi, entered: tuple[Browser, Language]
) -> None:
    browser, language = entered
    metrics = filled.api.services.content.metrics
    said = set(read(browser.get("/metrics").text).found)
    for metric in metrics:
        own = {f"label.metric.{metric.id}", f"label.metric_definition.{metric.id}"}
        assert own <= load_words("en").keys()
        assert ({metric.title, metric.definition} <= said) == (language == "zh"), metric.id


def test_every_page_of_the_console_is_tried() -> None:
    routes = {
        route.path  # type: ignore[attr-defined]
        for router in ROUTERS
        for route in router.routes
        if "GET" in route.methods and not route.path.endswith((".pdf", "/audio"))  # type: ignore[attr-defined]
    }
    assert routes == set(PAGES) | NO_PAGES
