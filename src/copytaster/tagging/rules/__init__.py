"""Rules of the user: which articles get which tags, topics and status, and why."""
