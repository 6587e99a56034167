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

The node opens with the first request, in each process that serves; `integrador.start(app)` in a hook of the server's
opens it before. It answers the other platforms under `/api`. In a view, `current_node.publish_message(…)`.
"""

from ._extension import Integrador, current_node

__all__ = ["Integrador", "current_node"]
