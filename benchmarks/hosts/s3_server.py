"""A real S3 server for tests and benchmarks: moto's, in a process of its own, with the variables that lead to it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

REGION = "us-east-1"

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class S3Server:
    """Serves buckets, in its memory, from ``start`` to ``stop``."""

    def __init__(self, folder: Path, port: int, host: str = "127.0.0.1") -> None:
        self.address = f"http://{host}:{port}"
        self._host, self._port, self._folder = host, port, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server; it accepts requests some seconds later."""
        command = [sys.executable, "-m", "moto.server", "-H", self._host, "-p", str(self._port)]
        with (self._folder / "s3.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **self.environment()})

    def stop(self) -> None:
        """Stop the server, if it runs: all buckets are gone."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def requests(self) -> list[str]:
        """Return the requests so far, such as ``GET /bucket/key HTTP/1.1``."""
        lines = (self._folder / "s3.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return [COLOUR.sub("", each.split('"')[1]) for each in lines if each.count('"') >= 2]

    def answers(self) -> bool:
        """Return whether it accepts requests; from then on it examines no keys."""
        try:
            self._post("/moto-api/reset-auth", "inf")
        except OSError:
            return False
        return True

    def environment(self, key: str = "anybody", secret: str = "anything") -> dict[str, str]:  # noqa: S107  # no secret
        """Return the variables by which a process reaches this server with a key."""
        file = self._folder / f"credentials-{key}"
        file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
        return {
            "AWS_ENDPOINT_URL_S3": self.address,
            "AWS_SHARED_CREDENTIALS_FILE": str(file),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            # No request to the service that gives keys to machines in Amazon's cloud.
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def create_bucket(self, name: str) -> None:
        """Create a bucket; its name consists of small letters, digits and hyphens."""
        self.client("s3").create_bucket(Bucket=name)

    def client(self, service: str) -> Any:
        """Return Amazon's client for a service, such as ``s3``."""
        return boto3.client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id="anybody",
            aws_secret_access_key="anything",  # noqa: S106  # no secret
        )

    def examine_keys(self, policy: Mapping[str, object]) -> tuple[str, str]:
        """Refuse from now on what the key that is returned may not do by the policy, and all unknown keys.

        Return the key's id and its secret.
        """
        iam = self.client("iam")
        iam.create_user(UserName="desk")
        iam.put_user_policy(UserName="desk", PolicyName="archive", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName="desk")["AccessKey"]
        self._post("/moto-api/reset-auth", "0")
        return key["AccessKeyId"], key["SecretAccessKey"]

    def _post(self, path: str, body: str) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=5)
        try:
            connection.request("POST", path, body=body)
            connection.getresponse().read()
        finally:
            connection.close()
