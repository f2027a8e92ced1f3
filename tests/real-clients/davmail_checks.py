"""Walks a mailbox of the lab through DavMail's IMAP door; what it finds goes to standard output as one JSON document.

Usage: davmail_checks.py PORT USER   (the password comes on standard input)
"""
import email
import email.message
import imaplib
import json
import re
import sys


def main():
    imap = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
    imap.login(sys.argv[2], sys.stdin.readline().rstrip("\n"))
    folders, wrong = {}, []
    for line in imap.list()[1]:
        name = line.decode().split(' "/" ', 1)[1]
        # DavMail lists a backslash as it is, where IMAP wants it escaped.
        status, data = imap.select(re.sub(r"(?<!\\)\\(?!\\)", r"\\\\", name), readonly=True)
        if status != "OK":
            wrong.append([name, status])
            continue
        numbers = imap.search(None, "ALL")[1][0].split()
        if len(numbers) != int(data[0]):
            wrong.append([name, int(data[0]), len(numbers)])
        for number in numbers:
            status, parts = imap.fetch(number, "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
            message = email.message_from_bytes(parts[0][1]) if status == "OK" and isinstance(parts[0], tuple) else None
            if message is None or message["Subject"] is None or message.defects:
                wrong.append([name, number.decode(), status])
        folders[name.strip('"')] = len(numbers)
    json.dump(dict(folders=folders, wrong=wrong, changed=change(imap)), sys.stdout)
    imap.logout()


def change(imap):
    message = email.message.EmailMessage()
    message["Subject"] = "by gateway"
    message["From"] = "somebody@else.test"
    message.set_content("Grüße")
    imap.create("Gateway")
    steps = [imap.append("INBOX", "\\Seen", None, message.as_bytes())[0]]
    imap.select("INBOX")
    number = imap.search(None, "SUBJECT", '"by gateway"')[1][0].split()[-1]
    steps.append(b"\\Flagged" in imap.store(number, "+FLAGS", "\\Flagged")[1][0])
    steps.append(imap.copy(number, "Gateway")[0])
    imap.store(number, "+FLAGS", "\\Deleted")
    imap.expunge()
    steps.append(imap.search(None, "SUBJECT", '"by gateway"')[1][0].decode())
    imap.select("Gateway")
    body = imap.fetch("1", "(BODY.PEEK[])")[1][0][1]
    steps.append("Gr=C3=BC=C3=9Fe" in body.decode() or "Grüße" in email.message_from_bytes(body).get_payload(decode=True).decode())
    imap.close()
    steps.append(imap.delete("Gateway")[0])
    return steps


if __name__ == "__main__":
    main()
