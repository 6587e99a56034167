"""`python -m buasapp`: the chat behind gunicorn, with the one worker of many threads that Flask-SocketIO wants."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from threading import Thread
from typing import Any

from gunicorn.app.base import BaseApplication

from . import create_app, live
from .integration.controller import integrador

HELP = """examples:
  python -m buasapp
  python -m buasapp --name Sur --listen 127.0.0.1:8082 --data sur --platforms Sur.platforms.json --users Pablo,Tamara
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "buasapp",
        description="A chat whose users write to those of other chats.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--name", default="BuasApp", help="this platform's name, as the registries of the others spell it"
    )
    parser.add_argument(
        "--listen",
        default="127.0.0.1:8081",
        metavar="HOST:PORT",
        help="where the page, and the node under /api/, are served",
    )
    parser.add_argument(
        "--data", default="buasapp-data", metavar="DIR", help="the folder of the chat's database and the node's store"
    )
    parser.add_argument(
        "--platforms", metavar="FILE", help="the registry file; platforms.json in the data folder, if it is there"
    )
    parser.add_argument(
        "--users", default="Marcelo,Julieta,Nahuel", metavar="NAME,…", help="the users that a new database begins with"
    )
    parser.add_argument(
        "--framed-by",
        default="",
        metavar="ORIGIN",
        help="the origin whose pages may show this one in a frame, such as http://127.0.0.1:4999; nobody's",
    )
    return parser.parse_args()


class Server(BaseApplication):
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": self.args.listen,
            "worker_class": "gthread",
            "workers": 1,
            "threads": 200,
            "graceful_timeout": 5,
            "control_socket_disable": True,
            "when_ready": announce,
            "post_worker_init": begin,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        config = {"DATA": self.args.data, "INTEGRADOR_PLATFORM": self.args.name, "USERS": self.args.users.split(",")}
        if self.args.framed_by:
            config["FRAMED_BY"] = self.args.framed_by
        if self.args.platforms:
            config["INTEGRADOR_PLATFORMS"] = str(Path(self.args.platforms).resolve())
        return create_app(config)


def announce(server: Any) -> None:
    """The one line on standard output, which scripts wait for."""
    print(f"listening on http://{server.address[0][0]}:{server.address[0][1]}", flush=True)


def begin(worker: Any) -> None:
    """In the worker, before its first request: what waits for others goes out without one."""
    integrador.start(worker.wsgi)
    hang_up_at_the_end(worker)


def hang_up_at_the_end(worker: Any) -> None:
    """A worker that ends waits for all connections to end, and those of the pages never would. Ctrl-C is as good a
    reason to end well as any."""

    def end(number: int, frame: Any) -> None:
        Thread(target=live.hang_up, args=[worker.wsgi], daemon=True).start()
        worker.handle_exit(number, frame)

    for reason in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(reason, end)


if __name__ == "__main__":
    Server(arguments()).run()
