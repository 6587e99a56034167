"""The extension by Flask's conventions: configuration, factories, contexts, the endpoints and the commands."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app

from integrador import ClosedError, ConfigError, Node, RoomChange, UserChange
from integrador.flask import Integrador, current_node

from conftest import eventually


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes an application with an instance folder of its own; what it opens is closed."""
    made: list[Flask] = []

    def app(integrador: Integrador | None = None, **config: Any) -> Flask:
        one = Flask("app", instance_path=str(tmp_path / f"instance-{len(made)}"))
        one.config.from_mapping({"INTEGRADOR_PLATFORM": "BuasApp", **config})
        made.append(one)
        (integrador or Integrador()).init_app(one)
        return one

    yield app
    for one in made:
        if "integrador" in one.extensions:
            one.extensions["integrador"].close(one)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """One plain platform, which is down."""
    file = tmp_path / "platforms.json"
    file.write_text(json.dumps([{"id": 1, "name": "GWT_CHAT", "endpoint": "http://127.0.0.1:9/", "token": "1111"}]))
    return file


# ---- configuration


def test_a_missing_platform_is_told_by_the_name_of_its_key(make: Callable[..., Flask]) -> None:
    with pytest.raises(ConfigError, match=r"^INTEGRADOR_PLATFORM: is missing") as caught:
        make(INTEGRADOR_PLATFORM=None)
    assert (caught.value.kind, caught.value.field) == ("config", "INTEGRADOR_PLATFORM")


WRONG: dict[str, list[Any]] = {
    "PLATFORM": ["", "Buas:App", 7],
    "STORE": ["", 7],
    "PLATFORMS": ["nowhere.json", 7],
    "PREFIX": ["api", 7],
    "LISTEN": ["8081", 8081],
    "AUTOSTART": ["false", 0, "always"],
    "DIRECTORY": ["everybody"],
    "MAX_PENDING": [0, "many", True, 1.5],
    "RETENTION": [-1, "30 days", True],
    "LIMITS": [{"bodies": 1}, {"body": "1 MiB"}, {"rooms": -1}, 7],
    "PROXY": [8080, ""],
    "PROXY_LOCAL": ["yes", 1],
    "IN_FLIGHT": [0, "8"],
    "POISON_AFTER": [-1, "a while"],
    "PLATFROM": ["BuasApp"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_by_the_name_of_its_key(make: Callable[..., Flask], key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"^INTEGRADOR_{key}: ") as caught:
        make(**{f"INTEGRADOR_{key}": value})
    assert caught.value.field == f"INTEGRADOR_{key}"


def test_the_store_is_in_the_instance_folder_unless_said_otherwise(make: Callable[..., Flask], tmp_path: Path) -> None:
    here, there = make(), make(INTEGRADOR_STORE=tmp_path / "elsewhere.db")
    for app in (here, there):
        assert app.test_client().get("/api/ping").status_code == 200
    assert Path(here.instance_path, "integrador.db").exists()
    assert (tmp_path / "elsewhere.db").exists()


def test_the_defaults_are_in_the_configuration_and_nothing_that_was_given_is_changed(
    make: Callable[..., Flask],
) -> None:
    given = make(INTEGRADOR_PREFIX=None, INTEGRADOR_STORE="mine.db", INTEGRADOR_AUTOSTART="detect")
    for app, expected in ((make(), ("/api", "integrador.db", True)), (given, (None, "mine.db", "detect"))):
        assert tuple(app.config[f"INTEGRADOR_{key}"] for key in ("PREFIX", "STORE", "AUTOSTART")) == expected


# ---- the conventions


def test_the_application_has_the_extension_itself(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    app = make(integrador)
    assert app.extensions["integrador"] is integrador
    with app.app_context():
        node = integrador.start(current_app)
        assert integrador.node is node
        assert integrador.start() is node


def test_an_application_has_one_extension_and_a_second_is_refused(make: Callable[..., Flask]) -> None:
    app = make()
    with pytest.raises(RuntimeError, match="already"):
        Integrador(app)


def test_one_extension_serves_several_applications_and_keeps_none(make: Callable[..., Flask], tmp_path: Path) -> None:
    integrador = Integrador()
    one, other = make(integrador), make(integrador, INTEGRADOR_PLATFORM="Sur")
    for app, name in ((one, "BuasApp"), (other, "Sur")):
        with app.test_request_context():
            assert integrador.node.name == current_node.name == name
    app = Flask("gone", instance_path=str(tmp_path / "gone"))
    app.config["INTEGRADOR_PLATFORM"] = "BuasApp"
    integrador.init_app(app)
    gone = weakref.ref(app)
    del app
    eventually(lambda: gc.collect() is not None and gone() is None, "that nothing keeps the application")


def test_an_application_without_the_extension_is_told_so() -> None:
    with Flask("plain").app_context(), pytest.raises(RuntimeError, match="init_app"):
        current_node.users()


def test_an_extension_that_the_application_was_not_initialised_with_is_told_so(make: Callable[..., Flask]) -> None:
    with pytest.raises(RuntimeError, match="init_app"):
        Integrador().start(make())


def test_nothing_opens_while_the_application_is_being_made(make: Callable[..., Flask]) -> None:
    app = make()
    with app.app_context(), pytest.raises(ClosedError, match="on_start"):
        current_node.users()
    assert not Path(app.instance_path).exists()


def test_no_thread_begins_before_the_first_request(make: Callable[..., Flask]) -> None:
    before = set(threading.enumerate())
    app = make()
    assert set(threading.enumerate()) <= before
    app.test_client().get("/api/ping")
    assert set(threading.enumerate()) - before


def test_the_first_request_opens_the_node_and_no_other_opens_a_second(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    begun: list[Node] = []
    integrador.on_start(begun.append)
    app = make(integrador)
    app.add_url_rule("/", view_func=lambda: "hello")
    client = app.test_client()
    assert [client.get("/").text for _ in range(3)] == ["hello"] * 3
    assert [node.name for node in begun] == ["BuasApp"]
    with app.app_context():
        assert current_node.name == "BuasApp"


def test_a_handler_that_comes_when_the_node_is_open_is_refused(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    app = make(integrador)
    app.test_client().get("/api/ping")
    with pytest.raises(RuntimeError, match="too late"):
        integrador.on_message(print)


def test_without_autostart_only_start_opens(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    app = make(integrador, INTEGRADOR_AUTOSTART=False)
    refused = app.test_client().get("/api/ping")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert "INTEGRADOR_AUTOSTART" in refused.get_json()["message"]
    integrador.start(app)
    assert app.test_client().get("/api/ping").status_code == 200


def test_a_test_opens_nothing_by_a_request_but_by_start(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    app = make(integrador)
    app.add_url_rule("/", view_func=lambda: current_node.name)
    app.config["TESTING"] = True
    client = app.test_client()
    assert "TESTING" in client.get("/api/ping").get_json()["message"]
    with pytest.raises(ClosedError, match=r"TESTING.*start"):
        client.get("/")
    assert not Path(app.instance_path).exists()
    integrador.start(app)
    assert client.get("/").text == "BuasApp"
    assert client.get("/api/ping").status_code == 200
    integrador.close(app)


def test_what_keeps_start_from_opening_is_raised_and_a_request_tries_again(
    make: Callable[..., Flask], registry: Path
) -> None:
    integrador, good = Integrador(), registry.read_text()
    app = make(integrador, INTEGRADOR_PLATFORMS=registry)
    registry.write_text("[")
    with pytest.raises(ConfigError, match=r"platforms\.json"):
        integrador.start(app)
    registry.write_text(good)
    assert app.test_client().get("/api/ping").status_code == 200


def test_closed_is_closed_until_it_is_started_again(make: Callable[..., Flask]) -> None:
    integrador = Integrador()
    app = make(integrador)
    client = app.test_client()
    assert client.get("/api/ping").status_code == 200
    integrador.close(app)
    assert client.get("/api/ping").status_code == 503
    integrador.start(app)
    assert client.get("/api/ping").status_code == 200


def test_a_node_that_cannot_open_is_told_and_opens_once_its_cause_is_mended(
    make: Callable[..., Flask], registry: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = registry.read_text()
    app = make(INTEGRADOR_PLATFORMS=registry)
    app.add_url_rule("/", view_func=lambda: "hello")
    registry.write_text("[")
    client = app.test_client()
    assert client.get("/").text == "hello"
    assert client.get("/api/ping").status_code == 503
    assert "platforms.json" in caplog.text
    registry.write_text(good)
    eventually(lambda: client.get("/api/ping").status_code == 200, "that it opens")


def test_what_fails_at_the_start_is_told_and_begun_again(
    make: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    integrador = Integrador()
    begun: list[str] = []

    @integrador.on_start
    def begin(node: Node) -> None:
        begun.append(current_node.name)
        if len(begun) == 1:
            raise ValueError("the database is not there yet")

    client = make(integrador).test_client()
    assert client.get("/api/ping").status_code == 503
    assert "the database is not there yet" in caplog.text
    eventually(lambda: client.get("/api/ping").status_code == 200, "that it opens")
    assert begun == ["BuasApp"] * 2


# ---- what comes in


def test_handlers_run_in_the_applications_context_and_again_when_they_fail(
    make: Callable[..., Flask], registry: Path
) -> None:
    integrador = Integrador()
    seen: list[tuple[str, str, int, str]] = []

    @integrador.on_user
    def user(event: UserChange) -> None:
        seen.append((current_app.name, event.user.name, event.attempt, current_node.name))
        if event.attempt == 1:
            raise ValueError("the database is busy")

    client = make(integrador, INTEGRADOR_PLATFORMS=registry).test_client()
    answer = client.post("/api/user", json={"id": 4, "name": "Juan Ñandú 🧉", "token": "1111"})
    body = answer.get_json()
    assert body == {"status": 200, "message": "ok", "id": body["id"]}
    eventually(lambda: len(seen) == 2, "the second attempt")
    assert seen == [("app", "Juan Ñandú 🧉", attempt, "BuasApp") for attempt in (1, 2)]


def test_an_event_is_handed_to_each_of_its_handlers_and_to_no_other(make: Callable[..., Flask], registry: Path) -> None:
    integrador = Integrador()
    users: list[UserChange] = []
    rooms: list[RoomChange] = []
    integrador.on_user(users.append)
    integrador.on_user(users.append)
    integrador.on_room(rooms.append)
    client = make(integrador, INTEGRADOR_PLATFORMS=registry).test_client()
    client.post("/api/user", json={"id": 4, "name": "Juan", "token": "1111"})
    client.post("/api/room", json={"id": 1, "name": "Plaza", "type": "public", "users": [], "token": "1111"})
    eventually(lambda: rooms, "the room")
    assert [event.user.id for event in users] == ["GWT_CHAT:4"] * 2
    assert [event.room.id for event in rooms] == ["GWT_CHAT:1"]


def test_the_endpoints_are_the_nodes_with_its_answers_and_limits(make: Callable[..., Flask], registry: Path) -> None:
    client = make(INTEGRADOR_PLATFORMS=registry, MAX_CONTENT_LENGTH=10).test_client()
    ping = client.get("/api/ping")
    assert (ping.get_json()["platform"], ping.content_type) == ("BuasApp", "application/json")
    assert client.post("/api/user", json={"id": 4, "name": "x" * 200, "token": "1111"}).status_code == 200
    assert client.post("/api/user", data=b"{", content_type="application/json").status_code == 400
    assert client.post("/api/user", json={"id": 4, "name": "Juan", "token": "2222"}).status_code == 401
    assert client.get("/api/nothing").get_json()["status"] == 404
    assert client.delete("/api/user").get_json()["status"] == 405
    assert client.post("/api/user", data=b"x" * (3 << 20), content_type="application/json").get_json()["status"] == 413
    directory = client.get("/api/users?token=1111")
    assert directory.status_code == 200
    assert client.get("/api/users?token=1111", headers={"If-None-Match": directory.headers["ETag"]}).status_code == 304


def test_it_is_mounted_where_the_application_wants_it_beside_its_own_routes(make: Callable[..., Flask]) -> None:
    app = make(INTEGRADOR_PREFIX="/puente/v1/")
    app.add_url_rule("/puente/v1/propio", view_func=lambda: "own")
    client = app.test_client()
    assert client.get("/puente/v1/ping").status_code == 200
    assert client.get("/puente/v1/propio").text == "own"
    assert client.get("/api/ping").status_code == 404
    nowhere = make(INTEGRADOR_PREFIX=None, INTEGRADOR_STORE="other.db").test_client()
    assert nowhere.get("/api/ping").get_json(silent=True) is None


# ---- commands


def run(app: Flask, *args: str, fails: bool = False) -> str:
    result = app.test_cli_runner().invoke(args=["integrador", *args])
    assert (result.exit_code != 0) == fails, result.output
    return str(result.output)


def test_commands_look_at_a_store_that_some_node_has_used_and_say_so_if_none_has(
    make: Callable[..., Flask], registry: Path
) -> None:
    integrador = Integrador()
    app = make(integrador, INTEGRADOR_PLATFORMS=registry)
    assert "no node has used this store yet" in run(app, "status", fails=True)
    with app.test_request_context():
        integrador.node.publish_user(1, "Marcelo")
    integrador.close(app)
    shown = run(app, "status")
    assert shown.startswith("BuasApp, version ")
    assert "GWT_CHAT" in shown
    (gwt,) = json.loads(run(app, "status", "--json"))["platforms"]
    assert (gwt["name"], gwt["waiting"], gwt["dead"]) == ("GWT_CHAT", 1, 0)
    assert "this one" in run(app, "platforms")
    assert [p["name"] for p in json.loads(run(app, "platforms", "--json"))] == ["BuasApp", "GWT_CHAT"]
    assert "1111" not in shown
    integrador.start(app)
    run(app, "status")
    assert app.test_client().get("/api/ping").status_code == 200


def test_dead_letters_are_listed_retried_and_dropped_by_command(make: Callable[..., Flask], registry: Path) -> None:
    integrador = Integrador()

    @integrador.on_user
    def user(event: UserChange) -> None:
        raise ValueError("never")

    app = make(integrador, INTEGRADOR_PLATFORMS=registry, INTEGRADOR_MAX_HANDLER_ATTEMPTS=1)
    assert run(app, "dead-letters", "list", fails=True)
    client = app.test_client()
    client.post("/api/user", json={"id": 4, "name": "Juan", "token": "1111"})
    client.post("/api/user", json={"id": 5, "name": "Eva", "token": "1111"})
    eventually(lambda: len(json.loads(run(app, "dead-letters", "list", "--json"))) == 2, "two dead letters")
    first, second = json.loads(run(app, "dead-letters", "list", "--json"))
    assert "ValueError: never" in first["why"]
    assert "ValueError: never" in run(app, "dead-letters", "list", str(first["number"]))
    run(app, "dead-letters", "drop", fails=True)
    run(app, "dead-letters", "drop", "--all", "--platform", "GWT_CHAT", fails=True)
    assert run(app, "dead-letters", "drop", str(first["number"])) == "1 dropped\n"
    assert "no dead letter is called" in run(app, "dead-letters", "drop", str(first["number"]), fails=True)
    assert run(app, "dead-letters", "retry", second["event_id"]) == "1 retried\n"
    eventually(lambda: len(json.loads(run(app, "dead-letters", "list", "--json"))) == 1, "that it has died again")
    assert run(app, "dead-letters", "drop", "--all") == "1 dropped\n"
    assert run(app, "dead-letters", "list") == "no dead letters\n"


def test_a_command_that_names_an_unknown_platform_is_told_the_known_ones(
    make: Callable[..., Flask], registry: Path
) -> None:
    app = make(INTEGRADOR_PLATFORMS=registry)
    app.test_client().get("/api/ping")
    assert "GWT_CHAT" in run(app, "sync", "Nadie", fails=True)
    assert "0 users" in run(app, "sync")
