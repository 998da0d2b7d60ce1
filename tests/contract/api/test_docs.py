"""`/docs` works without a network: everything it names is served from here."""

import gc
import re
import weakref

import pytest
from starlette.testclient import TestClient

from service.api.app import create_app
from tests.support.api import Api


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_pages_name_nothing_outside_and_what_they_name_is_there(api: Api, path: str) -> None:
    client = api.anonymous()
    page = client.get(path)
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) >= 2
    for address in named:
        assert address.startswith("/docs/assets/"), address
        asset = client.get(address)
        assert asset.status_code == 200
        assert len(asset.content) > 500
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_only_the_listed_assets_are_served(api: Api) -> None:
    for name in ("__init__.py", "..%2f__init__.py", "METADATA", ""):
        assert api.anonymous().get(f"/docs/assets/{name}").status_code == 404


def test_the_pages_are_no_part_of_the_described_api(api: Api) -> None:
    paths = api.anonymous().get("/openapi.json").json()["paths"]
    assert not [path for path in paths if path.startswith(("/docs", "/redoc"))]


def test_an_application_that_nobody_serves_is_let_go(api: Api) -> None:
    app = create_app(api.services)
    assert TestClient(app).get("/docs").status_code == 200
    left = weakref.ref(app)
    del app
    gc.collect()
    assert left() is None, "what FastAPI keeps of its endpoints holds it"
