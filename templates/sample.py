"""Notices to try templates with: ordinary ones, warnings, and what the outside world may bring. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from channels.slots import CLOSE, OPEN
from templates.notice import Entry, Notice

_CHINA = timezone(timedelta(hours=8))

NOTICE = Notice(
    title="星湖区教育体育局关于做好秋季学期学生资助申请工作的通知",
    summary="脱贫家庭、低保家庭、特困供养和残疾学生可以申请，12月1日前向就读学校提交申请表。",
    body="各中小学校、各位家长：\n\n秋季学期学生生活补助开始申请。脱贫家庭、低保家庭、特困供养和残疾学生可以申请。\n\n"
    "请在12月1日前向就读学校提交申请表，已由部门核实的不再提交证明材料。",
    issuer="星湖区教育体育局",
    published=datetime(2026, 11, 22, 9, 5, tzinfo=_CHINA),
    url="https://www.example.cn/jyxx/202611/1001.html",
    domains=("教育",),
    areas=("星湖区",),
    attachments=(("申请表.doc", "https://www.example.cn/jyxx/202611/1001.doc"),),
)

WARNING = Notice(
    title="星湖区气象台发布暴雨橙色预警信号",
    summary="",
    body="预计未来3小时，城东、湖滨街道降雨量将达50毫米以上，请注意防范。",
    issuer="星湖区气象台",
    published=datetime(2026, 11, 22, 9, 5, tzinfo=_CHINA),
    url="https://www.example.cn/qxyj/202611/2001.html",
    areas=("城东街道", "湖滨街道"),
    level="橙色",
    event="暴雨",
    starts=datetime(2026, 11, 22, 9, 0, tzinfo=_CHINA),
    contact="0000-8880121",
)

#: What breaks careless templates: marks of slots, mark-up, template syntax, line breaks, reversed text, half an emoji.
HOSTILE = Notice(
    title=f"{OPEN}name{CLOSE}</title><script>alert(1)</script>{{{{ 7*7 }}}}\r\nBcc: a@b.cn\u202e",
    summary=f"\ud83d{{% for %}} & < > \" ' {OPEN}unsubscribe_url{CLOSE}",
    body="title: x\n\n\n\nissuer: y\x00<b>\u2028&amp;" + "长" * 3000,
    issuer="<区\n局>",
    published=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    url="javascript:alert(1)",
    attachments=(("", "data:text/html,x"), ("<i>", 'https://x.cn/"onload=1')),
    entries=(Entry("<b>", f"{OPEN}name{CLOSE}</li><script>", "\r\n", "&", None, "javascript:alert(1)"),),
)

DIGEST = Notice(
    title="每日信息汇总（2条）",
    summary="2026年秋季学期学生资助开始申请；湖滨路11月24日夜间施工",
    body="",
    issuer="",
    published=datetime(2026, 11, 23, 8, 0, tzinfo=_CHINA),
    url="https://www.example.cn/board/",
    domains=("教育", "环境保护"),
    entries=(
        Entry("教育", NOTICE.title, NOTICE.summary, NOTICE.issuer, NOTICE.published, NOTICE.url),
        Entry("环境保护", "关于湖滨路夜间施工的公告", "", "星湖区生态环境局", None, ""),
    ),
)

#: By the name that reports call them.
SAMPLES: Mapping[str, Notice] = {
    "notice": NOTICE,
    "warning": WARNING,
    "drill": replace(WARNING, drill="演练"),
    "ending": replace(WARNING, follows="解除", body="降雨已经减弱。"),
    "correction": replace(NOTICE, follows="更正"),
    "withdrawal": replace(NOTICE, follows="撤回"),
    "only attachments": replace(NOTICE, summary="", body="", issuer="", published=None, url=""),
    "nothing but a title": Notice(title="停水通知", summary="", body="", issuer="", published=None, url=""),
    "long title": replace(NOTICE, title="关于" + "进一步加强" * 60 + "工作的通知"),
    "digest": DIGEST,
    "long digest": replace(DIGEST, entries=tuple(DIGEST.entries) * 40),
    "hostile": HOSTILE,
}
