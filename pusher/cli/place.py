"""Whose domains and areas hold where no settings file is needed."""

from pathlib import Path

import click

from pusher.review.taxonomy import Taxonomy

#: The preset that holds where nobody names another.
PRESET = "xunyang"

#: Option of commands that work without settings.
taxonomy_option = click.option(
    "--taxonomy", "named", help='A preset ("xunyang", "songshanhu") or a taxonomy file; else what the settings say.'
)


def taxonomy_for(settings: Path, named: str | None) -> Taxonomy:
    """The taxonomy that is named, else that of the settings, else the preset. Raises TaxonomyError, SettingsError."""
    if named:
        return Taxonomy.load(Path(named) if Path(named).is_file() else named)
    if settings.is_file():
        from pusher.settings.read import read

        return read(settings).taxonomy
    return Taxonomy.load(PRESET)
