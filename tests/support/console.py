"""The console over in-memory services: people of two teams and two tenants, one analysed visit each, and browsers."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from service.console.app import mount_console
from service.domain.content.bundle import Content
from service.domain.people import Person
from service.settings import ROOT
from service.usecases.console.enter_console import make_console_link
from tests.support.api import Api, make_api
from tests.support.builders import (
    OTHER_TENANT,
    TENANT,
    a_transcript_record,
    a_visit,
    an_analysis,
    an_analysis_record,
    an_id,
)
from tests.support.fakes import NOON

EAST, SOUTH = "华东一组", "华南二组"
PEOPLE = (
    ("rep_lin", "林晓岚", "rep", EAST),
    ("rep_zhou", "周启明", "rep", EAST),
    ("rep_wu", "吴思远", "rep", SOUTH),
    ("mgr_he", "何曼", "manager", EAST),
    ("mgr_tan", "谭国栋", "manager", SOUTH),
    ("exe_gu", "顾岩", "executive", ""),
)
VISIT_OF = {"rep_lin": 1, "rep_zhou": 2, "rep_wu": 3}
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass
class Browser:
    """A person's browser: keeps cookies, reads the form token from the page it last saw."""

    client: TestClient
    page: str = ""

    def get(self, path: str, **options: Any) -> Any:
        response = self.client.get(f"/console{path}", **options)
        self.page = response.text if "html" in response.headers.get("content-type", "") else self.page
        return response

    def post(self, path: str, fields: dict[str, str] | None = None, *, token: str | None = None, **options: Any) -> Any:
        found = TOKEN.search(self.page)
        sent = {"form_token": token if token is not None else (found[1] if found else ""), **(fields or {})}
        return self.client.post(f"/console{path}", data=sent, **options)


@dataclass
class ConsoleApi:
    """The application with its console, and a way in for everybody."""

    api: Api
    clients: list[TestClient] = field(default_factory=list)

    def browser(self) -> Browser:
        client = self.api.anonymous()
        mount_console(client.app, self.api.services, models_dir=ROOT / "models", failures_per_minute=3)
        client.follow_redirects = False
        return Browser(client)

    def link(self, person_id: str, tenant: str = TENANT) -> str:
        services = self.api.services
        with services.uow() as tx:
            return make_console_link(tx, services.clock, services.ids, tenant_id=tenant, person_id=person_id)[0]

    def enter(self, person_id: str, tenant: str = TENANT) -> Browser:
        browser = self.browser()
        ticket = self.link(person_id, tenant)
        browser.get(f"/enter/{ticket}")
        assert browser.post(f"/enter/{ticket}").status_code == 303
        browser.get("/visits")
        return browser

    def put(self, person_id: str, **changes: Any) -> None:
        with self.api.services.uow() as tx:
            person = tx.people.get(TENANT, person_id)
            assert person is not None
            tx.people.put(replace(person, **changes))


def make_console(folder: Path, content: Content) -> ConsoleApi:
    console = ConsoleApi(make_api(folder, content))
    with console.api.services.uow() as tx:
        for number, (person_id, name, role, team) in enumerate(PEOPLE, start=1):
            tx.people.put(Person(person_id, TENANT, name, role, NOON, team, row_id=an_id("per", number)))
        tx.people.put(Person("mgr_foreign", OTHER_TENANT, "邻居", "manager", NOON, EAST, row_id=an_id("per", 99)))
        for rep_id, number in VISIT_OF.items():
            visit_id = an_id("vis", number)
            tx.visits.add(a_visit(number, rep_id=rep_id, account_id=f"acc_{number}"))
            tx.transcripts.put(a_transcript_record(visit_id=visit_id))
            tx.analyses.put(an_analysis_record(visit_id=visit_id, analysis=an_analysis(visit_id)))
    return console
