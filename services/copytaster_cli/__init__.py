"""The command line, and the supervisor of ``copytaster up``."""
