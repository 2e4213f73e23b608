"""Whether a reply bears marks of a telephone, WeChat or mailbox that answers by itself. Pure.

Such a reply may well say 收到: it says that a machine has it. Some marks are a machine's alone; others (not here, in a
meeting, later) are what its owner told it to say, and what people write as well. Both are doubtful, and what is
doubtful costs one more call; a machine that is believed may cost a village its warning.
"""

import re
import unicodedata

#: People write none of this of themselves: with it, nothing else in the reply counts.
_BY_ITSELF = re.compile(
    r"自动(?:回复|应答|答复|回执|回信|答录|消息|短信|信息|邮件|发送|发出|转发|生成)|[\[【(《<「{]自动|"
    r"系统(?:回复|发送|发出|生成)|我是[^，。,]{0,6}(?:机器人|助[理手])|智能(?:助理|助手|客服|秘书)|AI助[理手]|"
    r"秘书台|(?:短信|电话|语音|小)秘书|漏接|来电提醒|用户已关机|语音信箱|机主|对方(?:正|暂|已|无法|不)|"
    r"(?:感谢|谢谢)(?:您|你)的?(?:来信|来电|来函|来访|咨询|关注|留言|反馈|支持|理解|联系|配合)|"
    r"工作时间|办公时间|工作日|节假日|勿(?:直接)?回复|"
    r"AUTO(?:MATED|MATIC|MATICALLY)?(?:REPLY|RESPON|ANSWER|MESSAGE|GENERATED|MAIL)|"
    r"DONOTREPLY|NOREPLY|OUTOF(?:THE)?OFFICE|\bOOO\b"
)
#: Two marks of an office's mailbox that are none each by itself.
_HAS_IT = re.compile(
    r"(?:您|你|贵)[^，。,]{0,4}(?:消息|信息|留言|短信|来信|来电|来函|邮件|微信|咨询|反馈).{0,8}收[到悉].*"
    r"(?:尽快|及时|第一时间|工作人员|专人)"
)
#: With one of these behind it, a meeting or a drive is about the danger: "正在开车赶往现场".
_PURPOSE = (
    r"(?!着|于|而|去|往|赶|到|前|过|室|回村|下乡|上山|进村|巡|接|转|撤|"
    r"部署|安排|研究|传达|动员|商|布置|组织|落实|调度|会商)"
)
#: What people tell their telephones to say while they are away.
_AWAY = re.compile(
    r"(?:^|\W|我|本人|人|现在|目前|暂时?|今天|有事|临时|[刚正]好|手机)(?:都|也|已经?|均)?"
    r"不在(?!危|险|低洼|河|水|山|洪|淹|灾)|"
    r"(?:现在?|正在?|临时|[刚正]好|目前)有事|"
    rf"(?:正在?|在|现在?|目前|很|太)(?:开会|开车|驾车|驾驶|忙碌?|上课|通话|会议|手术|睡觉|休息|休假|出差|培训){_PURPOSE}|"
    r"(?:会议|开会|开车|驾驶|忙碌|通话|休假|出差|培训|上课|手术|休息)中|"
    r"休假|离线|勿扰|不方便|不便(?:接|回)|(?:无法|不能|未能|没法)(?:及时|马上|立即)?(?:接听?|回复|应答|答复|查看)|"
    r"(?:请|可以?)(?:给我|先|您|你)?留言|(?:急事|有事|要事)[^，。,]{0,3}请|请稍[后候]|"
    r"(?:稍[后候]|晚[点些]|一会儿?|待会儿?|等会儿?|过会儿?|等下|回头|随后|尽快|忙完|会后|下班|改天|有空|方便时)"
    r"(?:后|再|会|将|就|我)*"
    r"(?:和|给|与|跟|向|同)?(?:您|你|大家|各位)?(?:取得)?"
    r"(?:联系|(?:回复|答复|回电话?|回话|打电话|打过来|打给|打回)(?=您|你|$|\W))|"
    r"(?:回复|答复|联系|回电话?|打给|打电话给)(?:您|你)(?:$|\W)|"
    r"ONLEAVE|VACATION|HOLIDAY|INAMEETING|(?:I'?M|AM|WHILE)DRIVING|GETBACKTO|CALL(?:YOU)?(?:BACK|LATER)|"
    r"REPLY(?:TOYOU)?LATER|CAN(?:'?T|NOT)TALK|NOTAVAILABLE|AWAYFROM|BUSYRIGHT|I'?MBUSY"
)
#: People and programs part the letters of a word.
_BETWEEN = re.compile(r"[\s·•*_\-‐‑–—|]+")


def is_machines(text: str) -> bool:
    """Whether nobody has written this: a machine says so, or cannot but give itself away."""
    return any(_BY_ITSELF.search(form) or _HAS_IT.search(form) for form in _forms(text))


def is_away(text: str) -> bool:
    """Whether it says what is told to telephones: not here, in a meeting, on the road, later."""
    return any(_AWAY.search(form) for form in _forms(text))


def may_be_a_machine(text: str) -> bool:
    """Whether it bears a mark of either kind, so that perhaps nobody has even read what it answers."""
    return is_machines(text) or is_away(text)


def _forms(text: str) -> tuple[str, str]:
    """In capitals, full-width letters as usual ones, without what cannot be seen: all as one, and parted at blanks."""
    seen = "".join(each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf")
    return _BETWEEN.sub("", seen).upper(), "，".join(seen.upper().split())
