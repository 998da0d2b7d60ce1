"""Errors of the service, beside the language core's tree in `nlp/errors.py`.

    ServiceError
    ├── Invalid            the request cannot be meant this way (400 or 422)
    │   └── Malformed      it does not even parse (400)
    ├── Unsupported        a media type or encoding we do not take (415)
    ├── TooLarge           over a published limit (413)
    ├── Unauthenticated    no key, or none that is valid (401)
    ├── Forbidden          a valid key without the scope (403)
    ├── NotFound           unknown, or another tenant's: the same answer (404)
    ├── Gone               existed, and has expired or been erased (410)
    ├── Conflict           the state does not allow it now (409)
    ├── Stale              what the caller changes is no longer what they read (412)
    ├── TooManyRequests    quota or rate; carries `retry_after_s` (429)
    ├── Unavailable        try again; carries `retry_after_s` (503)
    ├── StorageFull        no room for more bytes (507)
    ├── Transient          a stage may be tried again (timeouts, 5xx, a crashed child)
    └── Permanent          a stage must not be tried again

`code` is stable and part of the API; `category` picks the status in one table at the rim (`service/api/errors.py`).
"""

from typing import ClassVar


class ServiceError(Exception):
    """Base of everything the service raises on purpose; `detail` may reach the caller and never echoes input."""

    category: ClassVar[str] = "permanent"
    default_code: ClassVar[str] = "service_error"

    def __init__(self, detail: str, *, code: str = "", **fields: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code
        self.fields = fields


class Invalid(ServiceError):
    """Well-formed, but it cannot be meant this way."""

    category = "invalid"
    default_code = "invalid"


class Malformed(ServiceError):
    """It does not parse."""

    category = "malformed"
    default_code = "malformed"


class Unsupported(ServiceError):
    """A media type or encoding that we do not take."""

    category = "unsupported"
    default_code = "unsupported_media_type"


class TooLarge(ServiceError):
    """Over a published limit."""

    category = "too_large"
    default_code = "too_large"


class Unauthenticated(ServiceError):
    """No key, or none that is valid; the reason is not told."""

    category = "unauthenticated"
    default_code = "unauthenticated"


class Forbidden(ServiceError):
    """A valid key without the scope, or a rule that says no."""

    category = "forbidden"
    default_code = "forbidden"


class NotFound(ServiceError):
    """Unknown to this tenant."""

    category = "not_found"
    default_code = "not_found"


class Gone(ServiceError):
    """It existed and has expired or been erased."""

    category = "gone"
    default_code = "gone"


class Conflict(ServiceError):
    """The present state does not allow it."""

    category = "conflict"
    default_code = "conflict"


class Stale(ServiceError):
    """The version that the caller names is not the one that stands."""

    category = "stale"
    default_code = "version_stale"


class TooManyRequests(ServiceError):
    """Over a rate or quota; `retry_after_s` says when to come back."""

    category = "too_many"
    default_code = "too_many_requests"


class Unavailable(ServiceError):
    """Cannot serve this now; `retry_after_s` says when to come back."""

    category = "transient"
    default_code = "unavailable"


class StorageFull(ServiceError):
    """No room for more bytes."""

    category = "storage_full"
    default_code = "storage_full"


class Transient(ServiceError):
    """A stage failed in a way that may pass."""

    category = "transient"
    default_code = "transient"


class Permanent(ServiceError):
    """A stage failed in a way that will not pass."""

    category = "permanent"
    default_code = "permanent"
