"""Settings about the network: what listens where, and where webhooks may go."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field


def split_at_commas(value: object) -> object:
    """Return the parts of a text that are separated by commas; of empty ones none."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class NetworkSettings(BaseModel):
    """A part of ``Settings``."""

    api_host: str = Field(
        default="127.0.0.1",
        description="Address that the status API listens on. If other machines can connect, it needs keys.",
    )
    api_published_host: str | None = Field(
        default=None,
        description="Address at which a container engine publishes the status API, if it listens in a container: keys"
        " are needed if this one is not of the loopback interface. Unset: COPYTASTER_API_HOST decides.",
    )
    api_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8000, description="Port of the status API; 0 takes a free one."
    )
    api_processes: Annotated[int, Field(ge=0, le=16)] = Field(
        default=2,
        description="Processes of the status API that read articles, deliveries and stories for requests, beside the"
        " one that has the connections; 0: that one does it. Two use as much of a core as the server needs for them.",
    )
    api_allowed_hosts: Annotated[tuple[str, ...], BeforeValidator(split_at_commas)] = Field(
        default=(),
        description="Host names, separated by commas, under which users and programs reach the status API. Addresses,"
        " the names of the loopback interface and COPYTASTER_API_HOST are always allowed; requests for others are"
        " refused, because a foreign web page may have sent them.",
    )
    webhook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(split_at_commas)] = Field(
        default=(),
        description="Networks that are not public (`10.1.0.0/16, 127.0.0.1`) to which webhooks may go, also by http.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address on which watcher and worker serve /metrics, if they do."
    )
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=0,
        description="Port on which watcher and worker serve /metrics; 0: none. The API always serves its own.",
    )
    otlp_url: str | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector to which traces are sent, as OTLP over HTTP, such as"
        " `http://collector:4318/v1/traces`; needs the extra `otel`.",
    )
