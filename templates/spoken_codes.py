"""What is said digit by digit: telephones, roads, rooms, codes; web addresses are not said at all. Pure."""

import re

from templates.spoken_numbers import Rule, dialled, each, literally

#: Numbers for everybody in need or with a question; others are told by the words before them.
_SERVICES = (
    "110|119|120|122|114"
    "|12(?:119|122|123|301|305|306|309|310|315|318|320|328|329|330|331|333|335|336|338|339|345|348|350|351|353|355|356|358"
    "|360|363|365|366|367|369|371|377|378|379|380|381|385|386|388|389|393|395|396|398)"
    "|95598|96119|100(?:00|10|86)"
)
#: A number that counts something is no telephone, whatever words stand before it.
_NO_QUANTITY = (
    r"(?![\d.,]*\d)(?!\s*(?:[A-Za-z%℃°㎡‰#]|余|多|来|几|左右|以上|以下|[个人户名条次部台辆艘架座处所家项件宗起批组队班岁天周年月日号时分秒元角"
    r"万亿千百吨斤克米亩级度倍成层栋间张]|公里|小时|毫米|厘米|平方|立方))"
)
#: Area code and number or service number; mobiles; 400 and 800.
_WHOLE = (
    r"(?:\+?86[- ])?(?:0\d{2,3}[- ]?\d{7,8}|0\d{2,3}-(?:1\d{4}|9\d{4,5})"
    r"|1[3-9]\d[- ]?\d{4}[- ]?\d{4}|[48]00[- ]?\d{3}[- ]?\d{4})(?!\d)"
)
_ONE = rf"(?:{_WHOLE}|\d{{3,12}}(?!\d))"
_EXTENSION = r"(?:\s*(?:转|-)\s*\d{1,6}(?![\d.:：]))?"
_WORDS = "电话|拨打|热线|致电|来电|请打|手机|传真|值班室|咨询|报警|求助"
_LISTED = r"\s*[、，,/；;或和及]\s*"
#: Words before a number that names something and counts nothing.
_NAMED = (
    "邮编|邮政编码|编号|编码|代码|账号|帐号|卡号|证号|证件号码|批号|验证码|密码|工号|学号|车牌号?|航班号?|车次"
    "|微信号?|QQ|qq|群号|热线号码"
)


def _numbers(found: re.Match[str]) -> str:
    """A telephone with its extension, or several; a pause between area code and number is no part of it."""
    said = re.sub(r"\s*转\s*", "转", found["numbers"])
    said = re.sub(r"(?<=\d)-(?=\d{1,6}(?:\D|$))(?<=\d{7}-)", "转", said)
    said = re.sub(_LISTED, "，", said)
    return re.sub(r"[\d +-]+", lambda digits: dialled(digits[0]), said)


def _behind_words(found: re.Match[str]) -> str:
    mark = re.sub(r"\s*[：:]\s*", "，", found["mark"]).strip()
    return found["words"] + mark + _numbers(found)


def _code(found: re.Match[str]) -> str:
    """Digits behind letters: PM10 is a number, G70 and K528 are said digit by digit, and so is what follows a dash."""
    letters, digits, rest = found["letters"], found["digits"], found["rest"]
    if letters == "PM" and not rest:
        return letters + {"10": "十", "1": "一"}.get(digits, each(digits))
    return letters + (each(digits) if len(digits) == 1 else dialled(digits)) + literally(rest)


#: Before brackets are taken for pauses.
WRITTEN: tuple[Rule, ...] = (
    # An address that nobody can write down is not read out; where to find it is said instead.
    (
        re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE),
        lambda _: "公告原文中的网址",
    ),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), lambda _: "公告原文中的邮箱"),
    (re.compile(r"[（(](0\d{2,3})[）)]\s*-?\s*(?=\d{7,8}(?!\d))"), lambda found: f"{found[1]}-"),
)
RULES: tuple[Rule, ...] = (
    (
        re.compile(
            rf"(?P<words>{_WORDS})(?P<mark>[号码为是请]{{0,2}}[：: ]{{0,2}})"
            rf"(?P<numbers>{_ONE}{_EXTENSION}(?:{_LISTED}{_ONE}{_EXTENSION})*){_NO_QUANTITY}"
        ),
        _behind_words,
    ),
    (
        re.compile(rf"(?<![\d.A-Za-z-])(?P<numbers>{_WHOLE}{_EXTENSION}(?:[/、]\s*\d{{7,8}}(?!\d))*){_NO_QUANTITY}"),
        _numbers,
    ),
    (
        re.compile(rf"(?<![\d.A-Za-z-])(?<!\d,)(?P<numbers>(?:{_SERVICES})(?:[、，,/](?:{_SERVICES}))*){_NO_QUANTITY}"),
        _numbers,
    ),
    (re.compile(rf"(?P<words>{_NAMED})(?P<mark>\s*[：:为是]?\s*)(?P<numbers>\d{{3,}}){_NO_QUANTITY}"), _behind_words),
    # 105国道, 302路, 1203室: three digits and more are said one by one.
    (
        re.compile(
            r"(?<![\d.,-])(\d{3,4})(?=\s*(?:国道|省道|县道|乡道|路公交|路车|路(?![口段面边基])|[室房](?!间)|次列车|次航班))"
        ),
        lambda f: dialled(f[1]),
    ),
    (
        re.compile(r"(?<![\dA-Za-z/.])(?P<letters>[A-Za-z]+)(?P<digits>\d+)(?P<rest>(?:[-/+]\d+)*)(?!\d*\.\d)(?!\d)"),
        _code,
    ),
    (
        re.compile(r"(?P<letters>[A-Za-z])-(?P<digits>\d+)(?P<rest>(?:[-/]\d+)*)(?![\d.])"),
        lambda f: f"{f[1]}杠{dialled(f[2])}{literally(f[3])}",
    ),
    # 3-2-101: whatever is meant, it is no range.
    (re.compile(r"(?<![\d.])\d+(?:[-－]\d+){2,}(?![\d.])"), lambda found: literally(found[0])),
    (re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])"), lambda found: literally(found[0])),
    # Nobody writes so many without saying what.
    (re.compile(rf"(?<![\d.,])\d{{9,}}{_NO_QUANTITY}"), lambda found: dialled(found[0])),
    (re.compile(r"(\d+)#(?=[楼栋幢机闸泵桥井院变、，。\s）)]|$)"), lambda found: f"{found[1]}号"),
)
