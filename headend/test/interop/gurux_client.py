"""A client made of the public API of the Gurux DLMS library for Python, for the interoperability test.

gurux_client.py SETTINGS-JSON; prints what it read as JSON.
"""
import datetime
import json
import socket
import sys

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType, Security
from gurux_dlms.objects import GXDLMSProfileGeneric, GXDLMSRegister
from gurux_dlms.secure import GXDLMSSecureClient

settings = json.loads(sys.argv[1])
framing = settings["framing"]
client = GXDLMSSecureClient(
    True,
    settings["client"],
    1,
    getattr(Authentication, settings["authentication"]),
    settings.get("password"),
    InterfaceType.WRAPPER if framing == "wrapper" else InterfaceType.HDLC,
)
if "guek" in settings:
    cipher = client.ciphering
    cipher.security = Security.AUTHENTICATION_ENCRYPTION
    cipher.systemTitle = bytearray.fromhex(settings["systemTitle"])
    cipher.blockCipherKey = bytearray.fromhex(settings["guek"])
    cipher.authenticationKey = bytearray.fromhex(settings["gak"])
    cipher.invocationCounter = settings["counter"]

line = socket.create_connection(("127.0.0.1", settings["port"]), 10)
line.settimeout(10)


def receive_line():
    text = b""
    while not text.endswith(b"\r\n"):
        text += line.recv(1)
    return text


def sign_on():
    line.sendall(b"/?!\r\n")
    identification = receive_line()
    acknowledge = b"\x062" + identification[4:5] + b"2\r\n"
    line.sendall(acknowledge)
    if receive_line() != acknowledge:
        raise ValueError("mode E was not agreed to")
    return identification.decode().strip()


def exchange(packet, reply):
    line.sendall(bytes(packet))
    received = GXByteBuffer()
    notify = GXReplyData()
    while True:
        chunk = line.recv(65536)
        if not chunk:
            raise EOFError("the meter closed the connection")
        received.set(chunk)
        if client.getData(received, reply, notify):
            return


def blocks(packets):
    reply = GXReplyData()
    for packet in packets if isinstance(packets, list) else [packets]:
        reply.clear()
        exchange(packet, reply)
        while reply.isMoreData():
            exchange(client.receiverReady(reply), reply)
    return reply


def read(target, attribute):
    reply = blocks(client.read(target, attribute))
    return client.updateValue(target, attribute, reply.value)


out = {}
if framing == "mode-e":
    out["identification"] = sign_on()
packet = client.snrmRequest()
if packet:
    client.parseUAResponse(blocks(packet).data)
client.parseAareResponse(blocks(client.aarqRequest()).data)
if client.authentication > Authentication.LOW:
    client.parseApplicationAssociationResponse(blocks(client.getApplicationAssociationRequest()).data)

objects = client.parseObjects(blocks(client.getObjectsRequest()).data, False)
out["objects"] = len(objects)
if settings["authentication"] != "NONE":
    register = GXDLMSRegister("1.0.1.8.0.255")
    read(register, 3)
    out["register"] = read(register, 2)
    out["unit"] = int(register.unit)
    profile = GXDLMSProfileGeneric("1.0.99.1.0.255")
    read(profile, 3)
    utc = datetime.timezone.utc
    start = datetime.datetime.fromtimestamp(settings["fromS"], utc)
    end = datetime.datetime.fromtimestamp(settings["toS"], utc)
    reply = blocks(client.readRowsByRange(profile, start, end))
    client.updateValue(profile, 2, reply.value)
    out["rows"] = [[int(value) for value in row[1:]] for row in profile.buffer]
    # the library adds to what it has
    profile.buffer.clear()
    read(profile, 2)
    out["all"] = len(profile.buffer)

packet = client.releaseRequest()
if packet:
    blocks(packet)
packet = client.disconnectRequest()
if packet:
    blocks(packet)
line.close()
print(json.dumps(out))
