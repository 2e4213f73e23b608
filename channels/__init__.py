"""How a message reaches addresses: one module a way out, and what wraps them.

Nothing here knows subscribers, items, broadcasts or the database; whatever a channel needs of the outside is handed to
it in `channels.channel.Outside`.
"""
