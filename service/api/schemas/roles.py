"""Bodies of corrections of who spoke."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt, model_validator

from service.api.schemas.base import In
from service.api.schemas.examples import body
from service.api.schemas.visits import MAX_TURNS


class TurnRoleIn(In):
    """Who spoke one turn; `i` is its number in the transcript."""

    i: Annotated[StrictInt, Field(ge=0, lt=MAX_TURNS)]
    role: Literal["rep", "customer", "other"]


class RolesIn(In):
    """`swap` exchanges rep and customer everywhere; `turns` name single turns, laid over it."""

    swap: StrictBool = False
    turns: Annotated[tuple[TurnRoleIn, ...], Field(max_length=MAX_TURNS, strict=False)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> "RolesIn":
        if not self.swap and not self.turns:
            raise ValueError("say `swap: true`, or name the role of at least one turn")
        if len({turn.i for turn in self.turns}) != len(self.turns):
            raise ValueError("name each turn once")
        return self


ROLES_IN = body({"swap": True}, "RolesIn")
