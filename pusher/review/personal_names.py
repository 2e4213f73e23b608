"""Finds names and addresses of persons: beside key words, and in table columns that are headed so. Pure."""

import re
from collections.abc import Iterator

from pusher.review.personal import Kind, Span

#: Longest first: "户主姓名" is one key.
NAME_KEYS = (
    *("法定代表人姓名", "户主姓名", "申请人姓名", "监护人姓名", "学生姓名", "家长姓名", "受助人姓名"),
    *("残疾人姓名", "持卡人姓名", "对象姓名", "成员姓名", "老人姓名", "领取人姓名", "法定代表人", "被救助人"),
    *("申请人", "申报人", "监护人", "受助人", "受益人", "持卡人", "领取人", "收款人", "户主", "姓名"),
)
ADDRESS_KEYS = ("家庭住址", "家庭地址", "居住地址", "现居住地", "现住址", "户籍地址", "户籍所在地", "住址")
_BANK_HEADS = ("银行账号", "银行卡号", "一卡通账号", "一卡通卡号", "卡号", "账号", "帐号")
#: The surnames of nearly everybody.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安"
    "齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛"
    "靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧"
    "闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚"
    "皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦"
    "戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信"
    "展阴昝智幸奉植衡富尧闭由"
)
_COMPOUND = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "司徒",
    "令狐",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "夏侯",
    "东方",
    "端木",
    "申屠",
    "轩辕",
)
_HAN = "\u4e00-\u9fff"
_GIVEN = (
    rf"(?:(?:{'|'.join(_COMPOUND)})[{_HAN}]{{1,2}}?|[{_SURNAMES}][{_HAN}]{{1,2}}?|[{_HAN}]{{2,6}}·[{_HAN}·]{{2,10}})"
)
#: What may follow a name without a mark between.
_AFTER = rf"(?=[^{_HAN}·]|$|身份证|性别|联系|电话|手机|住址|家庭|户籍|信息|同志|等|的|系|因|男|女|一户|户)"
_KEYS = "|".join(NAME_KEYS)
_INLINE = re.compile(
    rf"({_KEYS})(?:[((][^()()\n]{{0,12}}[))])?(?:[ ]*[::][ ]*|[ ]{{1,4}})((?:{_GIVEN}{_AFTER}[、,， ]{{0,2}})+)"
)
_IN_TITLE = re.compile(rf"({_KEYS})({_GIVEN})(?=信息|等\d|等[一二三四五六七八九十]|名单|同志|家庭情况)")
_ONE = re.compile(rf"{_GIVEN}{_AFTER}")
_ADDRESS = re.compile(rf"({'|'.join(ADDRESS_KEYS)})[ ]*(?:[::]|为|是)[ ]*([^，。；;\n\t|*]{{4,60}})")
_CELL_NAME = re.compile(rf"[{_HAN}]{{2,4}}|[{_HAN}]{{2,6}}·[{_HAN}·]{{2,10}}|[{_HAN}] {{1,3}}[{_HAN}]")
_NOT_NAMES = frozenset(
    {
        *("合计", "小计", "总计", "备注", "姓名", "单位", "家庭", "成员", "全体", "方式", "应当", "符合", "成年人"),
        *("时间", "高中", "平均", "公司", "全部", "全家", "国籍", "地址", "和其", "车辆", "项目", "计划", "居民"),
        *("农户", "明细", "房屋"),
    }
)
_CELLS = re.compile(r"[^\t|｜]+")
_WORDS = re.compile(r"\S+")


def name_spans(flat: str) -> list[Span]:
    """Names and addresses in a narrowed text; a name of three or more letters is one wherever it stands."""
    spans = [*_inline(flat), *_columns(flat), *_addresses(flat)]
    names = {flat[span.start : span.end] for span in spans if span.kind is Kind.NAME}
    return [*spans, *_again(flat, {name for name in names if len(name) > 2})]


def _again(flat: str, names: set[str]) -> Iterator[Span]:
    """Where known names stand, also without a key."""
    for length in sorted({len(name) for name in names}):
        for start in range(len(flat) - length + 1):
            if flat[start : start + length] in names:
                yield Span(Kind.NAME, start, start + length, head=1, tail=0)


def _inline(flat: str) -> Iterator[Span]:
    for found in _INLINE.finditer(flat):
        for one in _ONE.finditer(flat, *found.span(2)):
            if one.group() not in _NOT_NAMES:
                yield Span(Kind.NAME, *one.span(), head=1, tail=0, key=found.group(1))
    for found in _IN_TITLE.finditer(flat):
        if found.group(2) not in _NOT_NAMES:
            yield Span(Kind.NAME, *found.span(2), head=1, tail=0, key=found.group(1))


def _addresses(flat: str) -> Iterator[Span]:
    for found in _ADDRESS.finditer(flat):
        yield Span(Kind.ADDRESS, *found.span(2), head=3, tail=0, key=found.group(1))


def _columns(flat: str) -> Iterator[Span]:
    """Cells below a head that is a key word, as long as rows follow."""
    heads: list[str] = []
    place = 0
    for line in flat.split("\n"):
        cells = _cells(line, place)
        words = [flat[start:end] for start, end in cells]
        if any(word in NAME_KEYS for word in words) and len(words) > 1:
            heads = words
        elif heads and len(cells) > 1:
            yield from _row(flat, cells, heads)
        elif line.strip():
            heads = []
        place += len(line) + 1


def _cells(line: str, place: int) -> list[tuple[int, int]]:
    """Where the cells of a line stand in the text, without blanks around: cut at tabs and bars, else at blanks."""
    cut = _CELLS if re.search(r"[\t|｜]", line) else _WORDS
    found = []
    for cell in cut.finditer(line):
        text = cell.group()
        start = place + cell.start() + len(text) - len(text.lstrip())
        if text.strip():
            found.append((start, start + len(text.strip())))
    return found


def _row(flat: str, cells: list[tuple[int, int]], heads: list[str]) -> Iterator[Span]:
    for (start, end), head in zip(cells, heads, strict=False):
        text = flat[start:end]
        if head in NAME_KEYS and _CELL_NAME.fullmatch(text) and text not in _NOT_NAMES:
            yield Span(Kind.NAME, start, end, head=1, tail=0, key=head)
        elif head in ADDRESS_KEYS and len(text) > 3 and "*" not in text:
            yield Span(Kind.ADDRESS, start, end, head=3, tail=0, key=head)
        elif head in _BANK_HEADS and re.fullmatch(r"[\d -]{12,30}", text):
            yield Span(Kind.BANK, start, end, head=4, tail=4, key=head)
