"""Integrador in a Flask application.

    from flask import Flask
    from integrador.flask import Integrador, current_node

    integrador = Integrador()

    @integrador.on_message
    def store(message):
        ...  # in the application's context, as everything here

    def create_app():
        app = Flask(__name__)
        app.config["INTEGRADOR_PLATFORM"] = "BuasApp"
        app.config["INTEGRADOR_PLATFORMS"] = "platforms.json"
        integrador.init_app(app)
        return app

The node opens in the process that serves, as soon as it serves: in each of gunicorn's workers (also with
`--preload`), under waitress and `flask run`. It answers the other platforms under `/api`. In a view,
`current_node.publish_message(…)`.
"""

from ._extension import Integrador, current_node

__all__ = ["Integrador", "current_node"]
