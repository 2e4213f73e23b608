"""Stand-ins of the providers: small servers that answer as the real ones do, for the demo, the tests and benchmarks.

They share no code with the channels, so that both sides must have understood the provider's pages alike. Each runs by
itself (`python -m pusher.demo.standins.wechat --port 18081`) or within a test (`running(WeChatStandIn(…))`).
"""
