"""The node for asyncio: nothing of it blocks the event loop.

    from integrador.aio import Node

    node = Node(platform="BuasApp", store="buasapp.db", platforms="platforms.json")

    @node.on_message
    async def show(message):
        print(f"{message.sender_name} in {message.room}: {message.text}")

    async def main():
        async with node:
            await node.publish_user(1, "Ana")
            await node.publish_room(7, "Plaza", "public")
            await node.publish_message(7, 1, "¡Hola a todos!", key="row-1")  # on disk when this returns
            await node.run_forever()

The operations, their arguments and their errors are those of `integrador.Node`. What waits there is awaited here; what
is answered from memory is a plain call here too.
"""

from ._events import Events
from ._node import Node

__all__ = ["Events", "Node"]
