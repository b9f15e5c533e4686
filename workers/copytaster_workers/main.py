"""The application for ``celery -A copytaster_workers.main worker``."""

import os

from copytaster.bootstrap.environment import load_settings
from copytaster_workers.app import create_celery

app = create_celery(load_settings(os.environ))
