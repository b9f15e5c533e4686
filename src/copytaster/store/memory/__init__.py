"""The store in this process's memory: the fake that ships, for tests and dry runs."""
