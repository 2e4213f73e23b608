"""The start-up guard against foreign packages of our names. It imports nothing of ours, so it can speak before they do.

Other distributions use the names `pusher`, `channels`, `templates`, too. In one environment with ours they come first
on the path, or lie in the very same folder with the files of both mixed. Every command asks, so it has to be quick:
`importlib.metadata` alone would cost as much as `pusher --help`.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

#: The packages of this application; all lie side by side in one folder.
PACKAGES = ("pusher", "channels", "templates", "subscribers")

#: The folder in which they lie.
HOME = Path(__file__).resolve().parent.parent

_OURS = "gov_pusher"
_REMEDY = "install gov-pusher in a virtual environment of its own"


def foreign_packages(home: Path = HOME) -> Sequence[str]:
    """One sentence for each of our packages that is missing, shadowed or mixed with another's; empty if all is well."""
    found = (_misplaced(name, home) or _shared(name, home) for name in PACKAGES)
    return [f"{sentence}: {_REMEDY}." for sentence in found if sentence]


def _misplaced(name: str, home: Path) -> str:
    """Says where Python takes a package from if not from below `home`; "" if all is well."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return f"The package {name!r} of gov-pusher is missing"
    folder = Path(spec.origin).resolve().parent
    return "" if folder == home / name else f"The package {name!r} is taken from {folder} and not from {home / name}"


def _shared(name: str, home: Path) -> str:
    """Says which other distribution has put a package of that name into `home` as well; "" if none has."""
    line = f"{name}/__init__.py,".encode()
    for record in sorted(home.glob("*.dist-info/RECORD")):
        owner = record.parent.name.split("-")[0]
        if owner != _OURS and any(each.startswith(line) for each in record.read_bytes().splitlines()):
            return f"The package {name!r} is also installed by {owner}, which mixes its files with ours"
    return ""
