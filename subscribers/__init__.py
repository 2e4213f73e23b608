"""Who hears what and where they are reached: people, addresses, subscriptions, groups, consent.

Nothing here knows what is said or how it is sent. The stores are functions over a connection that the caller opened.
"""
