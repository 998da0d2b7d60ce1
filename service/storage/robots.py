"""Robots' buckets: one row a robot, locked from reading to the end of the transaction, so that all processes agree."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from service.domain.delivery.robots import Bucket
from service.storage.tables import robot
from service.storage.upserts import insert_into


class SqlRobotBuckets:
    """The RobotBuckets port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, key: str) -> Bucket:
        fresh = insert_into(self._connection, robot).values(key=key, sent=[]).on_conflict_do_nothing()
        self._connection.execute(fresh)
        row = self._connection.execute(select(robot).where(robot.c.key == key).with_for_update()).one()
        return Bucket(tuple(datetime.fromisoformat(moment) for moment in row.sent), row.blocked_until)

    def put(self, key: str, bucket: Bucket) -> None:
        sent = [moment.isoformat() for moment in bucket.sent]
        self._connection.execute(
            update(robot).where(robot.c.key == key).values(sent=sent, blocked_until=bucket.blocked_until)
        )
