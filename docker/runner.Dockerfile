# Works on the stages: decodes, transcribes, analyses, coaches, delivers. One image for CPU machines.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin fieldcue \
    && install -d -o fieldcue -g fieldcue /data /models
WORKDIR /app
COPY --from=packages /venv /venv
COPY pyproject.toml README.md ./
COPY nlp nlp
COPY models models
COPY prompts prompts
COPY service service
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .
USER fieldcue
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 OMP_NUM_THREADS=1 FIELDCUE_STORAGE__DATA_DIR=/data
VOLUME ["/data", "/models"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["fieldcue", "check"]
CMD ["fieldcue", "runner"]
