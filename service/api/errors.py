"""Errors as RFC 9457 problem documents: one table from category to status, for every way a request can fail.

Invariant: every non-2xx answer has a stable `code` and the request's id, and repeats nothing of what was sent.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from nlp.errors import ModelMissing, NlpError
from service.api.rendering import json_bytes
from service.domain.errors import ServiceError

STATUS_OF: Mapping[str, int] = {
    "malformed": 400,
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "stale": 412,
    "too_large": 413,
    "unsupported": 415,
    "too_many": 429,
    "permanent": 502,
    "transient": 503,
    "storage_full": 507,
}
PROBLEM = "application/problem+json"
OPENAI_PATHS = ("/v1/audio/transcriptions", "/v1/models")
_TITLES = {int(status): status.phrase for status in HTTPStatus}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
logger = structlog.get_logger(__name__)


def problem_response(
    request: Request, status: int, code: str, detail: str, *, fields: Mapping[str, object] | None = None
) -> Response:
    """The problem document for one failure; `fields` are extension members (`retry_after_s`, `errors`, ...)."""
    extra = dict(fields or {})
    title = _TITLES.get(status, "Checksum Mismatch")  # 460 is tus, not in the standard table
    body = {"type": f"urn:fieldcue:problem:{code}", "title": title, "status": status, "detail": detail, "code": code,
            "request_id": request_id(request), **extra}  # fmt: skip
    if request.url.path.startswith(OPENAI_PATHS):
        body["error"] = openai_error(status, code, detail, param=extra.get("param"))
    headers = {}
    if "retry_after_s" in extra:
        headers["Retry-After"] = str(extra["retry_after_s"])
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="fieldcue"'
    if "allow" in extra:
        headers["Allow"] = str(extra["allow"])
    return Response(json_bytes(body), status_code=status, media_type=PROBLEM, headers=headers)


def request_id(request: Request) -> str:
    """The id this request was given at the door."""
    return str(request.scope.get("fieldcue.request_id", ""))


def openai_error(status: int, code: str, detail: str, *, param: object = None) -> dict[str, object]:
    """The same failure as OpenAI's packages read it: they show the message of this member and of nothing else."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"message": detail, "type": kind, "param": param, "code": code}


def problem_of(error: BaseException) -> tuple[int, str, str]:
    """Status, code and detail of a failure, for answers that have begun and can no longer be a problem document."""
    if isinstance(error, ServiceError):
        return STATUS_OF[error.category], error.code, error.detail
    if isinstance(error, NlpError):
        return STATUS_OF[error.category], error.code, _with_way_out(error)
    return 500, "internal", "something failed on our side"


def service_error(request: Request, error: Exception) -> Response:
    """A failure that the service raised on purpose."""
    if isinstance(error, ServiceError):
        status = int(str(error.fields.pop("status", STATUS_OF[error.category])))
        return problem_response(request, status, error.code, error.detail, fields=error.fields)
    if isinstance(error, NlpError):
        return problem_response(request, STATUS_OF[error.category], error.code, _with_way_out(error))
    raise error


def _with_way_out(error: NlpError) -> str:
    return f"{error}: {error.remedy}" if isinstance(error, ModelMissing) else str(error)


def invalid_request(request: Request, error: Exception) -> Response:
    """The framework's validation errors: where and what, never the value."""
    found = error.errors() if isinstance(error, (RequestValidationError, ValidationError)) else []
    errors = [{"at": _place(item), "problem": _problem(item)} for item in found[:20]]
    unknown = all(item["type"] == "extra_forbidden" for item in found) and bool(found)
    code = "unknown_field" if unknown else "invalid"
    detail = "; ".join(f"{item['at']}: {item['problem']}" for item in errors[:3]) or "the request is not valid"
    return problem_response(request, 422, code, detail, fields={"errors": errors})


def is_plain_name(text: str) -> bool:
    """Whether a text that a caller made up may be repeated to them: the name of a field or parameter, and no more."""
    return _NAME.fullmatch(text) is not None


def _place(item: Mapping[str, Any]) -> str:
    """Where in the request; a name the caller made up is repeated only when it can be nothing but a name."""
    *above, last = (str(part) for part in item["loc"] or ("body",))
    made_up = item["type"] == "extra_forbidden" and not is_plain_name(last)
    return ".".join([*above, "(unknown)" if made_up else last])


def _problem(item: Mapping[str, object]) -> str:
    if item["type"] == "extra_forbidden":
        return "this field is not part of the request"
    return str(item["msg"])


def http_error(request: Request, error: Exception) -> Response:
    """What the framework itself answers (404, 405, bad form)."""
    if not isinstance(error, HTTPException):
        raise error
    codes = {404: "not_found", 405: "method_not_allowed", 400: "malformed", 413: "too_large"}
    details = {404: "there is nothing at this address", 405: "this address does not take this method"}
    status = error.status_code
    fields = {"allow": _methods_at(request) or error.headers["Allow"]} if error.headers and status == 405 else {}
    detail = details.get(status, "the request could not be read")
    return problem_response(request, status, codes.get(status, "http_error"), detail, fields=fields)


def _methods_at(request: Request) -> str:
    """Every method of this address; the framework names those of the first route that fits."""
    paths: dict[str, dict[str, object]] = request.app.openapi()["paths"]
    found = {method.upper() for path, methods in paths.items() for method in methods
             if compile_path(path)[0].match(request.url.path)}  # fmt: skip
    return ", ".join(sorted(found))


def unexpected_error(request: Request, error: Exception) -> Response:
    """The last resort: logged with its type and place; not with its message, which may quote what was sent."""
    places = [f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in extract_tb(error.__traceback__)[-12:]]
    logger.error(
        "request failed unexpectedly", request_id=request_id(request), error=type(error).__name__, places=places
    )
    detail = "something failed on our side; quote the request id when you report it"
    return problem_response(request, 500, "internal", detail)


def install_error_handlers(app: FastAPI) -> None:
    """Route every failure through the table; what no row names is left to the door, which answers last."""
    app.add_exception_handler(ServiceError, service_error)
    app.add_exception_handler(NlpError, service_error)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(ValidationError, invalid_request)
    app.add_exception_handler(HTTPException, http_error)
