"""What only the settings know, turned into values: the installation's keys, and the facts that duties are judged by.

Why apart from bootstrap: wiring says which part gets what, this says what there is. Invariant: the only other reader of
`settings.py`.
"""

import hmac
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from botocore.client import BaseClient
from cryptography.fernet import Fernet

from nlp.classify import OperatingPoints
from nlp.errors import ModelMissing
from nlp.text.masking import KINDS
from service.adapters.backup_s3 import BucketCopies
from service.adapters.blob import DiskBlobStore, KeptBlobStore
from service.adapters.blob_s3 import S3BlobStore
from service.adapters.content.loader import load_content
from service.adapters.erasures import FileLedger
from service.adapters.followed_core import FollowedCore
from service.adapters.key_ring import KeyRing
from service.adapters.model_registry import Registry
from service.adapters.s3_client import failures_named, s3_client
from service.adapters.sealed_parts import SealedParts
from service.adapters.text_core import TextCore, TextModels, load_models, load_text_core
from service.adapters.text_vault import TextVault
from service.domain.errors import ServiceError
from service.domain.model_versions import TASKS
from service.domain.privacy.duties import Installed
from service.domain.privacy.transfers import TransferLimits
from service.settings import Settings, load_settings
from service.usecases.visits.present_analysis import NOTICE

KEY_FILE = "secret.key"
KEY_SETTING = "FIELDCUE_STORAGE__SECRET_KEY"
VERSIONS = "models"
ERASURES_FILE = "erasures.jsonl"  # beside the database, never restored with it


def installed_facts(settings: Settings) -> Installed:
    """What the settings and the wiring say about the duties of privacy."""
    ledger = FileLedger(settings.storage.data_dir / ERASURES_FILE)
    try:
        ledger.read()
        readable = True
    except ServiceError:
        readable = False
    return Installed(
        key_outside_database=settings.storage.secret_key is not None,
        encrypts_at_rest=settings.storage.encrypt,
        public_url=settings.webhook.public_url,
        masks_events=settings.privacy.mask_events,
        masks_for_llm=True,
        llm_host=urlsplit(settings.llm.base_url).hostname or "",
        speech_host=urlsplit(settings.asr.remote_url).hostname or "" if settings.asr.engine == "remote" else "",
        region=settings.privacy.region,
        regions=settings.privacy.regions,
        transfer_limits=transfer_limits(settings),
        processors_required=settings.privacy.require_processors,
        kinds_masked=KINDS,
        ledger_readable=readable,
        log_level=settings.log.level,
        notice=NOTICE,
    )


def load_texts(settings: Settings) -> TextCore:
    """The language core alone, for commands that need no database."""
    return load_text_core(
        models_dir=settings.content.models_dir,
        prompts_dir=settings.content.prompts_dir,
        versions_dir=settings.storage.data_dir / VERSIONS,
        points=_points(settings),
        encoder=settings.content.encoder_dir,
    )


def load_texts_as_set() -> TextCore:
    """The language core by this process's settings."""
    return load_texts(load_settings())


def texts_on_disk(settings: Settings) -> list[tuple[str, str]]:
    """Names of content and models in use, their files checked against their manifests; nothing is built from them.

    Raises:
        ContentInvalid: a content file is wrong. ModelRefused: a file of a model or its encoder is not the one it names.
        ModelMissing: there is no triage model; analyses do without the others.
    """
    registry, found = open_registry(settings), [("content", load_content(settings.content.prompts_dir).digest[:12])]
    for task in TASKS:
        try:
            found.append((task, registry.checked(registry.champion(task)).version))
        except ModelMissing:
            if task == "triage":
                raise
    return found


def follow_texts(settings: Settings, core: TextCore) -> FollowedCore:
    """`core`, which takes a promoted model with its next job."""
    registry, points, encoder = open_registry(settings), _points(settings), settings.content.encoder_dir

    def load(held: TextModels) -> TextModels:
        return load_models(registry, points=points, held=held, encoder=encoder)

    return FollowedCore(core, stamp=registry.stamp, load=load)


def open_registry(settings: Settings) -> Registry:
    """The versions of the text models that this installation trained, over the shipped ones."""
    content = settings.content
    return Registry(settings.storage.data_dir / VERSIONS, shipped=content.models_dir, encoder=content.encoder_dir)


def _points(settings: Settings) -> OperatingPoints:
    return OperatingPoints(settings.content.point, settings.content.points)


def secret_key(settings: Settings) -> bytes:
    """The Fernet key of this installation, made at first start where one process keeps everything itself.

    Raises:
        SystemExit: several processes may share the database, so the key must be given; or the key is none.
    """
    given = settings.storage.secret_key
    if given is not None:
        return _fernet_key(given.get_secret_value().encode(), f"{KEY_SETTING} holds no Fernet key; `fieldcue keys "
                           "secret` makes one")  # fmt: skip
    if settings.database.url:
        raise SystemExit(f"set {KEY_SETTING} (`fieldcue keys secret` makes one): with a shared database "
                         "every process must have the same")  # fmt: skip
    path = settings.storage.data_dir / KEY_FILE
    return _fernet_key(_key_file(path), f"{path} holds no Fernet key; restore it from a backup, or delete it and set "
                       "the secrets of the webhook endpoints again")  # fmt: skip


def derived_key(key: bytes, purpose: bytes) -> bytes:
    """Another key for one purpose alone, the same in every process of the installation."""
    return hmac.digest(key, b"fieldcue " + purpose, "sha256")


def person_keys(settings: Settings) -> Callable[[str], bytes]:
    """A key for each tenant, by which persons are counted and called without their names; not in the database.

    Not the tenant's own: that is rotated, and in a year a person would count twice.
    """
    key = derived_key(secret_key(settings), b"persons")
    return lambda tenant_id: hmac.digest(key, tenant_id.encode(), "sha256")


def transfer_limits(settings: Settings) -> TransferLimits:
    """From how many persons a year something is to be done about what goes abroad."""
    chosen = settings.privacy
    return TransferLimits(chosen.transfer_persons, chosen.transfer_assessed, chosen.transfer_sensitive)


def key_ring(settings: Settings) -> KeyRing:
    """The tenants' keys; needed to read even where nothing more is sealed."""
    directory = settings.storage.keys_dir or settings.storage.data_dir / "keys"
    return KeyRing(directory, derived_key(secret_key(settings), b"tenant keys"))


def text_vault(settings: Settings) -> TextVault:
    """What closes and opens texts in the database; what is closed opens even where nothing more is."""
    return TextVault(key_ring(settings), seal=settings.storage.encrypt)


def blob_store(settings: Settings, ring: KeyRing) -> KeptBlobStore:
    """Where recordings lie: in the bucket, if one is named, and otherwise on the disk."""
    storage = settings.storage
    disk = DiskBlobStore(storage.data_dir, min_free_bytes=storage.min_free_bytes, keys=ring, seal=storage.encrypt)
    if not storage.s3_bucket:
        return disk
    return S3BlobStore(_bucket_client(settings), storage.s3_bucket, disk, keys=ring, seal=storage.encrypt)


def unfinished_uploads(settings: Settings, ring: KeyRing) -> SealedParts:
    """Where the bytes of uploads wait for the rest; always on the disk."""
    storage = settings.storage
    return SealedParts(storage.data_dir / "parts", ring, seal=storage.encrypt, min_free_bytes=storage.min_free_bytes)


def bucket_copies(settings: Settings) -> BucketCopies | None:
    """The recordings of the bucket, for backups; None where none is named and they are files."""
    bucket = settings.storage.s3_bucket
    return BucketCopies(_bucket_client(settings), bucket) if bucket else None


def reach_bucket(settings: Settings) -> None:
    """Ask the bucket for anything at all.

    Raises:
        Unavailable: it is away or refuses us; the message says which.
    """
    with failures_named():
        _bucket_client(settings).list_objects_v2(Bucket=settings.storage.s3_bucket, MaxKeys=1)


def _bucket_client(settings: Settings) -> BaseClient:
    storage = settings.storage
    return s3_client(endpoint=storage.s3_endpoint, region=storage.s3_region, addressing=storage.s3_addressing)


def _fernet_key(key: bytes, fault: str) -> bytes:
    try:
        Fernet(key)
    except ValueError:
        raise SystemExit(fault) from None
    return key


def _key_file(path: Path) -> bytes:
    """The file's content; a new key is written beside it and linked, so that nobody ever reads half of one."""
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=f"{KEY_FILE}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first: its key counts
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    return path.read_bytes().strip()
