"""aiosmtpd as a mail server: one that nobody here wrote. Prints its port, then one JSON line a message."""
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

cert, key, mode, user, password = sys.argv[1:6]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_2
context.load_cert_chain(cert, key)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 no such user here: " + address
        if address.startswith("later"):
            return "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        text = envelope.content.decode("utf8", "replace")
        tls = server.transport.get_extra_info("cipher") is not None
        print(json.dumps({"to": envelope.rcpt_tos, "tls": tls, "user": session.mover, "text": text}), flush=True)
        if envelope.rcpt_tos[0].startswith("silent"):
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data.login.decode() == user and data.password.decode() == password
    if right:
        session.mover = data.login.decode()
    return AuthResult(success=right, handled=False)


def protocol():
    starttls = {} if mode == "implicit" else {"tls_context": context, "require_starttls": True}
    return SMTP(Handler(), hostname="mail.elsewhere.test", authenticator=authenticate, auth_required=True,
                auth_require_tls=mode != "implicit", enable_SMTPUTF8=True, **starttls)


async def main():
    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=context if mode == "implicit" else None)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main())
