# The HTTP side: accepts, stores, answers. Holds text models for triage, never a speech model.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin fieldcue \
    && install -d -o fieldcue -g fieldcue /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY pyproject.toml README.md ./
COPY nlp nlp
COPY models models
COPY prompts prompts
COPY service service
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .
USER fieldcue
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 FIELDCUE_STORAGE__DATA_DIR=/data FIELDCUE_API__HOST=0.0.0.0
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["fieldcue", "api"]
