"""Who may use the API: keys, logins, and what a caller may see.

Keys are files of the archive and sessions are on the server: their ports are in ``archive`` and ``store``. What is
about HTTP (headers, cookies, routes) belongs in ``copytaster_api``.
"""
