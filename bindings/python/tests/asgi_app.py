"""A small application in Starlette with a node inside; `uvicorn asgi_app:app` runs it.

`POST /say` publishes its body in the room `Norte:7`, `GET /seen` shows what came from others.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route

from integrador import ExternalId, Message
from integrador.aio import Node

platform = os.environ["PLATFORM"]
node = Node(platform, f"{platform}.db", f"{platform}.platforms.json")
seen: list[list[object]] = []


@node.on_message
async def keep(message: Message) -> None:
    await asyncio.sleep(0)
    seen.append([message.sender_name, message.text, message.recipients])


@contextlib.asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    async with node:
        await node.publish_user(1, f"Ana ({platform})")
        if platform == "Norte":
            await node.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})
        node.start()
        yield


async def say(request: Request) -> JSONResponse:
    receipt = await node.publish_message(ExternalId("Norte", 7), 1, (await request.body()).decode())
    return JSONResponse([receipt.event_id, list(receipt.destinations)])


async def show(_request: Request) -> JSONResponse:
    return JSONResponse(seen)


async def rooms(_request: Request) -> PlainTextResponse:
    return PlainTextResponse(" ".join(room.id for room in node.rooms()))


app = Starlette(
    routes=[
        Route("/say", say, methods=["POST"]),
        Route("/seen", show),
        Route("/rooms", rooms),
        Mount("/integrador", app=node.asgi),
    ],
    lifespan=lifespan,
)
