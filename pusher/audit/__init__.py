"""What staff changed, when, and who: a chain of entries that shows when one was altered or taken out."""
