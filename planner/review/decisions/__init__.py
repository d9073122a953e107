"""What comes back: decisions read, weighed, and kept for good in the ledger."""
