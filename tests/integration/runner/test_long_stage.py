"""P5, a slice of `make proofs ARGS=once`: while a stage is worked on, the broker holds nothing of it any more."""

import time
from contextlib import closing
from pathlib import Path

import pytest
import redis
from kombu import Connection

from service.runner.celery_app import make_celery
from tests.integration.conftest import Profile, broker
from tests.proofs.long_stage import a_long_stage

ACKNOWLEDGED_S = 2.0  # Celery sends it with the next turn of its loop, a second later at most
GONE_S = 1.0  # RabbitMQ notices that a consumer's connection is closed at once; this is for a machine that is busy


def held_by_redis(profile: Profile) -> int:
    """Rings that wait or are handed out and not acknowledged."""
    prefix = make_celery(profile.broker_url or "").conf.broker_transport_options["global_keyprefix"]
    with closing(redis.Redis.from_url(profile.broker_url or "")) as client:
        return int(client.llen(f"{prefix}{profile.prefix}ring.asr")) + sum(
            profile.prefix.encode() in value for value in client.hvals(f"{prefix}unacked")
        )


def held_by_rabbitmq(profile: Profile) -> int:
    """Rings that wait, after those came back that were handed out and not acknowledged."""
    time.sleep(GONE_S)
    app = make_celery(profile.broker_url or "", prefix=profile.prefix)
    queue = next(queue for queue in app.conf.task_queues if queue.name.endswith("ring.asr"))
    with Connection(profile.broker_url) as connection:
        return int(queue(connection.default_channel).queue_declare(passive=True).message_count)


HELD = {"redis": held_by_redis, "rabbitmq": held_by_rabbitmq}


@pytest.mark.parametrize(("late", "held"), [(False, 0), (True, 1)], ids=["as set", "acknowledged after the work"])
@pytest.mark.parametrize("name", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in HELD])
def test_a_broker_has_nothing_to_hand_out_again_while_a_stage_is_worked_on(
    name: str, late: bool, held: int, sqlite_url: str, tmp_path: Path
) -> None:
    with broker(name) as (url, prefix):
        profile = Profile(name, sqlite_url, url, prefix)
        with a_long_stage(profile, tmp_path, late=late) as crew:
            time.sleep(ACKNOWLEDGED_S)
            crew.kill()
            assert HELD[name](profile) == held
        assert len(list(tmp_path.glob("started-*"))) == 1
