"""What the operating system says when a disk takes nothing more, in the service's words.

Full is told apart from broken: room can be made by whoever sends, a disk that fails wants its operator.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from service.domain.errors import StorageFull, Unavailable

RETRY_AFTER_S = 60
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BROKEN = frozenset({errno.EIO, errno.EROFS})


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Turn the operating system's word for a full or failing disk into ours; other errors stay what they are.

    Raises:
        StorageFull: no room, or the quota is used up. Unavailable: `storage_away`, the disk fails or is read-only.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("the disk is full; free space and send it again") from error
        if error.errno in _BROKEN:
            raise Unavailable(
                "the disk takes no writes; have it looked at and try again",
                code="storage_away",
                retry_after_s=RETRY_AFTER_S,
            ) from error
        raise
