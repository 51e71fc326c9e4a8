"""Pushes made of the public API of the Gurux DLMS library for Python: gurux_push.py SETTINGS-JSON."""
import json
import socket
import sys

from gurux_dlms import GXByteBuffer
from gurux_dlms.enums import DataType, InterfaceType, Security
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.secure import GXDLMSSecureNotify

settings = json.loads(sys.argv[1])
interface = InterfaceType.WRAPPER if settings["framing"] == "wrapper" else InterfaceType.HDLC
notify = GXDLMSSecureNotify(True, 16, 1, interface)
if "guek" in settings:
    cipher = notify.ciphering
    cipher.security = Security.AUTHENTICATION_ENCRYPTION
    cipher.systemTitle = bytearray.fromhex(settings["systemTitle"])
    cipher.blockCipherKey = bytearray.fromhex(settings["guek"])
    cipher.authenticationKey = bytearray.fromhex(settings["gak"])
    cipher.invocationCounter = 1
body = GXByteBuffer()
body.setUInt8(DataType.STRUCTURE)
body.setUInt8(4)
_GXCommon.setData(None, body, DataType.OCTET_STRING, bytearray([0, 0, 96, 1, 0, 255]))
_GXCommon.setData(None, body, DataType.OCTET_STRING, bytearray(b"OA1000001"))
_GXCommon.setData(None, body, DataType.OCTET_STRING, bytearray([1, 0, 1, 8, 0, 255]))
_GXCommon.setData(None, body, DataType.UINT32, 123456)
with_udp = settings.get("udp", False)
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if with_udp else socket.SOCK_STREAM)
line.connect(("127.0.0.1", settings["port"]))
for packet in notify.generateDataNotificationMessages(None, body):
    line.sendall(bytes(packet))
line.close()
