"""NTLM by Samba's own implementation (GENSEC, its NTLMSSP server and its account database), a JSON line a step.

In:  {"connection": 1, "token": "base64", "certificate": "hex of the server certificate in DER"}
Out: {"connection": 1, "token": "base64", "done": true, "user": "name", "bound": true, "target": "HTTP/host"}
`bound` says whether the client tied its answer to that certificate (RFC 5929, tls-server-end-point), worked out here
apart from the program under test. A refusal is {"connection": 1, "error": "NT_STATUS_..."}.
"""
import base64
import hashlib
import json
import struct
import sys

from samba import auth, gensec
from samba.auth import system_session
from samba.dcerpc import ntlmssp
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

lp = LoadParm()
lp.load(sys.argv[1])
sam = SamDB(url=lp.samdb_url(), session_info=system_session(), lp=lp)
context = auth.AuthContext(lp_ctx=lp, ldb=sam, methods=["sam"])
connections = {}


def start():
    server = gensec.Security.start_server({"lp_ctx": lp, "target_hostname": ""}, context)
    server.start_mech_by_name("ntlmssp")
    return server


def pairs_of(token):
    message = ndr_unpack(ntlmssp.AUTHENTICATE_MESSAGE, token)
    raw = bytes(token)
    length, _, offset = struct.unpack_from("<HHI", raw, 20)
    response = raw[offset:offset + length]
    pairs, at = {}, 16 + 28
    while at + 4 <= len(response):
        kind, size = struct.unpack_from("<HH", response, at)
        if kind == 0:
            break
        pairs[kind] = response[at + 4:at + 4 + size]
        at += 4 + size
    return message, pairs


def bindings(certificate):
    application = b"tls-server-end-point:" + hashlib.sha256(bytes.fromhex(certificate)).digest()
    return hashlib.md5(struct.pack("<IIIII", 0, 0, 0, 0, len(application)) + application).digest()


for line in sys.stdin:
    asked = json.loads(line)
    number = asked["connection"]
    token = base64.b64decode(asked["token"])
    answer = {"connection": number}
    try:
        if struct.unpack_from("<I", token, 8)[0] == 1:
            connections[number] = start()
        server = connections[number]
        done, out = server.update(token)
        answer.update(done=done, token=base64.b64encode(out or b"").decode())
        if done:
            _, pairs = pairs_of(token)
            answer["user"] = server.session_info().info.account_name
            answer["bound"] = pairs.get(10) == bindings(asked["certificate"])
            answer["target"] = pairs.get(9, b"").decode("utf-16-le")
    except Exception as error:  # Samba raises NTSTATUSError; a hostile token may raise anything
        connections.pop(number, None)
        answer["error"] = str(error.args[-1] if error.args else error)
    print(json.dumps(answer), flush=True)
