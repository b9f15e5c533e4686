"""What the sender of a request may see of a problem of the system."""

from __future__ import annotations

from fastapi import Request

from copytaster.monitoring.problem import Problem


def shown_to(request: Request, problem: Problem) -> Problem:
    """Return the problem, without its details for a sender whom ``AccessControl`` does not know.

    Requests that are handled apart from it were admitted before.
    """
    return problem if getattr(request.state, "sees_details", True) else problem.without_details
