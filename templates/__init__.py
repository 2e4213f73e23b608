"""What is said on each channel: notices, and the templates that put them into words.

Nothing here knows who is meant, how it is sent, or where it is stored.
"""
