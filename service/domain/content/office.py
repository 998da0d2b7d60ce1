"""A firm's working hours as a content item: what clocks, schedules and ages in working time count by."""

from service.domain.content.header import Header
from service.domain.content.playbook_values import BusinessHours


class OfficeCard(Header):
    """The working hours of a whole firm; the first one in use counts, by id."""

    hours: BusinessHours
