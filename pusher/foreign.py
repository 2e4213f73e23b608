"""The start-up guard against foreign packages of our names; it imports nothing of ours, so it can speak before they do.

Other distributions use the names `pusher`, `channels`, `templates`, too. In one environment with ours they come first
on the path, or lie in the very same folder with the files of both mixed.
"""

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

#: The packages of this application; all lie side by side in one folder.
PACKAGES = ("pusher", "channels", "templates", "subscribers")

_DISTRIBUTION = "gov-pusher"
_REMEDY = "install gov-pusher in a virtual environment of its own"


def foreign_packages() -> Sequence[str]:
    """One sentence for each of our packages that is missing, shadowed or mixed with another's; empty if all is well."""
    home = Path(__file__).resolve().parent.parent
    owners = metadata.packages_distributions()
    return [*misplaced(_places(PACKAGES), home), *co_owned(PACKAGES, owners)]


def misplaced(places: Mapping[str, Path | None], home: Path) -> Sequence[str]:
    """Packages that Python would take from elsewhere than below `home`; `None` = it finds no such package."""
    sentences = []
    for name, place in places.items():
        if place is None:
            sentences.append(f"The package {name!r} of gov-pusher is missing: {_REMEDY}.")
        elif place != home / name:
            sentences.append(f"The package {name!r} is taken from {place} and not from {home / name}: {_REMEDY}.")
    return sentences


def co_owned(names: Iterable[str], owners: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Packages into whose folder another distribution has been installed; `owners` as `packages_distributions` says."""
    # An editable install is not seen there, and a second copy of our own name is ours.
    return [
        f"The package {name!r} is also installed by {other}, which mixes its files with ours: {_REMEDY}."
        for name in names
        for other in sorted(set(owners.get(name, ())) - {_DISTRIBUTION})
    ]


def _places(names: Iterable[str]) -> dict[str, Path | None]:
    return {name: _place(name) for name in names}


def _place(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent
