"""WeChat official accounts (服务号): template messages, subscription notices (订阅通知) and what followers send back.

`callback` alone knows wechatpy, and is imported only where callbacks are set up.
"""

from channels.wechat.channel import KIND

__all__ = ["KIND"]
