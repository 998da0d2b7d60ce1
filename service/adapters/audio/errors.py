"""What a child process can do to its parent: nothing but this error."""

from service.domain.errors import Transient


class ChildCrashed(Transient):
    """A child ended, hung or grew without giving its result; the same work may be tried again.

    `signal` names what killed it (None when it left by itself), `reason` is one of exited, killed, hung, memory,
    protocol; `stderr_tail` holds at most 2,000 characters of what it wrote last, for the operator only.
    """

    default_code = "child_crashed"

    def __init__(
        self,
        detail: str,
        *,
        reason: str,
        signal: str | None = None,
        exit_code: int | None = None,
        stderr_tail: str = "",
    ) -> None:
        super().__init__(detail, reason=reason, signal=signal, exit_code=exit_code)
        self.reason = reason
        self.signal = signal
        self.exit_code = exit_code
        self.stderr_tail = stderr_tail
