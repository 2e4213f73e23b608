"""The lists that departments keep, as the service sees them: who may see which, and what becomes due with them."""
