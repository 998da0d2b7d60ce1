"""The clock of an invented story: it stands where the story is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class StoryClock:
    """Set it before each thing that happens."""

    at: datetime

    def now(self) -> datetime:
        """This moment of the story."""
        return self.at
