"""One table from category to status, complete, and answers that repeat nothing."""

import json

import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

import nlp.errors
import service.domain.errors
from nlp.errors import NlpError, NotAudio
from service.api.errors import STATUS_OF, problem_response, service_error, unexpected_error
from service.domain.errors import Conflict, ServiceError, TooManyRequests, Unauthenticated
from service.usecases.visits.resume_upload import ChecksumMismatch

KINDS = [
    kind
    for module in (nlp.errors, service.domain.errors)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, NlpError | ServiceError)
]


def a_request() -> Request:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "app": FastAPI()}
    return Request({**scope, "fieldcue.request_id": "req_1"})


def body(response: Response) -> dict[str, object]:
    return dict(json.loads(bytes(response.body)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status(kind: type[NlpError] | type[ServiceError]) -> None:
    assert 400 <= STATUS_OF[kind.category] < 600


def test_a_problem_has_the_members_of_the_standard_and_ours() -> None:
    response = problem_response(a_request(), 409, "incomplete", "3 bytes are missing", fields={"offset": 7})
    assert response.headers["content-type"] == "application/problem+json"
    assert body(response) == {"type": "urn:fieldcue:problem:incomplete", "title": "Conflict", "status": 409,
                              "detail": "3 bytes are missing", "code": "incomplete", "request_id": "req_1",
                              "offset": 7}  # fmt: skip


ANSWERS = {
    "its category": (Conflict("no"), 409, {}),
    "a status of its own": (Conflict("no", status=423), 423, {}),
    "tus": (ChecksumMismatch("no", status=460), 460, {}),
    "when to come back": (TooManyRequests("no", retry_after_s=60), 429, {"retry-after": "60"}),
    "how to prove who one is": (Unauthenticated("no"), 401, {"www-authenticate": 'Bearer realm="fieldcue"'}),
    "of the language core": (NotAudio("no"), 422, {}),
}


@pytest.mark.parametrize(("error", "status", "headers"), ANSWERS.values(), ids=ANSWERS)
def test_an_error_made_on_purpose_tells_its_detail(error: Exception, status: int, headers: dict[str, str]) -> None:
    response = service_error(a_request(), error)
    assert (response.status_code, body(response)["status"], body(response)["detail"]) == (status, status, "no")
    assert headers.items() <= dict(response.headers).items()
    assert "status" not in getattr(error, "fields", {})


def test_an_error_that_is_not_ours_is_not_taken_for_one() -> None:
    with pytest.raises(KeyError):
        service_error(a_request(), KeyError("x"))


def test_the_last_resort_says_nothing_of_what_failed() -> None:
    response = unexpected_error(a_request(), RuntimeError("secret words"))
    assert (response.status_code, body(response)["code"]) == (500, "internal")
    assert b"secret" not in bytes(response.body)
