"""The network's dimensions, for what trains it and for what writes it down."""

from dataclasses import dataclass

# Four frames of 10 ms become one step; each sees two more on either side.
STRIDE, REACH = 4, 8
WIDTH, INNER, BLOCKS, KERNEL = 256, 768, 8, 11
SCALE = 4.0


@dataclass(frozen=True, slots=True)
class Movement:
    """Two moments, in steps of 20 ms from the middle of a step of 40, and by how many degrees the pattern may move."""

    earlier: int
    later: int
    reach: int


NEAR, FAR = Movement(-1, 2, 6), Movement(-3, 4, 8)
HEIGHT_REACH = 14
BEFORE, AFTER = 4, 6
MOVEMENTS = sum(2 * reach + 1 for reach in (NEAR.reach, FAR.reach, HEIGHT_REACH))
# Under it there is no voice; a weak pattern is kept weak.
FAINT = 4.0
