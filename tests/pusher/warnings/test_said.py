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
好的，稍后回复
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


@pytest.mark.parametrize("text", _ANSWERS.strip().splitlines())
def test_it_is_an_answer_and_its_words_are_whole(text: str) -> None:
    said = answers(text, _QUESTIONS)
    assert said is not None
    assert said[REPLY] == text.strip()


@pytest.mark.parametrize("text", _NO_ANSWERS.strip().splitlines())
def test_it_is_no_answer(text: str) -> None:
    assert answers(text, _QUESTIONS) is None


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
