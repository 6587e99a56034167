"""The endpoints that others reach, and what is done with what they bring.

The endpoints are those of `integrador.flask`, under `/api`: it checks, stores and answers. What came is handed to the
importer, in the application's context and in order, and again if the importer fails or the process dies meanwhile.
"""

from integrador import Node
from integrador.flask import Integrador

from . import exporter, importer

integrador = Integrador()

integrador.on_message(importer.message)
integrador.on_edit(importer.edit)
integrador.on_delete(importer.delete)
integrador.on_reaction(importer.reaction)
integrador.on_user(importer.user)
integrador.on_room(importer.room)
integrador.on_platform(importer.platform)
integrador.on_delivery(importer.delivery)


@integrador.on_start
def start(_node: Node) -> None:
    """In the process that serves, before the first event."""
    importer.catch_up()
    exporter.start()
