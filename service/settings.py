"""Everything that may be set from outside, read once, in one place.

Variables are named `FIELDCUE_<GROUP>__<NAME>`; a misspelt one stops the start instead of being ignored.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

PREFIX = "FIELDCUE_"
ROOT = Path(__file__).resolve().parent.parent


class Group(BaseModel):
    """A group of settings: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Group):
    """Where rows live."""

    url: str = ""
    """SQLAlchemy address of PostgreSQL (`postgresql+psycopg://...`); empty: SQLite in the data directory."""
    pool_size: int = Field(12, ge=2, le=200)
    """Connections that one process may hold."""


class StorageSettings(Group):
    """Where bytes live."""

    data_dir: Path = Path("data")
    """Directory of the SQLite file, recordings, working files and the generated secret key."""
    secret_key: SecretStr | None = None
    """Fernet key that seals webhook secrets; without it one is generated in the data directory at first start."""
    encrypt: bool = True
    """Seal recordings and what was said with AES-256-GCM under the tenants' keys; the runner seals older ones."""
    keys_dir: Path | None = None
    """Directory of the tenants' wrapped keys, apart from backups of the rest; empty: `keys` in the data directory."""
    min_free_bytes: int = Field(1_073_741_824, ge=0)
    """Below this much free space new recordings are refused with 507."""
    s3_bucket: str = ""
    """Bucket that keeps the recordings, for runners on several machines; empty: the data directory keeps them."""
    s3_endpoint: str = Field("", pattern=r"^(https?://[^\s?#]+)?$")
    """Address of an S3-compatible server; empty: Amazon's. Credentials are found as boto3 does it (`AWS_...`)."""
    s3_region: str = ""
    """Region of the bucket; empty: as boto3 finds it (`AWS_DEFAULT_REGION`)."""
    s3_addressing: Literal["auto", "path", "virtual"] = "auto"
    """Where the bucket's name stands: `virtual` (in the host, as Aliyun OSS wants it) or `path`."""


class ApiSettings(Group):
    """The HTTP side."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8080, ge=0, le=65_535)
    """Port to listen on; 0 picks a free one."""
    auth_failures_per_minute: int = Field(10, ge=1)
    """Requests without a valid key that one address may send in a minute before it gets 429."""


class BrokerSettings(Group):
    """The doorbell between API and runners."""

    url: SecretStr | None = None
    """Celery broker (`redis://...` or `amqp://...`); empty: runner and API live in one process."""
    queue_prefix: str = Field("", pattern=r"^[a-z0-9-]{0,32}$")
    """Put before the names of the broker's queues, to keep installations that share a broker apart."""

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None) -> SecretStr | None:
        schemes = ("redis://", "rediss://", "amqp://", "amqps://")
        if value is not None and not value.get_secret_value().startswith(schemes):
            raise ValueError(f"must begin with one of {', '.join(schemes)}")
        return value


class RunnerSettings(Group):
    """Who works on the stages."""

    slots: int = Field(2, ge=1, le=64)
    """Stage runs that one runner works on at a time."""
    llm_slots: int = Field(4, ge=1, le=64)
    """Visits that one runner asks a language model about at a time; they wait, and cost next to no CPU."""
    queues: tuple[Literal["fast", "asr", "llm", "io"], ...] = ()
    """Queues that this runner serves, as JSON: `["asr"]` hears, `["fast", "llm", "io"]` does the rest; empty: all."""
    poll_s: float = Field(15.0, gt=0)
    """How often an idle runner looks into the database without having been rung."""
    metrics_port: int = Field(0, ge=0, le=65_535)
    """Port on which `fieldcue runner` serves its metrics; 0: none. The API serves its own at `/metrics`."""


class AsrSettings(Group):
    """Speech recognition."""

    engine: Literal["faster-whisper", "sherpa-onnx", "remote"] = "faster-whisper"
    """What turns speech into text; `remote` is any service that speaks the OpenAI transcription protocol."""
    model: str = ""
    """Local directory, hub name such as `large-v3-turbo` (faster-whisper) or remote model; empty: recordings wait."""
    models_dir: Path | None = None
    """Directory whose sub-directories are speech models that a tenant may choose by name."""
    speakers_dir: Path | None = None
    """Directory of `segmentation.onnx` and `embedding.onnx`: tells voices apart where consent says so; empty: never."""
    remote_url: str = ""
    """Address of the remote service before `/audio/transcriptions`, such as `https://api.example.com/v1`."""
    remote_key: SecretStr | None = None
    """Key of the remote service."""
    remote_models: tuple[str, ...] = ()
    """Models of the remote service that a tenant may choose."""
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    """Where the model runs."""
    compute_type: str = ""
    """CTranslate2 precision; empty: int8 on the CPU, float16 on a GPU."""
    threads: int = Field(0, ge=0, le=64)
    """CPU threads of the model; 0: what the machine grants this process."""
    local_files_only: bool = False
    """Never ask a hub: the model must already be on this machine."""


class WebhookSettings(Group):
    """Outgoing deliveries."""

    allow_http_hosts: tuple[str, ...] = ()
    """`host:port` pairs that may be called over plain HTTP and on private addresses: receivers beside the service."""
    public_url: str = Field("", pattern=r"^(https?://[^\s?#]+/)?$")
    """Where people open this installation, ending in `/`; links in chat messages lead there. Empty: no links."""


class LlmSettings(Group):
    """A language model that may write summaries and second opinions; never required."""

    base_url: str = Field("", pattern=r"^(https?://[^\s?#]+)?$")
    """OpenAI-compatible address that ends before `/chat/completions`; empty: no language model is asked."""
    model: str = ""
    """Name of the model as its server knows it."""
    api_key: SecretStr | None = None
    """Key of the server."""
    daily_tokens: int = Field(2_000_000, ge=0)
    """Tokens that one tenant may spend in a day (UTC); after that the built-in results are shown."""
    piece_characters: int = Field(12_000, ge=500, le=200_000)
    """Longer conversations are sent in pieces of this many characters, so that each fits the model's context."""


class ContentSettings(Group):
    """What sales operations edit, and the trained models."""

    prompts_dir: Path = ROOT / "prompts"
    """Directory of keyword packs, hint cards, courses, talk tracks and checklists."""
    models_dir: Path = ROOT / "models"
    """Directory of the trained text models."""
    models_tenant: str = "default"
    """The tenant whose keys may promote and roll back the text models, which all tenants share."""
    point: Literal["f1", "precision_90", "recall_90"] = "f1"
    """Which thresholds decide: each label's best F1, or where its precision or its recall was 0.9 in training."""
    points: dict[str, Literal["f1", "precision_90", "recall_90"]] = {}
    """Other thresholds for single labels, as JSON: `{"price": "precision_90", "churn_signal": "recall_90"}`."""
    encoder_dir: Path | None = None
    """Directory of the sentence encoder that a model trained with `--encoder` names; empty: no such model runs."""


class PrivacySettings(Group):
    """What happens to personal data."""

    region: str = Field("CN", pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,8})?$")
    """Where this installation stands; receivers registered in another region are refused."""
    regions: tuple[str, ...] = ()
    """Other regions that consent and notice cover: receivers there are not refused."""
    require_processors: bool = False
    """Send nothing to a receiver that the register of processors does not name."""
    mask_events: bool = True
    """Mask names, phones, cards, plates and addresses in what webhooks, robots and `/v1/events` carry."""
    transfer_persons: int = Field(100_000, ge=0)
    """Persons whose data went to other regions in a year, from which subscribers are told; 0: never."""
    transfer_assessed: int = Field(1_000_000, ge=0)
    """The same for the number from which the authority has to assess it first; 0: never."""
    transfer_sensitive: int = Field(1, ge=0)
    """The same for persons with sensitive data among it; 0: never."""


class TraceSettings(Group):
    """Where spans of requests, stages and children go."""

    endpoint: str = Field("", pattern=r"^(https?://[^\s]+)?$")
    """OTLP/HTTP address such as `http://collector:4318/v1/traces`; empty: no traces."""


class LogSettings(Group):
    """What is written to standard error, one JSON object a line."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important line that is written; no level holds what customers said."""


class Settings(BaseSettings):
    """All groups."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    database: DatabaseSettings = DatabaseSettings()
    storage: StorageSettings = StorageSettings()
    api: ApiSettings = ApiSettings()
    broker: BrokerSettings = BrokerSettings()
    runner: RunnerSettings = RunnerSettings()
    asr: AsrSettings = AsrSettings()
    webhook: WebhookSettings = WebhookSettings()
    llm: LlmSettings = LlmSettings()
    content: ContentSettings = ContentSettings()
    privacy: PrivacySettings = PrivacySettings()
    trace: TraceSettings = TraceSettings()
    log: LogSettings = LogSettings()


# What a model download or a GPU library may need; everything else of our environment stays out of child processes.
CHILD_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "HF_HOME",
    "HF_ENDPOINT",
    "HF_TOKEN",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
)


def child_environment() -> dict[str, str]:
    """The variables that a speech process may see."""
    return {name: value for name, value in os.environ.items() if name.upper() in CHILD_VARIABLES}


def known_variables() -> list[str]:
    """Every variable that is read, in the order of the groups."""
    return [
        f"{PREFIX}{group.upper()}__{name.upper()}"
        for group, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Group)
        for name in field.annotation.model_fields
    ]


def load_settings() -> Settings:
    """The settings from the environment.

    Raises:
        SystemExit: a variable with our prefix that nobody reads, or one whose value does not fit; the message names it
            and what is wanted, and does not repeat a value, which may be a secret.
    """
    known = set(known_variables())
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise SystemExit(f"unknown setting {name}; known ones: {', '.join(sorted(known))}")
    try:
        return Settings()
    except ValidationError as error:
        faults = [(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False, include_url=False)]
        raise SystemExit("; ".join(f"{_variable(*loc[:2])}: {message}" for loc, message in faults)) from None
    except SettingsError as error:  # it names the group whose text is no JSON, and nothing else
        raise SystemExit(f'{error}: write lists as JSON, such as ["127.0.0.1:9000"]') from None


def _variable(*names: int | str) -> str:
    return PREFIX + "__".join(str(name).upper() for name in names)
