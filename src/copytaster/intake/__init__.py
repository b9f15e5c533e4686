"""From a file in the inbox to a delivery in the ledger."""
