"""From batches to the ledger: claim, hand to the channel slice by slice, record, try again, read receipts."""
