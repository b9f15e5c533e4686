"""What people see in the terminal: tables, pages, and safe output.

Nothing here reads the store.
"""
