"""Files that hold files: each member is read like a file of its own, one after another, within the limits."""
