"""What this machine lacks to print PDFs that people can read: the library, or a font with Chinese letters.

It is asked before the library draws anything: without a Chinese font it draws empty boxes, and without any font at all
it brings the whole process down.
"""

import ctypes
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec

#: What fontconfig (fontconfig.org) is asked for: a font with all letters that simplified Chinese is written with.
_CHINESE = b":lang=zh-cn"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing."""

    #: For the operator: what it is and what to do.
    told: str
    #: For whoever wanted a PDF, in Chinese.
    shown: str
    #: Whether something that was meant to work does not; the extra is a choice.
    is_fault: bool = True


_NO_LIBRARY = "本站没有安装生成 PDF 的组件。"
EXTRA = Lack('no PDFs: they need the extra, pip install "gov-pusher[print]"', _NO_LIBRARY, is_fault=False)
LIBRARY = Lack(
    "no PDFs: the extra print needs Pango, install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0",
    _NO_LIBRARY,
)
FONT = Lack(
    "no PDFs: no font here has Chinese letters, which would come out as empty boxes; "
    "install one (fonts-wqy-microhei or fonts-noto-cjk) and restart",
    "本站没有安装中文字体，生成的 PDF 里汉字会变成空格子。",
)


@cache
def lack() -> Lack | None:
    """What is missing; None = nothing. Looked up once: fonts are read when a process first needs them."""
    if find_spec("weasyprint") is None:
        return EXTRA
    try:
        if not _has_font(_CHINESE):
            return FONT
        import_module("weasyprint")
    except OSError:
        # What it draws with is no Python package.
        return LIBRARY
    return None


class _FontSet(ctypes.Structure):
    """`FcFontSet` of fontconfig.h; the fonts themselves are not looked at."""

    _fields_ = (("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p))


def _has_font(wanted: bytes) -> bool:
    """Whether there is a font that fits a pattern of fontconfig. Raises OSError where that is missing."""
    library = ctypes.CDLL("libfontconfig.so.1")
    library.FcNameParse.restype = library.FcObjectSetCreate.restype = ctypes.c_void_p
    library.FcNameParse.argtypes = [ctypes.c_char_p]
    library.FcFontList.restype = ctypes.POINTER(_FontSet)
    library.FcFontList.argtypes = [ctypes.c_void_p] * 3
    for name in ("FcPatternDestroy", "FcObjectSetDestroy", "FcFontSetDestroy"):
        getattr(library, name).argtypes = [ctypes.c_void_p]
    pattern, objects = library.FcNameParse(wanted), library.FcObjectSetCreate()
    # The first argument, none, means the settings of the machine, which Pango goes by as well.
    found = library.FcFontList(None, pattern, objects)
    has = bool(found) and found.contents.count > 0
    if found:
        library.FcFontSetDestroy(found)
    library.FcObjectSetDestroy(objects)
    library.FcPatternDestroy(pattern)
    return has
