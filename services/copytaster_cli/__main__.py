"""``python -m copytaster_cli`` runs the same program as ``copytaster``."""

from __future__ import annotations

from copytaster_cli.main import main

if __name__ == "__main__":
    main()
