"""From an item as it was found to one that may be told: what it is about, for whom, free of personal data.

Everything here is pure but the reading of taxonomy files; nothing reads the clock, the network or the database.
"""
