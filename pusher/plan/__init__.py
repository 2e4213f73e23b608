"""From an item to batches: which routes it takes, the broadcast that comes of it, and its recipients set by set."""
