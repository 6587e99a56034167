"""The same application as a web application: the node is mounted in Flask, and gunicorn answers for it.

`GET /seen?until=N` answers when the handler had seen the Nth message.
"""

from app import Seen
from flask import Flask, request

from integrador.flask import Integrador

integrador = Integrador()
seen = Seen()
integrador.on_message(seen.another)


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.from_prefixed_env()
    integrador.init_app(app)

    @app.get("/seen")
    def until() -> str:
        return str(seen.until(int(request.args["until"])))

    return app
