"""Who is the rep and who the customer, from words alone."""

from nlp.roles.model import RoleModel

__all__ = ["RoleModel"]
