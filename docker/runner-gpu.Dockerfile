# As runner.Dockerfile, on NVIDIA's runtime libraries, for speech recognition in float16.
FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3.12 python3.12-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin fieldcue \
    && install -d -o fieldcue -g fieldcue /data /models
WORKDIR /app
COPY requirements.lock pyproject.toml README.md ./
RUN python3.12 -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY nlp nlp
COPY models models
COPY prompts prompts
COPY service service
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation -e .
USER fieldcue
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 OMP_NUM_THREADS=1 FIELDCUE_STORAGE__DATA_DIR=/data FIELDCUE_ASR__DEVICE=cuda
VOLUME ["/data", "/models"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["fieldcue", "check"]
CMD ["fieldcue", "runner"]
