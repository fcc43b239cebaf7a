#!/usr/bin/env python3
"""A whole task-server over a bare socket: the wire contract (subprotocol cordyna.v1.json) needs no library.

usage: tiny_server.py PORT      It serves tiny/hello, whose result is its input, and leaves when the connection ends.
"""
import json, os, socket, struct, sys

DECLARATION = {"server": "tiny", "team": "tests", "tasks": {"hello": {"params": {"type": "object", "properties": {"name": {"type": "string"}}}}}}
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
stream = connection.makefile("rb")
numbers = iter(range(1, 1 << 62))

def say(*items):
    text = json.dumps({"items": items}).encode()
    length = struct.pack(">BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack(">BBH", 0x81, 0x80 | 126, len(text))
    connection.sendall(length + bytes(4) + text)  # masked with zeros

def messages():
    while head := stream.read(2):
        length = head[1] & 0x7F
        if length > 125:
            length = int.from_bytes(stream.read(2 if length == 126 else 8), "big")
        bytes_ = stream.read(length)
        if head[0] & 0x0F == 8:  # close
            return
        if head[0] & 0x0F == 1:  # text
            yield from json.loads(bytes_)["items"]

def update(token, state, **more):
    say({"update": {"n": next(numbers), "token": token, "state": state, **more}})

connection.sendall(b"GET /api/v1/connect HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   b"Sec-WebSocket-Protocol: cordyna.v1.json\r\n\r\n")
while stream.readline() != b"\r\n":
    pass
say({"hello": {"protocol": 1, "server": "tiny", "team": "tests", "instance": os.urandom(8).hex(), "slots": 1}})
for item in messages():
    if item.get("welcome", {}).get("need_declaration"):
        say({"declare": {"part": 0, "last": True, "json": json.dumps(DECLARATION)}})
    elif "welcome" in item or "verdict" in item:
        say({"ready": {}})
    elif "heartbeat" in item:
        say({"heartbeat": {}})
    elif run := item.get("run"):
        update(run["token"], "started")
        say({"log": {"token": run["token"], "offset": 0, "text": "hello from python\n"}})
        update(run["token"], "completed", result=json.dumps({"greeted": json.loads(run["params"]).get("name")}))
    elif cancel := item.get("cancel"):
        update(cancel["token"], "cancelled")
