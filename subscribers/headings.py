"""What the columns of a list mean, by their headings; every further column becomes a slot. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from subscribers.datum import Datum
from subscribers.group_cells import Cell, GroupFileError

_MEANINGS = {
    "phone": "手机 手机号 手机号码 移动电话 电话 电话号码 联系电话 联系方式 phone phonenumber mobile tel telephone",
    "email": "邮箱 电子邮箱 邮箱地址 电子邮件 邮件 邮件地址 email e-mail mail emailaddress",
    "openid": "openid 微信 微信openid wechat",
    "wecom": "企业微信 企业微信账号 wecom userid",
    "wecom_bot": "企业微信机器人 企业微信群机器人",
    "dingtalk_bot": "钉钉机器人 钉钉群机器人",
    "feishu_bot": "飞书机器人 飞书群机器人",
    "url": "webhook 回调地址",
    "name": "姓名 名字 name",
    "channel": "渠道 首选渠道 通知渠道 通知方式 channel",
    "longitude": "经度 longitude lng lon",
    "latitude": "纬度 latitude lat",
}
#: Coordinates that the brackets behind 经度 and 纬度 may name; without them they are WGS 84.
_DATUMS: Mapping[str, Datum] = {
    **dict.fromkeys(("wgs84", "wgs-84", "gps", "cgcs2000", "天地图"), "wgs-84"),
    **dict.fromkeys(("gcj02", "gcj-02", "高德", "腾讯", "火星坐标"), "gcj-02"),
    **dict.fromkeys(("bd09", "bd-09", "百度"), "bd-09"),
}
#: Headings that are common enough to have a slot name of their own.
_SLOTS = {
    "area": "地区 所在地区 区域 area",
    "town": "乡镇 镇街 街道 乡镇街道 街道乡镇 所属街道 所在街道 所属乡镇 所在乡镇 town",
    "village": "村 行政村 所在村 所属村 village",
    "community": "社区 小区 所属社区 所在社区 community",
    "home": "地址 住址 家庭住址 home",
    "school": "学校 school",
    "class_name": "班级 class",
    "student": "学生 学生姓名 student",
    "amount": "金额 补助金额 补贴金额 amount",
    "date": "日期 date",
    "time": "时间 time",
    "place": "地点 place",
    "id_number": "身份证 身份证号 身份证号码",
    "number": "编号 number",
    # What the lists of people who must answer a warning say of each (叫应).
    "role": "角色 职务 岗位 role",
    "hazards": "灾种 灾害 hazards",
    "deputy": "副职 代理人 替补 deputy",
    "superior": "上级 superior",
    "duty": "值班 值班时间 duty",
    "note": "备注 note",
}
_MEANING_OF = {word: meaning for meaning, words in _MEANINGS.items() for word in words.split()}
_SLOT_OF = {word: slot for slot, words in _SLOTS.items() for word in words.split()}

#: The kinds of address that a list can bring.
ADDRESS_KINDS = ("phone", "email", "openid", "wecom", "wecom_bot", "dingtalk_bot", "feishu_bot", "url")

#: Where somebody lives: both columns, or neither.
COORDINATES = ("longitude", "latitude")
#: What a column means that is passed over, and how a mapping says so.
IGNORED = "ignored"
_IGNORED_WORDS = frozenset({"忽略", "ignored", "-"})
#: The columns that a file of refused rows has besides: passed over when it is imported.
ROW, REASON = "原文件行号", "拒收原因"
#: A row's number says nothing of a person, and another one in each file would make everybody a changed one.
_ROW_NUMBERS = frozenset({"序号", "行号", "no.", "no"})

#: Most characters of a heading that is not known.
_LONGEST = 30
_WITH_BRACKETS = re.compile(r"(.+?)\((.+)\)")
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*", re.ASCII)
_REQUIRED_MARK = re.compile(r"\((必填|选填|可选)\)|[*:]")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column."""

    #: As it stands in the file.
    text: str
    #: One of `ADDRESS_KINDS`, "name", "channel", "longitude", "latitude", "slot", `IGNORED`, or "" for a column without
    #: heading.
    meaning: str
    #: Name by which templates use the column; "" for addresses, channels and coordinates.
    slot: str = ""
    #: Of longitude and latitude.
    datum: Datum = "wgs-84"


def read_headings(cells: Sequence[Cell], mapping: Mapping[str, str] | None = None) -> list[Heading] | None:
    """The columns, if this row names at least one kind of address; else None. Raises GroupFileError.

    `mapping`: heading in the file → a heading that is understood ("手机"), another name for a slot, or "忽略"; it goes
    before what the heading would mean by itself.
    """
    texts = [cell if isinstance(cell, str) else "" for cell in cells]
    if not any(_names_address(text, mapping or {}) for text in texts):
        # A title, or a person where headings are missing: not a word of it is found fault with, nor repeated.
        return None
    headings = [_mapped(text, mapping or {}) for text in texts]
    taken: dict[str, Heading] = {}
    for heading in headings:
        name = heading.meaning if heading.meaning in COORDINATES else heading.slot
        former = taken.setdefault(name, heading) if name else heading
        if former is not heading:
            raise GroupFileError(
                f"列“{former.text}”和“{heading.text}”对应同一个名称 {name}：请删去一列，"
                f"或把标题写成“{heading.text[:_LONGEST]}(英文名)”"
            )
    _check_coordinates(taken)
    return headings


def _check_coordinates(taken: Mapping[str, Heading]) -> None:
    """A list gives both coordinates in the same system, or none."""
    named = [taken[name] for name in COORDINATES if name in taken]
    if len(named) == 1:
        raise GroupFileError(f"只有“{named[0].text}”一列：经度和纬度要么都有，要么都没有")
    if len({heading.datum for heading in named}) > 1:
        raise GroupFileError("经度和纬度两列的坐标系不同：请写成一样的，例如 经度(GCJ-02)、纬度(GCJ-02)")


def slot_of(text: str) -> str:
    """The slot of a heading or of a slot's own name, as people write either; "" if it is no slot's."""
    return _heading(text).slot or text


def _mapped(text: str, mapping: Mapping[str, str]) -> Heading:
    word = mapping.get(text.strip())
    if word is None:
        return _heading(text)
    if word.strip().lower() in _IGNORED_WORDS:
        return Heading(text, IGNORED)
    return replace(_heading(word), text=text)


def _names_address(text: str, mapping: Mapping[str, str]) -> bool:
    try:
        return _mapped(text, mapping).meaning in ADDRESS_KINDS
    except GroupFileError:
        return False


def _heading(text: str) -> Heading:
    # As it is seen: copied headings bring characters without width along, and long ones are broken into lines.
    shown = "".join(one for one in unicodedata.normalize("NFKC", text) if one.isprintable() or one.isspace())
    plain = " ".join(_REQUIRED_MARK.sub("", shown).split())
    if not plain:
        return Heading(text, "")
    if plain in (ROW, REASON) or plain.lower() in _ROW_NUMBERS:
        return Heading(text, IGNORED)
    with_brackets = _WITH_BRACKETS.fullmatch(plain)
    outside, inside = with_brackets.groups() if with_brackets else (plain, "")
    meaning = _MEANING_OF.get(_word(inside)) or _MEANING_OF.get(_word(outside))
    if meaning in COORDINATES:
        return Heading(text, meaning, datum=_datum(text, inside))
    if meaning:
        return Heading(text, meaning, "name" if meaning == "name" else "")
    if _ASCII_NAME.fullmatch(inside):
        return Heading(text, "slot", _slot_name(inside))
    return Heading(text, "slot", _SLOT_OF.get(_word(outside)) or _slot_name(plain))


def _datum(text: str, named: str) -> Datum:
    if named and _word(named) not in _DATUMS and _word(named) not in _MEANING_OF:
        raise GroupFileError(f"列“{text[:_LONGEST]}”的坐标系看不懂：请写成 经度(WGS-84)、经度(GCJ-02) 或 经度(BD-09)")
    return _DATUMS.get(_word(named), "wgs-84")


def _word(text: str) -> str:
    return "".join(text.lower().replace("_", "").split())


def _slot_name(plain: str) -> str:
    """A name that templates can write: an ASCII heading is its own, another is spelt by its characters' codes."""
    if len(plain) > _LONGEST:
        raise GroupFileError(f"标题“{plain[:_LONGEST]}…”太长：请缩短，或写成“标题(英文名)”")
    if _ASCII_NAME.fullmatch(plain):
        return "_".join(re.split(r"[ _-]+", plain.strip(" _-"))).lower()
    return "_".join(f"u{ord(character):x}" for character in plain if not character.isspace())
