"""The watcher: sees files in the inbox and hands them to the pipeline."""
