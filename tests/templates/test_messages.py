import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from channels.message import Lane, Message
from channels.slots import Pattern, slot
from templates.failure import TemplateError
from templates.notice import Notice
from templates.render import Renderer
from templates.sample import HOSTILE, NOTICE, SAMPLES, WARNING

DOMAINS = ("rural", "aid", "education", "health", "environment", "disaster", "culture")
FOLDERS = ("default", "warning", *DOMAINS)
FORMS = {
    "mail": {"subject", "text", "html"},
    "sms": {"text"},
    "wechat": {"url"},
    "board": {"title", "summary", "html"},
    "card": {"title", "text", "url"},
    "script": {"title", "text"},
}
EMPTY = Notice(title="停水通知", summary="", body="", issuer="", published=None, url="")
renderer = Renderer(service="星湖区政务信息", contact="0000-8880201")


def say(form: str, notice: Notice, folder: str = "default", *, with_: Renderer = renderer) -> Message:
    return with_.message(form, notice, folder=folder, id="b1-x", lane=Lane.ROUTINE, expires=None)


def words(message: Message) -> str:
    return "\n".join((*message.parts.values(), *message.fields.values()))


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_folder_says_every_notice_in_every_form(folder: str, form: str, sample: str) -> None:
    message = say(form, SAMPLES[sample], folder)
    assert set(message.parts) == FORMS[form]
    assert bool(message.fields) == (form in ("sms", "wechat"))
    assert message.template == folder
    assert "None" not in words(message)
    assert all(value for value in message.fields.values())


@pytest.mark.parametrize("folder", DOMAINS)
def test_every_domain_has_advice_and_a_call_of_its_own(folder: str) -> None:
    ours, default = say("mail", NOTICE, folder).parts["text"], say("mail", NOTICE).parts["text"]
    assert len(set(ours.splitlines()) - set(default.splitlines())) >= 2


def test_no_two_folders_say_the_same() -> None:
    assert len({say("mail", NOTICE, folder).parts["text"] for folder in FOLDERS}) == len(FOLDERS)


def test_a_folder_that_is_not_there_speaks_in_the_default_words() -> None:
    for folder in ("sports", "../../etc", ""):
        message = say("mail", NOTICE, folder)
        assert message.parts == say("mail", NOTICE).parts
        assert message.template == folder


def test_a_form_without_templates_is_refused_with_a_sentence() -> None:
    with pytest.raises(TemplateError, match="no templates for the form “fax”"):
        say("fax", NOTICE)


def test_a_warning_says_who_when_what_level_and_what_to_do_and_whom_to_call() -> None:
    text = say("sms", WARNING, "warning").parts["text"]
    places = [
        text.index(part)
        for part in (
            "星湖区气象台",
            "2026年11月22日9时05分",
            "发布",
            "暴雨橙色预警",
            "预计未来3小时",
            "远离",
            "咨询电话：0000-8880121",
        )
    ]
    assert places == sorted(places)


def test_the_mail_of_a_warning_states_what_the_law_asks_for() -> None:
    text = say("mail", WARNING, "warning").parts["text"]
    for label in (
        "预警类别：暴雨",
        "预警级别：橙色",
        "起始时间：",
        "影响范围：",
        "发布单位：",
        "发布时间：",
        "请这样做：",
    ):
        assert label in text


def test_the_issuers_own_advice_and_telephone_go_before_ours() -> None:
    text = say("sms", replace(WARNING, advice="请到学校操场集合。", contact="110"), "warning").parts["text"]
    assert "请到学校操场集合。" in text
    assert text.endswith("咨询电话：110")
    assert "河边" not in text


def test_an_ending_says_so_first_and_asks_nobody_to_take_shelter() -> None:
    message = say("sms", replace(WARNING, follows="解除", body="降雨已经减弱。"), "warning")
    assert message.parts["text"].startswith("星湖区气象台2026年11月22日9时05分解除暴雨橙色预警：")
    assert "立即" not in words(message)
    assert message.fields["title"] == "暴雨橙色预警已解除"


def test_a_warning_known_by_its_title_alone_is_not_told_twice() -> None:
    ended = replace(WARNING, event="", follows="解除", title="星湖区气象台解除暴雨橙色预警信号", body="降雨减弱。")
    text = say("sms", ended, "warning").parts["text"]
    assert text.startswith("2026年11月22日9时05分，星湖区气象台解除暴雨橙色预警信号：降雨减弱。")
    assert text.count("解除") == 1


@pytest.mark.parametrize("follows", ["更新", "更正", "撤回", "解除"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_what_follows_an_earlier_notice_says_so_in_every_form(follows: str, folder: str) -> None:
    notice = replace(WARNING if folder == "warning" else NOTICE, follows=follows)
    for form in FORMS:
        assert follows in words(say(form, notice, folder)) or follows in "更新"
    assert f"{follows}" in say("mail", notice, folder).parts["subject"]


@pytest.mark.parametrize("change", ["升级", "降级"])
def test_whether_a_warning_grows_worse_stands_first_in_every_form(change: str) -> None:
    title = f"星湖区气象台{change}发布暴雨橙色预警"
    notice = replace(WARNING, follows="更新", title=title)
    for form in set(FORMS) - {"script"}:
        said = words(say(form, notice, "warning"))
        assert f"{change}发布暴雨" in said or f"暴雨橙色预警（{change}）" in said, form
    assert say("sms", notice, "warning").parts["text"].startswith("星湖区气象台")


def test_what_is_unknown_leaves_no_empty_label_behind() -> None:
    for form in FORMS:
        assert not re.search(r"发布时间：|发布单位：|涉及地区：|：\s*(\n|$|<br>)|“”", words(say(form, EMPTY)))


def test_a_notice_of_attachments_alone_points_to_them() -> None:
    notice = replace(EMPTY, attachments=(("", "https://x.cn/1.pdf"), ("附表", "ftp://x.cn/2")))
    text = say("mail", notice).parts["text"]
    assert "正文见附件。" in text
    assert "附件：附件1 https://x.cn/1.pdf" in text
    assert "附件：附表\n" in text
    assert "ftp:" not in text


@pytest.mark.parametrize("title", ["", "，", "\u200b", "——"])
def test_a_title_without_anything_to_read_is_replaced(title: str) -> None:
    for form, part in (("sms", "text"), ("mail", "subject"), ("board", "title")):
        assert say(form, replace(EMPTY, title=title, issuer="区教体局")).parts[part].startswith("区教体局发布的信息")


def test_our_own_page_tells_all_of_a_notice_that_stands_nowhere_else() -> None:
    notice = replace(NOTICE, url="", body="长" * 5000 + "\n\n完")
    assert say("board", notice).parts["html"].count("长") == 5000
    assert "<p>完</p>" in say("board", notice).parts["html"]
    assert say("mail", notice).parts["text"].count("长") < 1500
    warning = replace(WARNING, body="雨" * 5000)
    assert say("board", warning, "warning").parts["html"].count("雨") >= 5000


def test_the_longest_page_of_characters_to_escape_is_still_a_page() -> None:
    assert say("board", replace(NOTICE, body='"' * 200_000)).parts["html"].count("&#34;") > 50_000


@pytest.mark.parametrize("folder", ["default", "warning"])
def test_a_title_cannot_pass_for_the_signature_of_another_sender(folder: str) -> None:
    notice = replace(EMPTY, title="【公安局】请点链接", drill="演练")
    assert say("sms", replace(notice, drill=""), folder).parts["text"].startswith("（公安局）")
    assert say("sms", notice, folder).parts["text"].startswith("【演练】（公安局）")


def test_values_for_sms_gateways_have_no_address_bracket_or_emoji() -> None:
    notice = replace(NOTICE, title="【急】停水👍见https://x.cn/1★通知", issuer="", drill="测试")
    message = say("sms", notice)
    assert message.fields["title"] == "（测试）（急）停水见通知"
    assert not re.search("[【】👍★]|https?:", "".join(message.fields.values()))


def test_a_wechat_card_tells_the_matter_and_not_the_office_twice() -> None:
    fields = say("wechat", NOTICE).fields
    assert list(fields) == ["title", "issuer", "time", "summary"]
    assert fields["title"].startswith("做好秋季学期")
    assert fields["time"] == "2026年11月22日 09:05"


def test_our_own_page_is_what_a_tap_opens_where_there_is_one() -> None:
    notice = replace(NOTICE, board_url="https://board.example.cn/board/7")
    assert say("wechat", notice).parts["url"] == notice.board_url
    assert say("wechat", NOTICE).parts["url"] == NOTICE.url


def test_slots_survive_and_fill() -> None:
    for part in ("text", "html"):
        pattern = Pattern.of(say("mail", NOTICE).parts[part])
        assert pattern.names == ("unsubscribe_url",)
        assert "https://x.cn/u/1" in pattern.fill({"unsubscribe_url": "https://x.cn/u/1"})


def test_marks_of_slots_in_a_notice_are_no_slots() -> None:
    for form in FORMS:
        for name in Pattern.of(words(say(form, HOSTILE))).names:
            assert name in ("unsubscribe_url", "still_comes")
    assert slot("name") not in words(say("mail", HOSTILE))


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("form", ["mail", "board"])
def test_nothing_that_a_notice_says_becomes_markup(folder: str, form: str) -> None:
    page = _Page()
    html = say(form, replace(HOSTILE, event="<b>", level="<i>", advice="<u>", contact="<s>"), folder).parts["html"]
    page.feed(html)
    assert not page.tags & {"script", "i", "u", "s"}
    assert "&lt;u&gt;" in html
    assert all(address.startswith(("http", "\ue000")) for address in page.addresses)


def test_one_line_parts_are_one_line_whatever_the_notice_says() -> None:
    for form in FORMS:
        message = say(form, HOSTILE, "warning")
        lines = [
            *message.fields.values(),
            *(message.parts[name] for name in message.parts if name not in ("text", "html")),
        ]
        assert not any(re.search(r"[\r\n\x00\u2028]", line) for line in lines)
    assert set(say("sms", HOSTILE).fields) == {"title", "issuer", "date", "path"}


def test_the_page_of_a_mail_is_chinese_dark_and_readable() -> None:
    html = say("mail", WARNING, "warning").parts["html"]
    for needed in ('lang="zh-CN"', "prefers-color-scheme:dark", "font:112.5%", "暴雨橙色预警", "#b84300"):
        assert needed in html
    typical = say("mail", NOTICE)
    assert sum(len(typical.parts[part].encode()) for part in ("text", "html")) < 4096


def test_the_styles_of_a_mail_stand_on_its_elements_and_those_of_dark_mode_apart() -> None:
    html = say("mail", NOTICE).parts["html"]
    assert re.search(r"<h1 style=[^>]*font-size:1.35em", html)
    assert re.findall(r"[a-z0-9.]+(?={)", re.sub(r"@[a-z]+[^{]*{", "", html))[0] == ".page"
    assert f'href="{slot("unsubscribe_url")}"' in html


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("level", ["红色", "橙色", "黄色", "蓝色", ""])
@pytest.mark.parametrize("follows", ["", "解除"])
def test_every_pair_of_colours_has_the_contrast_that_old_eyes_need(level: str, follows: str) -> None:
    html = say("mail", replace(WARNING, level=level, follows=follows, drill="演练"), "warning").parts["html"]
    rules = re.findall(r"""[{"]([^{}"]*background:[^{}"]*)""", html)
    pairs = [re.findall(r"(?:background|(?<!-)color):(#\w+)", rule) for rule in rules]
    assert len(pairs) >= 5
    for pair in pairs:
        dark, light = sorted(map(_luminance, pair))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, pair


def test_the_service_stands_in_where_the_notice_names_nobody() -> None:
    assert say("sms", EMPTY).fields["issuer"] == "星湖区政务信息"
    assert say("sms", EMPTY, with_=Renderer()).fields["issuer"] == "有关单位"


def test_rendering_twice_gives_the_same_words() -> None:
    assert say("mail", HOSTILE) == say("mail", HOSTILE)
