"""Counterparties and data that several tests share."""
