"""What the pages say: every sentence that a catalogue may translate, found in templates and modules."""

import ast
import re
from pathlib import Path

import pusher.console
from pusher.console.hazard_groups import HAZARD_GROUPS
from pusher.console.page import LEVEL_NAMES
from pusher.review.taxonomy import Taxonomy

_ROOM = Path(pusher.console.__file__).parent
_IN_TEMPLATES = re.compile(r'\b_(?:\.count)?\("([^"]+)"')
#: What people see of addresses that are wrong (`subscribers.address_form`).
_ADDRESSES = (
    "电话号码是空的",
    "电话号码太长",
    "电话号码里有数字以外的字符，或位数不对",
    "没有这样的电话号码：手机号应为 11 位，固定电话要带区号",
    "邮箱地址是空的",
    "邮箱地址太长",
    "邮箱地址里应当正好有一个 @",
    "邮箱地址的写法不对",
    "邮箱地址 @ 后面的域名不完整",
)


def messages() -> set[str]:
    """All of them."""
    domains = Taxonomy.load("domains").domains
    fixed = {"中文", *LEVEL_NAMES.values(), *_ADDRESSES, *(group.name for group in HAZARD_GROUPS.values())}
    fixed |= {text for domain in domains for text in (domain.name, domain.description)}
    return fixed | _of_templates() | _of_modules()


def _of_templates() -> set[str]:
    return {text for path in (_ROOM / "pages").glob("*.j2") for text in _IN_TEMPLATES.findall(path.read_text("utf-8"))}


def _of_modules() -> set[str]:
    found = set()
    for path in _ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "to_say":
                found.add(str(ast.literal_eval(node.args[0])))
    return found - {"text"}
