"""Reads the settings file; everything that is wrong becomes one sentence that names the place."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnreadableError

from pusher.console.language import CatalogueError, languages
from pusher.review.taxonomy import Taxonomy, TaxonomyError
from pusher.settings.channels import Configured, configure
from pusher.settings.model import Settings
from pusher.settings.routing import routing_problems
from pusher.settings.sentences import sentences

#: The file that is read unless another is named.
DEFAULT = Path("pusher.toml")


class SettingsError(Exception):
    """The settings cannot be used; `problems` has one sentence for each thing that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings, checked as a whole."""

    #: The file they came from.
    path: Path
    settings: Settings
    taxonomy: Taxonomy
    channels: dict[str, Configured]

    @property
    def data(self) -> Path:
        """Folder for everything that is kept."""
        return self.path.parent / self.settings.service.data

    @property
    def key_file(self) -> Path:
        """Where the key ring lies."""
        return self.data / "keys"

    @property
    def database_url(self) -> str:
        """The database, SQLite in the data folder unless the settings name another."""
        named = self.settings.database.url.get_secret_value()
        return named or f"sqlite+aiosqlite:///{self.data / 'pusher.db'}"

    @property
    def public_url(self) -> str:
        """Where residents reach the service, without trailing slash."""
        return str(self.settings.service.public_url).rstrip("/")

    @property
    def has_address(self) -> bool:
        """Whether the settings say where the service is reached."""
        return "public_url" in self.settings.service.model_fields_set

    @property
    def overrides(self) -> Path | None:
        """Folder of the town's own templates."""
        folder = self.settings.templates.folder
        return None if folder is None else self.path.parent / folder


def read(path: Path) -> Plan:
    """The settings in `path`. Raises SettingsError."""
    settings = _read_file(path)
    taxonomy = _taxonomy(path, settings.taxonomy)
    channels, problems = configure(settings.channels)
    problems += routing_problems(settings, taxonomy, channels)
    if problems:
        raise SettingsError([f"{path}: {problem}" for problem in problems])
    plan = Plan(path, settings, taxonomy, channels)
    try:
        languages(plan.overrides)
    except (CatalogueError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: templates.folder: {error}"]) from None
    return plan


def _read_file(path: Path) -> Settings:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError([f"{path} does not exist: `pusher init` writes one"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read ({type(error).__name__}): check its owner and encoding"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path} is not TOML: {error}"]) from None

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return FromFile()
    except ValidationError as error:
        raise SettingsError([f"{path}: {sentence}" for sentence in sentences(error)]) from None
    except UnreadableError as error:
        # Pydantic's words name the table and never the value; it is only for an environment variable.
        raise SettingsError([f"{error}: a variable for a whole table must be JSON"]) from None


def _taxonomy(path: Path, name: str) -> Taxonomy:
    beside = path.parent / name
    try:
        return Taxonomy.load(beside if beside.is_file() else name)
    except TaxonomyError as error:
        raise SettingsError([f"{path}: taxonomy: {problem}" for problem in error.problems]) from None
