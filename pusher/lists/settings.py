"""Settings of departments' lists: who keeps those of which department. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: In place of a department's name: all of them.
EVERY = "*"


class _Table(BaseModel):
    """A table of the file: an unknown key is an error that names itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Keeper(_Table):
    """A person who keeps lists. The name of the table is the actor's name (`--as`, PUSHER_ACTOR)."""

    #: Departments whose lists this person sees and imports; "*" = those of all.
    departments: Annotated[tuple[str, ...], Field(min_length=1)]
    #: SHA-256 (hex) of this person's key, as `pusher key new NAME` prints it; with it every act needs the key.
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    def sees(self, department: str) -> bool:
        """Whether the lists of `department` are this person's to see."""
        return self.sees_all or department in self.departments

    @property
    def sees_all(self) -> bool:
        """Whether the lists of all departments are."""
        return EVERY in self.departments


class ListSettings(_Table):
    """The table [lists]."""

    #: Without any, whoever may run the commands sees all lists.
    keepers: dict[str, Keeper] = {}
    #: Days before a list's end from which on `pusher status` asks for a new one.
    remind_days: Annotated[int, Field(ge=1, le=365)] = 30

    def sees(self, actor: str, department: str) -> bool:
        """Whether `actor` may see the lists of `department`."""
        if not self.keepers:
            return True
        keeper = self.keepers.get(actor)
        return keeper is not None and keeper.sees(department)

    def sees_all(self, actor: str) -> bool:
        """Whether `actor` may see the lists of all departments."""
        return not self.keepers or (actor in self.keepers and self.keepers[actor].sees_all)

    def own_department(self, actor: str) -> str:
        """The department of who keeps lists for one alone; "" for everybody else."""
        keeper = self.keepers.get(actor)
        own = keeper.departments if keeper else ()
        return own[0] if len(own) == 1 and own[0] != EVERY else ""
