"""From settings to the runner of jobs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing

from copytaster.bootstrap.articles import open_releases
from copytaster.bootstrap.intake import open_intake, reading_calls
from copytaster.bootstrap.retention import open_dismissal
from copytaster.bootstrap.store import process_name
from copytaster.clock import Clock
from copytaster.errors import outage_error
from copytaster.intake.file_intake import Deposit
from copytaster.intake.rename_claims import RenameClaims
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.job import JobAction
from copytaster.model.outage import Resource
from copytaster.model.work import Publisher
from copytaster.recovery.bulk_actions import BulkAction, ReleaseAction, dismiss_action, retry_action
from copytaster.recovery.jobs import JobRunner
from copytaster.recovery.retry import retry
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_job_runner(
    settings: Settings, store: Store, publisher: Publisher, *, clock: Clock, is_stopping: Callable[[], bool]
) -> JobRunner:
    """Return the runner of jobs, which ends its step when the process ``is_stopping``."""
    name = process_name("job")
    actions: dict[JobAction, BulkAction] = {
        JobAction.RETRY: retry_action(store, _retry(settings, store, publisher, clock)),
        JobAction.DISMISS: dismiss_action(store, open_dismissal(settings, store).dismiss),
        JobAction.RELEASE: ReleaseAction(store, open_releases(settings, store, clock=clock, by=name).decide),
    }
    owner = f"{name}-{secrets.token_hex(4)}"
    return JobRunner(store.jobs, actions, clock, owner=owner, is_stopping=is_stopping)


def _retry(
    settings: Settings, store: Store, publisher: Publisher, clock: Clock
) -> Callable[[DeliveryId, str], Delivery]:
    intake = open_intake(settings, store, clock=clock, calls=reading_calls(settings))

    def retry_one(delivery_id: DeliveryId, by: str) -> Delivery:
        try:
            claims = RenameClaims(settings.staging, process_name("job"), also=[settings.inbox])
        except OSError as error:
            raise outage_error("write into the staging folder", error, resource=Resource.WORKER) from error
        with closing(claims):
            return retry(delivery_id, deposit=Deposit(intake=intake, claims=claims, publisher=publisher), by=by)

    return retry_one
