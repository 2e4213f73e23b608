"""Residents sign up by themselves: limits, questions, and confirmations; the pages are the console's."""
