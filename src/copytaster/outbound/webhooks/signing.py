"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body of a message."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"

SECRET_BYTES = 32
"""The length of a secret; the specification asks for 24 to 64 bytes."""


def new_secret() -> str:
    """Return a random secret in the form that receivers' libraries take."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(message_id: str, body: str, *, at: datetime, signed_by: Sequence[str]) -> dict[str, str]:
    """Return the headers that prove who sent the message and when: a signature for each secret."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(each).sign(message_id, at, body) for each in signed_by),
    }
