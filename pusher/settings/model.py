"""The settings as a whole; each room owns its own part."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, IPvAnyNetwork, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from typing_extensions import override

from pusher.custody.settings import RetentionSettings
from pusher.lists.settings import ListSettings
from pusher.plan.routes import Route
from pusher.review.privacy import PrivacyPolicy
from pusher.sign_up.settings import SignUpSettings
from pusher.warnings.settings import WarningSettings
from pusher.watch.source import SourceSettings


class _Table(BaseModel):
    """A table of the file: an unknown key is an error that names itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Service(_Table):
    """Who runs the service, and where it is reached."""

    #: As residents know it: stands in mails, on the board and in the User-Agent.
    name: str = "公益信息推送"
    #: Telephone number or other contact for residents.
    contact: str = ""
    #: Where residents reach the board and the links in messages.
    public_url: HttpUrl = HttpUrl("http://127.0.0.1:8080")
    #: Address and port that the web server listens on.
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    #: Reverse proxies in front of it (addresses or networks): only from these X-Forwarded-For is believed.
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    #: Folder for the database, the key file and the log; relative to the settings file.
    data: Path = Path("data")


def _known_database(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    if not text or text.startswith(("postgresql+psycopg://", "sqlite+aiosqlite:///")):
        return url
    raise ValueError('must begin with "postgresql+psycopg://", or be empty for SQLite in the data folder')


class DatabaseSettings(_Table):
    """Where everything is kept."""

    #: "postgresql+psycopg://user@host/name"; empty = SQLite in the data folder.
    url: Annotated[SecretStr, AfterValidator(_known_database)] = SecretStr("")


class Templates(_Table):
    """Words of the town's own."""

    #: A folder of templates that replace the shipped ones by name; relative to the settings file.
    folder: Path | None = None


class Api(_Table):
    """Programs that may post items."""

    #: Name of the program → SHA-256 (hex) of its key, as `pusher key new NAME` prints it.
    keys: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = {}


class Settings(BaseSettings):
    """Everything that is set. Environment variables (PUSHER_SERVICE__PORT …) go before the file."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="PUSHER_", env_nested_delimiter="__", toml_file=None
    )

    service: Service = Service()
    database: DatabaseSettings = DatabaseSettings()
    #: Name of a shipped preset ("xunyang", "songshanhu") or path of a taxonomy file.
    taxonomy: str = "xunyang"
    privacy: PrivacyPolicy = PrivacyPolicy()
    retention: RetentionSettings = RetentionSettings()
    sign_up: SignUpSettings = SignUpSettings()
    templates: Templates = Templates()
    api: Api = Api()
    sources: dict[str, SourceSettings] = {}
    #: Name → table with `kind` and that kind's own settings; checked by `pusher.settings.channels`.
    channels: dict[str, dict[str, Any]] = {}
    routes: dict[str, Route] = {}
    warnings: WarningSettings = WarningSettings()
    lists: ListSettings = ListSettings()

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, TomlConfigSettingsSource(settings_cls)
