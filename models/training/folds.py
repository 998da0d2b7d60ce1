"""Who judges what: whole files, and so whole authors, go to one fold, as the hidden authors will.

Invariant: no source lies in two folds; the same source is in the same fold on every run.
"""

import re

FOLDS = 5
_BATCH = re.compile(r"^(?P<kind>[a-z]+)_(?P<number>\d+)$")
_WRITERS = {
    ("visits", "1"): 0,
    ("visits", "2"): 0,
    ("snippets", "1"): 1,
    ("snippets", "2"): 1,
    ("snippets", "3"): 2,
    ("snippets", "4"): 2,
    ("snippets", "6"): 4,
    ("snippets", "7"): 4,
    ("snippets", "9"): 3,
    ("snippets", "101"): 3,
    ("snippets", "111"): 4,
    ("snippets", "121"): 2,
    ("snippets", "131"): 0,
    ("snippets", "141"): 3,
    ("snippets", "151"): 1,
    ("snippets", "161"): 2,
    ("snippets", "171"): 4,
    ("snippets", "181"): 0,
    ("snippets", "191"): 4,
    ("snippets", "201"): 1,
    ("snippets", "211"): 3,
    ("snippets", "221"): 2,
}
"""Files numbered from 10 on were written in batches by one author each, named by kind and first digit; from 101 on by
the first number of the ten that the author wrote."""


def fold_of(source: str) -> int:
    """The fold of a corpus file, 0 to `FOLDS - 1`.

    Args:
        source: the file's name without suffix, like `snippets_31`.

    Raises:
        ValueError: the name is not `<kind>_<number>`.
    """
    batch = _BATCH.match(source)
    if batch is None:
        raise ValueError(f"{source}: want <kind>_<number>")
    kind, number = batch["kind"], batch["number"]
    if len(number) == 1:
        return (int(number) - 1) % FOLDS
    writer = number[0] if len(number) < len("101") else str((int(number) - 1) // 10 * 10 + 1)
    return _WRITERS.get((kind, writer), int(number) % FOLDS)
