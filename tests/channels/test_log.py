from structlog.testing import capture_logs

from channels.log import Log, LogSettings
from channels.message import Address, Lane, Message
from channels.slots import slot

MESSAGE = Message("b17-mail", Lane.ROUTINE, "default", {"subject": "通知", "text": f"{slot('name')}您好"})


async def test_the_log_names_numbers_only_and_the_latest_words_are_kept() -> None:
    channel = Log("dry", LogSettings(keep=2))
    with capture_logs() as logs:
        for number in range(3):
            await channel.send(MESSAGE, Address(number, "zhang@example.cn", {"name": "张三"}), key=f"d{number}")
    assert [entry["address"] for entry in logs] == [0, 1, 2]
    assert "zhang" not in str(logs)
    assert "张三" not in str(logs)
    assert [kept.key for kept in channel.kept] == ["d1", "d2"]
    assert channel.kept[-1].words == {"subject": "通知", "text": "张三您好"}
