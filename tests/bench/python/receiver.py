"""A platform of the hub's: an application in Flask behind gunicorn, that takes messages in and counts them.

`GET /seen?until=N` answers when the Nth had come.
"""

from app import Seen
from flask import Flask, request

app = Flask(__name__)
seen = Seen()


@app.post("/message")
def message():
    seen.another(request.get_json())
    return {"status": 200, "message": "ok"}


@app.get("/seen")
def until():
    return str(seen.until(int(request.args["until"])))
