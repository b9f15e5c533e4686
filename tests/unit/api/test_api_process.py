from __future__ import annotations

import socket

import pytest

from copytaster.errors import ConfigurationError
from copytaster_api.__main__ import listen, main


def test_a_wrong_setting_stops_the_start_with_a_message_that_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPYTASTER_API_PORT", "a lot")

    status = main()

    assert status == 2
    assert "COPYTASTER_API_PORT" in capsys.readouterr().err


def test_an_address_that_is_taken_stops_the_start_and_names_the_settings() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1:{port}.*COPYTASTER_API_PORT"):
            listen("127.0.0.1", port)


def test_accepted_connections_send_the_parts_of_an_answer_without_waiting_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
