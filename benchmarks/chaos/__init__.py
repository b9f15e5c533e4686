"""Takes the running system's parts away in the middle of a stream and counts what was lost, doubled or stuck."""
