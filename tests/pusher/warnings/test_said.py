"""What wardens write in a storm is an answer; what only looks like one is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.warnings.roll_call.said import REPLY, answers

_QUESTIONS = ("谁在指挥", "影响多少村", "是否转移")
_ANSWERS = """
收到
到
1
１
①
已转移23人
收到，正在转移
收到!
好的
好
知道了
在
在岗
明白
OK
ok
是
嗯
我在
到了
我到了
收到了，请问转移到哪里？
收到。谢谢
已通知到户
正在组织转移
马上转移
23人已转移
还有3人未转移，已转移23人
转移23人
3个村
谁在指挥：王书记
谁在指挥王书记；影响多少村3个
是否转移：已转移23人
👌
[OK]
SD
我已到岗
全部转移完毕
收到，没问题
报告领导，收到
已经撤离
都已通知
我们已经在现场
领导好，红崖村已转移32户87人
收到收到
111
收到1
1收到
好的收到
1.
在，正在巡查
村干部已全部到岗
收到，马上安排
已组织人员巡河
两户六人已撤
收！
在的
马上去通知
这就赶过去
正赶往现场
Y
到 张三
张三收到
城西港村收到
"""
_NO_ANSWERS = """
没收到
未收到
收不到
没有收到
不知道
不明白
谁啊？
你谁啊
收到什么
收到吗
收到了吗？
收到没
我正在开车，稍后回复您
【自动回复】您好，已收到您的短信
已收到您的邮件，我会尽快回复
不能到岗
到不了
去不了
没信号
打错了
您好
你好
？
...
退订
帮助
T
2
0
谢谢
哈哈
假的吧
骗子
订阅 环保
地区 甘棠
什么情况
未到岗
不在岗
还没转移
没转移
无法到达现场
您拨打的用户已关机
秘书台提醒：13800000000给您来电
不在
不是
不好
不行
不
下雨了
请求支援
救命
需要帮助
今天天气好
我不知道收到什么
不清楚
尚未收到通知
您的来信已收悉，我不在办公室，将尽快与您联系
Out of office: 收到
"""
#: With 收到 or OK in them, and with marks of what answers by itself.
_MACHINES = """
好的，稍后回复
您好，我现在有事不在，一会再和您联系。[自动回复] 已收到
您好，我现在有事不在，一会再和您联系。已收到
[自动回复]收到
【自动回复】收到，谢谢
（自动回复）好的
(自动答复) 收到
[自动] 收到
【自动消息】您好，已收到
自动应答：收到
系统自动回复：收到
此消息由系统自动发送，收到
本条为自动回复。收到
收到（本信息为系统自动回复）
自 动 回 复：收到
自动-回复 收到
[自动\u200b回复] 收到
我现在不在，收到
不在，收到
人不在，已收到
本人暂时不在办公室，已收到您的消息
您好，我目前不在线，收到请留言
你好，我不在座位上，已收到
手机不在身边，收到
收到，稍后联系您
收到，稍后回复
收到。稍后与您联系
已收到，我会尽快回复
您的消息已收到，我们会尽快处理
您的留言已收到，工作人员会及时处理
您好，您的信息我已收到，稍后给您回电
已收到，晚点回复你
收到，回头联系
收到，一会儿给您回电话
收到，待会儿打给你
收到，忙完回复您
收到，正在开会
我正在开会，已收到
正在开会，收到。
收到，在开会
会议中，收到
开车中，已收到
我正在开车，收到
正在忙，收到
我在忙，收到
忙碌中，收到
收到，现在很忙
收到，正在上课
收到，正在休假
出差中，收到
收到，现在不方便接电话
收到，不方便接听，有事请留言
收到，暂时无法回复
收到，未能及时接听
感谢您的来信，已收到
感谢您的关注！收到
谢谢您的留言，已收到
非工作时间，收到
当前为非工作时间，您的消息已收到
有事请留言，收到
有急事请拨打电话，收到
Auto-reply: 收到
AUTOREPLY 收到
Automatic reply: OK
Auto response: OK
This is an automated message. OK
automatically generated: 收到
Out of office, ok
I am out of the office. OK
OOO, ok
I'm on leave, OK
I am in a meeting, OK
I'm driving, OK
I'll get back to you later, ok
I will call you back, OK
Can't talk right now, ok
我是智能助理，收到
收到，我是机器人小微
机主正忙，收到
对方正忙，收到
收到，正在开会，已安排副主任带队转移
"""
#: What sounds like it, and was written by somebody.
_PEOPLE = """
收到，马上去
已收到，正在转移
收到!村里12人已转移
收到，正在开会部署转移
正在开会研究转移方案，收到
收到，正在开车赶往村里
已收到，开车去现场路上
收到，正在忙着转移群众
收到，忙完就报
收到，稍后上报人数
收到，稍后回复转移人数
收到，一会儿把人数报上来
自动站雨量已超100毫米，收到，正在转移
自动报警器已响，已转移12人
群众已不在危险区，收到
现在都不在危险区了，已全部转移
书记不在，由我负责，收到
谁在指挥：书记不在，王村长指挥
谁在指挥：王书记（正在开会），是否转移：已转移5人
收到，有事打我电话
您的短信收到了，马上转移
收到您的通知，马上去
收到，尽快落实
收到，我们尽快转移
收到，忙而不乱，已转移
收到，在家待命
我在值班室，收到
收到，会后马上去村里
收到，正在联系村干部
收到，随时联系
收到，正与水库联系
已收到，保持联系
收到，手机24小时开机
机器人电话已接听，收到
王秘书收到
系统消息收到，马上转移
"""


@pytest.mark.parametrize("text", (_ANSWERS.strip() + _PEOPLE).splitlines())
def test_it_is_an_answer_and_its_words_are_whole(text: str) -> None:
    said = answers(text, _QUESTIONS)
    assert said is not None
    assert said[REPLY] == text.strip()


@pytest.mark.parametrize("text", _NO_ANSWERS.strip().splitlines())
def test_it_is_no_answer(text: str) -> None:
    assert answers(text, _QUESTIONS) is None


@pytest.mark.parametrize("text", _MACHINES.strip().splitlines())
def test_what_answers_by_itself_closes_no_call_whatever_else_it_says(text: str) -> None:
    assert answers(text, _QUESTIONS) is None
    assert answers(f"{text}\n收到", _QUESTIONS) is None


def test_whoever_answers_a_question_by_its_name_may_be_in_a_meeting_and_no_machine() -> None:
    said = answers("谁在指挥：书记不在，王村长；是否转移：正在开会", _QUESTIONS)
    assert said is not None
    assert (said["谁在指挥"], said["是否转移"]) == ("书记不在，王村长"[:4], "正在开会")
    assert answers("[自动回复] 谁在指挥：王村长", _QUESTIONS) is None


@pytest.mark.parametrize("text", ["N", "n。", "否"])
def test_a_bare_no_answers_one_question_that_asks_whether(text: str) -> None:
    assert answers(text, _QUESTIONS) == {REPLY: text, "是否转移": "否"}
    assert answers(text, ("是否转移", "是否到岗")) == {REPLY: text}
    assert answers(text, ("谁在指挥",)) is None


def test_questions_that_it_names_are_answered() -> None:
    said = answers("谁在指挥：王书记，影响多少村 3个；是否转移：已转移23人", _QUESTIONS)
    assert said is not None
    assert {name: text for name, text in said.items() if name != REPLY} == {
        "谁在指挥": "王书记",
        "影响多少村": "3个",
        "是否转移": "已转移23人",
    }


@given(st.text(alphabet="收到没未不好的在1?？，。 已转移人23谁吗", max_size=600))
def test_whatever_is_written_is_judged(text: str) -> None:
    said = answers(text, _QUESTIONS)
    assert said is None or said[REPLY] == text.strip()
