"""From a source to items: fetch politely, recognise what was published, keep what is new or edited."""
