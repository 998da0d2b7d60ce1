"""The broker dies, comes back empty and is fed rubbish: work goes on from the database, and rings are heard again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection

from service.domain.ports import UnitOfWorkFactory
from service.runner.celery_app import make_celery
from tests.integration.conftest import Profile
from tests.integration.runner.test_kill import accept, all_done, program_for
from tests.support.brokers import OwnRedis, own_redis
from tests.support.runner_program import Crew, wait_for


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    with own_redis() as own:
        yield own


@pytest.fixture
def profile(redis: OwnRedis, sqlite_url: str) -> Profile:
    return Profile("sqlite+redis", sqlite_url, redis.url)


def send_rubbish(url: str) -> None:
    """What others might leave on our queue: a pickle, an unknown task, no task at all."""
    app = make_celery(url)
    with Connection(url, transport_options=app.conf.broker_transport_options) as connection:
        queue = next(queue for queue in app.conf.task_queues if queue.name == "ring.asr")
        producer = connection.Producer()
        for body, kind in ((b"\x80\x04N.", "application/x-python-serialize"), (b"{}", "application/json")):
            producer.publish(
                body,
                content_type=kind,
                content_encoding="binary",
                exchange=queue.exchange,
                routing_key=queue.routing_key,
                declare=[queue],
            )
    app.send_task("somebody.elses.task", args=["x"], queue="ring.asr")


@pytest.mark.redis
@pytest.mark.slow
def test_work_goes_on_without_a_broker_and_rings_are_heard_after_it_is_back(
    profile: Profile, uow: UnitOfWorkFactory, redis: OwnRedis, tmp_path: Path
) -> None:
    program = program_for(profile, tmp_path, poll_s=15.0)
    crew = Crew([program])
    try:
        accept(uow, 1, program)
        assert wait_for(lambda: all_done(uow, range(1, 2)), 30)
        redis.kill()
        accept(uow, 2, program)
        assert wait_for(lambda: all_done(uow, range(1, 3)), 30), "without a broker"
        redis.start()
        send_rubbish(profile.broker_url or "")

        number = 2

        def rung_for() -> bool:
            nonlocal number
            number += 1
            accept(uow, number, program)
            assert wait_for(lambda: all_done(uow, range(1, number + 1)), 30), "after the broker came back"
            return any(tmp_path.glob("rung-*"))

        for marker in tmp_path.glob("rung-*"):
            marker.unlink()
        assert wait_for(rung_for, 40), "no ring is heard any more"
        codes = crew.stop()
    finally:
        crew.kill()
    assert codes == [0]
