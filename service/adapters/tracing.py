"""Traces over the API, runners and their children: one trace for one visit, with nothing stored to hold it together.

The trace's id is derived from the visit's, so that whatever works on a visit, in whichever process and however much
later, joins the same trace. Invariant: spans carry ids, stages and codes of ours, never words, names or addresses.
Without an endpoint nothing is recorded and a span costs next to nothing.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

Value = str | int | float | bool


class Tracing:
    """Where this process's spans go; `NOWHERE` until an endpoint is configured."""

    def __init__(self, exporter: SpanExporter | None, *, service: str = "fieldcue") -> None:
        self._provider: TracerProvider | None = None
        self._tracer: trace.Tracer = trace.NoOpTracer()
        if exporter is not None:
            self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
            self._tracer = self._provider.get_tracer("fieldcue")

    @contextmanager
    def span(self, name: str, *, about: str | None = None, **attributes: Value | None) -> Iterator[trace.Span]:
        """A span around the block; one about a visit joins the visit's trace, any other the span that is open."""
        known = {key: value for key, value in attributes.items() if value is not None}
        joined = trace.set_span_in_context(NonRecordingSpan(visit_context(about))) if about and not _inside() else None
        with self._tracer.start_as_current_span(
            name, context=joined, attributes=known, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)  # its message may hold words
                span.set_status(trace.StatusCode.ERROR)
                raise

    def flush(self) -> None:
        """Send what is still here."""
        if self._provider is not None:
            self._provider.force_flush(5_000)


def visit_context(visit_id: str) -> SpanContext:
    """The root that every span about a visit hangs from."""
    digest = hashlib.sha256(visit_id.encode()).digest()
    ids = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")
    return SpanContext(*ids, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _inside() -> bool:
    return trace.get_current_span().get_span_context().is_valid


class _Current:
    tracing = Tracing(None)


def configure(endpoint: str) -> None:
    """Send this process's spans to an OTLP/HTTP address such as `http://collector:4318/v1/traces`; empty: nowhere."""
    use(Tracing(OTLPSpanExporter(endpoint=endpoint) if endpoint else None))


def use(tracing: Tracing) -> None:
    """Make `tracing` this process's."""
    _Current.tracing = tracing


@contextmanager
def span(name: str, *, about: str | None = None, **attributes: Value | None) -> Iterator[trace.Span]:
    """A span of this process's tracing."""
    with _Current.tracing.span(name, about=about, **attributes) as opened:
        yield opened
