"""One call to an OpenAI-compatible chat endpoint, over a connection that is checked, bounded and never redirected.

Invariant: whatever the server does (refuse, drip, flood, lie), the call ends within its time with a Completion, or
with an error that says whether another try makes sense; neither key nor conversation is in an error or a log line.
"""

import json
import re
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from service.adapters import guarded_http
from service.adapters.urls import UrlRules
from service.domain.assist.ports import Completion
from service.domain.assist.template import Prompt
from service.domain.errors import Permanent, Transient

TOTAL_S = 60.0
ENVELOPE_BYTES = 262_144  # an answer of 64 KiB, escaped, in its envelope
ANSWER_TOKENS = 2_000
_REFUSED = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)


def endpoint_rules(base_url: str) -> UrlRules:
    """Address rules that trust the operator's own endpoint, which may stand in the same network, and nothing else."""
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return UrlRules(allowed_hosts=[f"{parts.hostname}:{port}"])


class OpenAiChat:
    """The LanguageModel port."""

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        api_key: str = "",
        rules: UrlRules | None = None,
        ssl_context: ssl.SSLContext | None = None,
        total_s: float = TOTAL_S,
    ) -> None:
        """`base_url` ends before `/chat/completions`, such as `https://api.example.com/v1`."""
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._model = model
        self._api_key = api_key
        self._rules = rules or endpoint_rules(base_url)
        self._ssl_context = ssl_context
        self._total_s = total_s

    @property
    def name(self) -> str:
        """The model, as results name it."""
        return self._model

    def complete(self, prompt: Prompt) -> Completion:
        """The model's answer.

        Raises:
            Transient: no answer, a broken one, 429 or 5xx. Permanent: a key, model or request that is refused.
        """
        body = {
            "model": self._model,
            "temperature": 0,
            "max_tokens": ANSWER_TOKENS,
            "response_format": {"type": "json_object"},
            "messages": [{"role": "system", "content": prompt.rules}, {"role": "user", "content": prompt.data}],
        }
        headers = {"content-type": "application/json", "user-agent": "Fieldcue/1 (+llm)"}
        if self._api_key:
            headers["authorization"] = f"Bearer {self._api_key}"
        with guarded_http.request(
            self._rules,
            "POST",
            self._url,
            headers=headers,
            content=json.dumps(body, ensure_ascii=False).encode(),
            total_s=self._total_s,
            ssl_context=self._ssl_context,
        ) as response:
            if response.status in _REFUSED:
                raise Permanent(f"the language model's server answered {response.status}", code="llm_refused")
            if response.status != 200:
                raise Transient(f"the language model's server answered {response.status}", code="llm_unavailable")
            read = bytearray()
            for chunk in response.iter_stream():
                read += chunk
                if len(read) > ENVELOPE_BYTES:
                    raise Transient("the language model's answer does not end", code="llm_endless")
        return _completion(bytes(read), len(prompt.rules) + len(prompt.data))


def _completion(data: bytes, characters: int) -> Completion:
    try:
        envelope = json.loads(data)
    except (ValueError, RecursionError):
        raise Transient("the language model's server sent no JSON", code="llm_garbled") from None
    if not isinstance(envelope, dict) or envelope.get("error"):
        raise Transient("the language model's server sent an error", code="llm_error")
    text = _text_of(envelope)
    if not text:
        raise Transient("the language model's server sent no answer", code="llm_empty")
    usage = envelope.get("usage")
    counted = usage.get("total_tokens") if isinstance(usage, Mapping) else None
    tokens = counted if isinstance(counted, int) and 0 < counted < 10**7 else characters + len(text)
    return Completion(_THOUGHTS.sub("", text), tokens)


def _text_of(envelope: Mapping[str, Any]) -> str:
    choices = envelope.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, Mapping) else None
    content = message.get("content") if isinstance(message, Mapping) else None
    return content if isinstance(content, str) else ""
