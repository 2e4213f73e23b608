import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.message import Lane
from channels.slots import Pattern
from templates.filters import cut
from templates.notice import Notice
from templates.render import Renderer

renderer = Renderer(service="星湖区政务信息", contact="12345")
# Half surrogates, marks, controls and mark-up come up often enough to matter.
text = st.text(
    st.one_of(st.characters(), st.sampled_from("\ue000\ue001\ud83d\u202e\r\n\x85\u2028<>&\"'{}%【】：🀄")), max_size=60
)
at = st.datetimes(timezones=st.just(timezone(timedelta(hours=8)))) | st.just(datetime.max.replace(tzinfo=UTC))
notices = st.builds(
    Notice,
    title=text,
    summary=text,
    body=text,
    issuer=text,
    published=st.none() | at,
    url=text | st.just("https://x.cn/1"),
    domains=st.lists(text, max_size=2),
    areas=st.lists(text, max_size=2),
    level=st.sampled_from(["", "红色"]) | text,
    attachments=st.lists(st.tuples(text, text), max_size=2),
    drill=st.sampled_from(["", "演练"]),
    follows=st.sampled_from(["", "更新", "更正", "撤回", "解除"]) | text,
    event=text,
    starts=st.none() | at,
    advice=text,
    contact=text,
)


@settings(max_examples=150, deadline=None)
@example(notice=Notice(title=",", summary="", body="", issuer="", published=None, url=""), folder="default")
@given(notice=notices, folder=st.sampled_from(["default", "warning", "aid"]))
def test_no_notice_breaks_a_template_or_what_its_parts_promise(notice: Notice, folder: str) -> None:
    for form in ("mail", "sms", "wechat", "board", "card", "script"):
        message = renderer.message(form, notice, folder=folder, id="b1", lane=Lane.ROUTINE, expires=None)
        for name, words in (*message.parts.items(), *message.fields.items()):
            words.encode("utf-8")
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", words)
            if name not in ("text", "html") or form == "sms":
                assert len(words.splitlines()) <= 1
            pattern = Pattern.of(words)
            assert set(pattern.names) <= {"unsubscribe_url", "still_comes"}
            assert not re.search("[\ue000\ue001]", "".join(pattern.literals))
        for needed in {"mail": ("subject", "text"), "sms": ("text",), "board": ("title",)}.get(form, ()):
            assert message.parts[needed]


@given(words=st.text(max_size=80), length=st.integers(1, 60))
def test_a_cut_text_fits_and_keeps_whole_characters(words: str, length: int) -> None:
    short = cut(words, length)
    assert len(short.encode("utf-16-le", "surrogatepass")) // 2 <= length
    assert short == words or short.endswith("…")
    assert words.startswith(short.removesuffix("…")) or short == words
