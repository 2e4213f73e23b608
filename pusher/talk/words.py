"""What people are answered, in the words of residents. Pure."""

from collections.abc import Sequence

from pusher.review.taxonomy import Taxonomy
from pusher.warnings.hazard import HAZARD
from subscribers.choices import Choices, Frequency
from subscribers.topic import Severity

_OFTEN = {
    Frequency.AT_ONCE: "随时发送",
    Frequency.DAILY: "每天汇总一次",
    Frequency.WEEKLY: "每周汇总一次",
    Frequency.URGENT: "只发预警",
}

#: The least level of warnings that quiet hours do not hold.
_FROM = {
    Severity.NOTICE: "",
    Severity.BLUE: "",
    Severity.YELLOW: "黄色及以上",
    Severity.ORANGE: "橙色及以上",
    Severity.RED: "红色",
}

#: Subscriptions to single hazards: their names would fill a message.
_SOME_HAZARDS = "部分灾害预警"

ENDED = "您已退订，我们不再向您发送消息。想恢复请回复 订阅。"
CLOSED = "您还没有订阅。"
CODE_OVER = "这个二维码已经用过，或者过了半小时。要订阅，请在网页上重新登记，再扫新的二维码。"
HEARD = "已收到您的回复。"
WHAT_TO_ANSWER = "没有看懂您的回复，已转给值班人员。已收到预警请回复 1，也可写明情况，如 已转移23人。"


def listing(taxonomy: Taxonomy) -> str:
    """The domains with their numbers, which commands may name them by."""
    return " ".join(f"{number}.{domain.name}" for number, domain in enumerate(taxonomy.domains, start=1))


def help_(taxonomy: Taxonomy) -> str:
    """Every command in one paragraph."""
    return (
        f"回复 订阅+领域+地区 订阅，如 订阅 {_example(taxonomy)}；可订阅：{listing(taxonomy)}。"
        "查询：看我的订阅；地区+名称：改地区；每天、每周、立即、只收预警：改频率；退订+领域：退一项；退订：全部退订。"
    )


def welcome(service: str, taxonomy: Taxonomy) -> str:
    """To whoever has just followed."""
    return f"您好，这里是{service}。回复 订阅+名称或编号 就能订阅，如 订阅 {_example(taxonomy)}。\n{listing(taxonomy)}"


def back(choices: Choices, taxonomy: Taxonomy) -> str:
    """To whoever has followed again."""
    return f"欢迎回来，您之前的选择已恢复。\n{mine(choices, taxonomy)}"


def scanned(choices: Choices, taxonomy: Taxonomy) -> str:
    """To whoever has scanned the code of a sign-up: all that he hears of now; perhaps another has filled it in."""
    return f"扫码成功，订阅已经生效。{mine(choices, taxonomy)}不想收的，回复 退订。"


def subscribed(domains: Sequence[str], areas: Sequence[str], choices: Choices, taxonomy: Taxonomy) -> str:
    """What was just added, and how to undo it."""
    named = "、".join(map(taxonomy.name_of, domains))
    where = "、".join(map(taxonomy.name_of, areas))
    return f"已订阅：{named}（{where}），{_OFTEN[choices.frequency]}。查询：看全部；退订：不再接收。"


def unsubscribed(domains: Sequence[str], choices: Choices, taxonomy: Taxonomy) -> str:
    """What ended, and what is left."""
    rest = mine(choices, taxonomy) if choices.subscriptions else "您已没有订阅。"
    return f"已退订：{'、'.join(map(taxonomy.name_of, domains))}。{rest}"


def nothing_to_end(domains: Sequence[str], areas: Sequence[str], choices: Choices, taxonomy: Taxonomy) -> str:
    """To whoever ends what he did not choose, or a part of what he chose whole."""
    where = f"（{'、'.join(map(taxonomy.name_of, areas))}）" if areas else ""
    return f"没有这项订阅可退：{'、'.join(map(taxonomy.name_of, domains))}{where}。{mine(choices, taxonomy)}"


def no_warnings(domain: str, taxonomy: Taxonomy) -> str:
    """To whoever wants nothing but warnings, and chose none: he would hear nothing."""
    return f"您还没有订阅预警，改了就什么都收不到。请先回复 订阅 {taxonomy.name_of(domain)}。"


def mine(choices: Choices, taxonomy: Taxonomy) -> str:
    """All that somebody chose, in one line."""
    if not choices.subscriptions:
        return CLOSED
    by_domain: dict[str, list[str]] = {}
    for wish in choices.subscriptions:
        named = _SOME_HAZARDS if wish.domain.startswith(HAZARD) else taxonomy.name_of(wish.domain)
        by_domain.setdefault(named, []).append(taxonomy.name_of(wish.area))
    said = "；".join(f"{named}（{'、'.join(dict.fromkeys(areas))}）" for named, areas in by_domain.items())
    quiet = choices.quiet
    hush = f"，{_clock(quiet.start)}至{_clock(quiet.end)}免打扰" if quiet else ""
    held = _FROM[choices.urgent] if quiet else ""
    return f"您订阅了：{said}。{_OFTEN[choices.frequency]}{hush}，{held}预警随时发送。"


def own_page(address: str) -> str:
    """Where one changes everything without writing."""
    return f"查看和修改：{address}"


def moved(areas: Sequence[str], taxonomy: Taxonomy) -> str:
    """The new area of everything."""
    return f"您的订阅已改为：{'、'.join(map(taxonomy.name_of, areas))}。"


def often(frequency: Frequency) -> str:
    """The new frequency."""
    return f"已改为{_OFTEN[frequency]}，预警随时发送。"


def which_domain(taxonomy: Taxonomy) -> str:
    """A subscription that names no known domain."""
    return f"请写明领域，如 订阅 {_example(taxonomy)}。可订阅：{listing(taxonomy)}。"


def which_area(taxonomy: Taxonomy) -> str:
    """An area that is not known."""
    names = [place.name for place in taxonomy.places[:8]]
    return f"请回复 地区+名称，如 地区 {names[-1] if names else '街道'}。可选：{'、'.join(names)}。"


def which_to_end(taxonomy: Taxonomy) -> str:
    """An end of something that is not known."""
    return f"没有看懂要退哪一项。退一项请回复 退订+编号：{listing(taxonomy)}；全部退订请回复 退订。"


def _example(taxonomy: Taxonomy) -> str:
    return taxonomy.domains[0].name if taxonomy.domains else ""


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
