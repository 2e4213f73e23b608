"""The menu of an account as the settings say it, checked as the platform does (menu/create of its manual)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import override

#: Bytes of a name in UTF-8: of the three below the conversation, and of those that open from them.
_TOP, _SUB = 16, 60


class MenuLeaf(BaseModel):
    """One button: it opens a page, or tells us its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=20)]
    #: The page that it opens.
    url: Annotated[str, Field(pattern=r"^https?://\S{1,1000}$")] | None = None
    #: What it tells us ("订阅 教育", "退订"): the same as if the person had written it.
    key: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    def to_json(self) -> dict[str, Any]:
        """As the platform wants it."""
        if self.url is not None:
            return {"type": "view", "name": self.name, "url": self.url}
        return {"type": "click", "name": self.name, "key": self.key}


class MenuButton(MenuLeaf):
    """A button of a list that opens from below."""

    @model_validator(mode="after")
    def _is_one(self) -> "MenuButton":
        _checked(self, _SUB)
        return self


class MenuEntry(MenuLeaf):
    """One of the three: a button, or a name that opens up to five."""

    sub: tuple[MenuButton, ...] = Field(default=(), max_length=5)

    @model_validator(mode="after")
    def _is_one(self) -> "MenuEntry":
        if self.sub and (self.url or self.key):
            raise ValueError(f"{self.name}: what opens further buttons has neither url nor key")
        if not self.sub:
            _checked(self, _TOP)
        elif len(self.name.encode()) > _TOP:
            raise ValueError(f"{self.name}: the name is longer than {_TOP} bytes")
        return self

    @override
    def to_json(self) -> dict[str, Any]:
        """As the platform wants it."""
        if self.sub:
            return {"name": self.name, "sub_button": [each.to_json() for each in self.sub]}
        return super().to_json()


def _checked(leaf: MenuLeaf, longest: int) -> None:
    if (leaf.url is None) == (leaf.key is None):
        raise ValueError(f"{leaf.name}: give url or key, and not both")
    if len(leaf.name.encode()) > longest:
        raise ValueError(f"{leaf.name}: the name is longer than {longest} bytes")
