"""The watcher: finds finished files in the inbox and takes them into the pipeline."""
