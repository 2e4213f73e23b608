"""Secrets in settings: given in place (environment) or in a file of their own, never shown."""

from pathlib import Path

from pydantic import SecretStr


def secret(value: SecretStr | None, file: Path | None) -> str:
    """The secret itself, from `value` or else from the first line of `file`; "" where neither is set.

    Raises ValueError with one sentence that names the file, never the secret, if it cannot be read.
    """
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return ""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the secret file {file} cannot be read: {type(error).__name__}") from None
    return lines[0].strip() if lines else ""
