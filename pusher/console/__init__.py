"""The pages that people see: the public notice board, ending a subscription, and whether the service is alive.

They are made on the server, need no script, and reach the rest of the service only through `pusher.console.console`.
"""
