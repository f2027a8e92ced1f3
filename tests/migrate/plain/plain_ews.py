"""A small EWS server that shares no code with Transplant: Python's http.server and a dictionary. It speaks a dialect on
order (prefixes, byte order mark, gzip, chunks, white space, elements nobody knows), lacks operations on order, and keeps
every request it gets, so that a test can hold them against Microsoft's schema.

Arguments: a JSON file with the settings below. Prints one JSON line with its port when it is ready.
  cert, key      files of the certificate
  requests       folder that gets the body of every request as a file
  version        the newest schema version it knows, such as Exchange2010_SP1
  lacks          {operation: fault code, "404", "405", "501" or "500"}
  refuses        property tags or field URIs in shapes that it answers with ErrorInvalidPropertyRequest
  restrictions   false: FindItem takes no restriction
  prefixes       names for the namespaces, such as ["s11", "", "q"]
  loops          {folder: folder it says it is in}
  deep           what a deep traversal is answered with, as in lacks
  most           no page holds more than so many, whatever was asked for
  endless        true: no page and no sync says that it is the last one
  samePage       true: every page is the first one
  keyless        true: no change keys
  zone           how times end, such as +02:00 or .1234567Z; they are shifted accordingly
  soap12         true: faults in the form of SOAP 1.2
  bom, gzip, chunked, spaced, strange, bare    booleans of the dialect
  seed           [{"folder": "inbox", "mime": "..."}]
"""
import base64
import datetime
import email
import email.policy
import email.utils
import gzip
import hashlib
import itertools
import json
import os
import re
import ssl
import sys
import threading
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

S = "http://schemas.xmlsoap.org/soap/envelope/"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
VERSIONS = ["Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013"]
WELL = ["inbox", "sentitems", "drafts", "deleteditems", "calendar", "contacts", "tasks"]
CLASSES = {"calendar": "IPF.Appointment", "contacts": "IPF.Contact", "tasks": "IPF.Task"}

settings = json.load(open(sys.argv[1]))
lock = threading.RLock()
numbers = itertools.count(1)
folders = {}
items = {}
log = []
served = itertools.count(1)


class Fault(Exception):
    def __init__(self, code, text="no"):
        self.code, self.text = code, text


class Status(Exception):
    def __init__(self, status):
        self.status = status


class Refused(Exception):
    """An error of one response message."""
    def __init__(self, code):
        self.code = code


def esc(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def new_id(kind):
    return base64.b64encode(f"{kind}-{next(numbers):06d}-plain".encode()).decode()


def add_folder(parent, name, cls, well=None):
    fid = well or new_id("folder")
    if parent and any(f["parent"] == parent and f["name"].lower() == name.lower() for f in folders.values()):
        raise Refused("ErrorFolderExists")
    folders[fid] = {"id": fid, "parent": parent, "name": name, "class": cls, "well": well, "changes": []}
    return folders[fid]


def add_item(fid, element, fields, mime=None, extended=()):
    iid = new_id("item")
    item = {"id": iid, "folder": fid, "element": element, "fields": dict(fields), "mime": mime, "key": 1,
            "extended": {address(e): ET.tostring(e, encoding="unicode") for e in extended}}
    if mime:
        parsed = email.message_from_bytes(base64.b64decode(mime), policy=email.policy.compat32)
        item["fields"].setdefault("Subject", "<t:Subject xmlns:t='%s'>%s</t:Subject>" % (T, esc(str(parsed.get("Subject", "")))))
        item["message_id"] = parsed.get("Message-ID", "")
        when = email.utils.parsedate_to_datetime(parsed["Date"]) if parsed["Date"] else None
        item["sent"] = when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None
    items[iid] = item
    folders[fid]["changes"].append(("Create", iid))
    return item


def address(extended):
    uri = extended.find(f"{{{T}}}ExtendedFieldURI")
    return json.dumps(uri.attrib, sort_keys=True)


def find_folder(node):
    fid = node.get("Id")
    if fid == "msgfolderroot":
        return folders["root"]
    if fid not in folders:
        raise Refused("ErrorFolderNotFound")
    return folders[fid]


def find_item(node):
    iid = node.get("Id")
    if iid not in items:
        raise Refused("ErrorItemNotFound")
    return items[iid]


def folder_xml(f):
    count = sum(1 for i in items.values() if i["folder"] == f["id"])
    children = sum(1 for o in folders.values() if o["parent"] == f["id"])
    element = {"IPF.Appointment": "CalendarFolder", "IPF.Contact": "ContactsFolder", "IPF.Task": "TasksFolder"}.get(f["class"], "Folder")
    above = settings.get("loops", {}).get(f["name"])
    above = next((o["id"] for o in folders.values() if o["name"] == above), f["parent"])
    parent = f'<t:ParentFolderId Id="{above}"/>' if above else ""
    cls = f'<t:FolderClass>{esc(f["class"])}</t:FolderClass>' if f["class"] and not settings.get("bare") else ""
    below = "" if settings.get("bare") else f"<t:ChildFolderCount>{children}</t:ChildFolderCount>"
    counts = f"<t:TotalCount>{count}</t:TotalCount>{below}"
    return f'<t:{element}><t:FolderId Id="{f["id"]}"/>{parent}{cls}<t:DisplayName>{esc(f["name"])}</t:DisplayName>{counts}</t:{element}>'


ORDER = ["MimeContent", "ItemId", "ParentFolderId", "ItemClass", "Subject"]


def item_xml(item, shape=None):
    out = []
    wants_mime = shape is not None and shape.find(f"{{{T}}}IncludeMimeContent") is not None
    if wants_mime:
        if item["element"] != "Message" or not item["mime"]:
            raise Refused("ErrorUnsupportedMimeConversion")
        out.append(f'<t:MimeContent CharacterSet="UTF-8">{item["mime"]}</t:MimeContent>')
    key = "" if settings.get("keyless") else f' ChangeKey="k{item["key"]}"'
    out.append(f'<t:ItemId Id="{item["id"]}"{key}/>')
    if not settings.get("bare"):
        out.append(f'<t:ParentFolderId Id="{item["folder"]}"/>')
    size = len(item["mime"] or "") * 3 // 4 + sum(len(x) for x in item["fields"].values())
    item_class = item["fields"].get("ItemClass") or "<t:ItemClass xmlns:t='%s'>IPM.Note</t:ItemClass>" % T
    out.append(item_class)
    out.append(f"<t:Size>{size}</t:Size>")
    if item.get("sent"):
        sent = zoned(item["sent"])
        out.append(f'<t:DateTimeReceived>{sent}</t:DateTimeReceived><t:DateTimeSent>{sent}</t:DateTimeSent>')
    if item.get("message_id"):
        out.append(f'<t:InternetMessageId>{esc(item["message_id"])}</t:InternetMessageId>')
    whole = shape is not None and shape.findtext(f"{{{T}}}BaseShape") == "AllProperties"
    for name, xml in item["fields"].items():
        if name != "ItemClass" and (whole or name in ("Subject", "Sensitivity", "Importance", "Categories", "IsRead")):
            out.append(xml)
    asked = {json.dumps(u.attrib, sort_keys=True) for u in (shape.iter(f"{{{T}}}ExtendedFieldURI") if shape is not None else [])}
    out.extend(xml for key, xml in item["extended"].items() if key in asked)
    return f'<t:{item["element"]}>{"".join(out)}</t:{item["element"]}>'


def zoned(time):
    """The same instant as this server writes it."""
    zone = settings.get("zone", "Z")
    shift = re.match(r"([+-])(\d\d):?(\d\d)$", zone)
    if shift:
        minutes = (int(shift[2]) * 60 + int(shift[3])) * (1 if shift[1] == "+" else -1)
        time = (datetime.datetime.fromisoformat(time[:-1]) + datetime.timedelta(minutes=minutes)).isoformat() + "Z"
    return time[:-1] + zone


def page(found, view, render, tag):
    offset = int(view.get("Offset", "0")) if view is not None else 0
    most = int(view.get("MaxEntriesReturned", "1000")) if view is not None else 1000
    most = min(most, settings.get("most", most))
    offset = 0 if settings.get("samePage") else offset
    part = found[offset:offset + most]
    last = offset + len(part) >= len(found) and not settings.get("endless")
    attributes = f'IndexedPagingOffset="{offset + len(part)}" TotalItemsInView="{len(found)}" IncludesLastItemInRange="{"true" if last else "false"}"'
    return f'<m:RootFolder {attributes}><t:{tag}>{"".join(render(one) for one in part)}</t:{tag}></m:RootFolder>'


def check_shape(shape):
    if shape is None:
        return
    for uri in list(shape.iter(f"{{{T}}}ExtendedFieldURI")) + list(shape.iter(f"{{{T}}}FieldURI")):
        name = uri.get("PropertyTag") or uri.get("FieldURI") or ""
        if name in settings.get("refuses", []) or "*extended*" in settings.get("refuses", []) and uri.tag.endswith("ExtendedFieldURI"):
            raise Fault("ErrorInvalidPropertyRequest", "this property is not known here")


def below(fid):
    for f in [f for f in folders.values() if f["parent"] == fid]:
        yield f
        yield from below(f["id"])


def each(nodes, work):
    """One response message for each node."""
    out = []
    for node in nodes:
        try:
            out.append(("Success", "NoError", work(node)))
        except Refused as refused:
            out.append(("Error", refused.code, ""))
    return out


def kids(node, *path):
    for name in path:
        node = node.find(f"{{*}}{name}") if node is not None else None
    return list(node) if node is not None else []


def op_GetFolder(body):
    check_shape(body.find(f"{{{M}}}FolderShape"))
    return each(kids(body, "FolderIds"), lambda n: f"<m:Folders>{folder_xml(find_folder(n))}</m:Folders>")


def op_FindFolder(body):
    check_shape(body.find(f"{{{M}}}FolderShape"))
    deep = body.get("Traversal") == "Deep"
    if deep and settings.get("deep"):
        raise Status(int(settings["deep"])) if settings["deep"].isdigit() else Fault(settings["deep"])
    view = body.find(f"{{{M}}}IndexedPageFolderView")
    def one(node):
        fid = find_folder(node)["id"]
        found = list(below(fid)) if deep else [f for f in folders.values() if f["parent"] == fid]
        return page(found, view, folder_xml, "Folders")
    return each(kids(body, "ParentFolderIds"), one)


def op_CreateFolder(body):
    parent = find_folder(kids(body, "ParentFolderId")[0])["id"]
    def one(node):
        name = node.findtext(f"{{{T}}}DisplayName")
        cls = node.findtext(f"{{{T}}}FolderClass") or "IPF.Note"
        return f"<m:Folders>{folder_xml(add_folder(parent, name, cls))}</m:Folders>"
    return each(kids(body, "Folders"), one)


def op_FindItem(body):
    shape = body.find(f"{{{M}}}ItemShape")
    check_shape(shape)
    refused = settings.get("lacks", {}).get("FindItem:Associated")
    if refused and body.get("Traversal") == "Associated":
        raise Status(int(refused)) if refused.isdigit() else Fault(refused)
    if body.find(f"{{{M}}}Restriction") is not None and settings.get("restrictions") is False:
        raise Fault("ErrorUnsupportedPathForQuery", "no restrictions here")
    view = body.find(f"{{{M}}}IndexedPageItemView")
    constants = {c.get("Value") for c in body.iter(f"{{{T}}}Constant")}
    def one(node):
        fid = find_folder(node)["id"]
        found = [] if body.get("Traversal") == "Associated" else [i for i in items.values() if i["folder"] == fid]
        if constants:
            found = [i for i in found if any(c in x for c in constants for x in i["extended"].values())]
        return page(found, view, lambda i: item_xml(i, shape), "Items")
    return each(kids(body, "ParentFolderIds"), one)


def op_GetItem(body):
    shape = body.find(f"{{{M}}}ItemShape")
    check_shape(shape)
    return each(kids(body, "ItemIds"), lambda n: f"<m:Items>{item_xml(find_item(n), shape)}</m:Items>")


def op_CreateItem(body):
    fid = find_folder(kids(body, "SavedItemFolderId")[0])["id"]
    if body.get("MessageDisposition") != "SaveOnly" or body.get("SendMeetingInvitations") != "SendToNone":
        raise Fault("ErrorInternalServerError", "this server never sends")
    def one(node):
        mime = (node.findtext(f"{{{T}}}MimeContent") or "").strip() or None
        fields = {c.tag.split("}")[1]: ET.tostring(c, encoding="unicode") for c in node
                  if c.tag.split("}")[1] not in ("MimeContent", "ExtendedProperty")}
        item = add_item(fid, node.tag.split("}")[1], fields, mime, node.findall(f"{{{T}}}ExtendedProperty"))
        return f'<m:Items><t:{item["element"]}><t:ItemId Id="{item["id"]}" ChangeKey="k1"/></t:{item["element"]}></m:Items>'
    return each(kids(body, "Items"), one)


def op_UpdateItem(body):
    def one(node):
        item = find_item(node.find(f"{{{T}}}ItemId"))
        for field in node.iter(f"{{{T}}}SetItemField"):
            value = list(field)[1][0]
            item["fields"][value.tag.split("}")[1]] = ET.tostring(value, encoding="unicode")
        item["key"] += 1
        folders[item["folder"]]["changes"].append(("Update", item["id"]))
        return f'<m:Items><t:Message><t:ItemId Id="{item["id"]}" ChangeKey="k{item["key"]}"/></t:Message></m:Items>'
    return each(kids(body, "ItemChanges"), one)


def op_DeleteItem(body):
    def one(node):
        item = find_item(node)
        folders[item["folder"]]["changes"].append(("Delete", item["id"]))
        del items[item["id"]]
        return ""
    return each(kids(body, "ItemIds"), one)


def op_MoveItem(body):
    to = find_folder(kids(body, "ToFolderId")[0])["id"]
    def one(node):
        item = find_item(node)
        folders[item["folder"]]["changes"].append(("Delete", item["id"]))
        del items[item["id"]]
        item["id"], item["folder"] = new_id("item"), to
        items[item["id"]] = item
        folders[to]["changes"].append(("Create", item["id"]))
        return f'<m:Items><t:Message><t:ItemId Id="{item["id"]}" ChangeKey="k{item["key"]}"/></t:Message></m:Items>'
    return each(kids(body, "ItemIds"), one)


def op_SyncFolderItems(body):
    shape = body.find(f"{{{M}}}ItemShape")
    check_shape(shape)
    if settings["version"] == "Exchange2007_SP1" and body.find(f"{{{M}}}SyncScope") is not None:
        raise Fault("ErrorSchemaValidation", "SyncScope is not known")
    most = int(body.findtext(f"{{{M}}}MaxChangesReturned"))
    state = int(body.findtext(f"{{{M}}}SyncState") or "0") % 1000000
    def one(node):
        changes = find_folder(node)["changes"]
        part = changes[state:state + most]
        out = []
        for kind, iid in part:
            if kind == "Delete" or iid not in items:
                out.append(f'<t:Delete><t:ItemId Id="{iid}"/></t:Delete>')
            else:
                out.append(f"<t:{kind}>{item_xml(items[iid], shape)}</t:{kind}>")
        last = state + len(part) >= len(changes) and not settings.get("endless")
        moves_on = 1000000 if settings.get("endless") and not part else 0
        return f'<m:SyncState>{(state + len(part)) % 1000000 + moves_on * next(served)}</m:SyncState><m:IncludesLastItemInRange>{"true" if last else "false"}</m:IncludesLastItemInRange><m:Changes>{"".join(out)}</m:Changes>'
    return each(kids(body, "SyncFolderId"), one)


def answer(operation, body):
    lacks = settings.get("lacks", {}).get(operation)
    work = globals().get(f"op_{operation}")
    if lacks or not work:
        raise Fault(lacks or "ErrorInvalidRequest", f"The operation {operation} is not known here.")
    out = []
    for result, code, content in work(body):
        text = "" if result == "Success" else "<m:MessageText>No.</m:MessageText>"
        key = "" if result == "Success" and settings.get("bare") else f"<m:ResponseCode>{code}</m:ResponseCode>"
        strange = "<m:Weather>sunny</m:Weather>" if settings.get("strange") else ""
        out.append(f'<m:{operation}ResponseMessage ResponseClass="{result}">{text}{key}{strange}{content}</m:{operation}ResponseMessage>')
    return f'<m:{operation}Response><m:ResponseMessages>{"".join(out)}</m:ResponseMessages></m:{operation}Response>'


def dialect(xml):
    """The same document in this server's way of writing."""
    names = dict(zip("smt", settings.get("prefixes", ["s", "m", "t"])))
    if settings.get("strange"):
        xml = re.sub(r"(<t:ItemId )", r"<!-- id --><t:Mood colour='blue'><t:Inner/></t:Mood>\1", xml)
    if settings.get("spaced"):
        xml = re.sub(r"(</?[smt]:(?:Body|ResponseMessages|\w+ResponseMessage|Items|Folders|Changes|RootFolder)\b[^>]*>)", r"\n   \1\n\t", xml)
        xml = re.sub(r"(<t:ItemId [^>]*?)/>", r"\1 ></t:ItemId>", xml)
    for old in "smt":
        new = names[old]
        xml = re.sub(rf"(</?){old}:", rf"\1{new + ':' if new else ''}", xml)
        xml = xml.replace(f"xmlns:{old}=", f"xmlns:{new}=" if new else "xmlns=")
    return xml


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/dump":
            with lock:
                data = json.dumps({"folders": list(folders.values()), "items": list(items.values()), "log": log}).encode()
            return self.send(200, "application/json", data)
        self.send(401, "text/plain", b"", {"WWW-Authenticate": 'Basic realm="plain"'})

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.headers.get("Authorization", "").startswith("Basic "):
            return self.send(401, "text/plain", b"", {"WWW-Authenticate": 'Basic realm="plain"'})
        envelope = ET.fromstring(data)
        body = envelope.find(f"{{{S}}}Body")[0]
        operation = body.tag.split("}")[1]
        with open(os.path.join(settings["requests"], f"{next(served):05d}-{operation}.xml"), "wb") as file:
            ET.register_namespace("m", M)
            ET.register_namespace("t", T)
            file.write(ET.tostring(body))
        version = envelope.find(f".//{{{T}}}RequestServerVersion").get("Version")
        log.append(f"{operation} {version}")
        lacks = settings.get("lacks", {}).get(operation, "")
        if lacks.isdigit():
            return self.send(int(lacks), "text/html", b"<html><body>Sorry.</body></html>")
        try:
            if VERSIONS.index(version) > VERSIONS.index(settings["version"]):
                raise Fault(settings.get("versionCode", "ErrorInvalidServerVersion"), "The version is not known.")
            with lock:
                self.soap(200, answer(operation, body))
        except Status as answer_:
            self.send(answer_.status, "text/html", b"<html><body>Sorry.</body></html>")
        except Fault as fault:
            self.soap(500, self.fault(fault.code, fault.text))
        except Refused as refused:
            self.soap(500, self.fault(refused.code, "no"))

    def fault(self, code, text):
        if settings.get("soap12"):
            return (f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>e:{code}</s:Value></s:Subcode></s:Code>"
                    f'<s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason></s:Fault>')
        detail = f'<detail><e:ResponseCode xmlns:e="{M.replace("messages", "errors")}">{code}</e:ResponseCode></detail>'
        return f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{text}</faultstring>{detail}</s:Fault>"

    def soap(self, status, body):
        header = "" if settings.get("bare") else '<s:Header><t:ServerVersionInfo xmlns:t="%s" MajorVersion="14" MinorVersion="1"/></s:Header>' % T
        xml = f'<s:Envelope xmlns:s="{S}" xmlns:m="{M}" xmlns:t="{T}">{header}<s:Body>{body}</s:Body></s:Envelope>'
        data = ("<?xml version='1.0' encoding='utf-8'?>" + dialect(xml)).encode("utf-8")
        if settings.get("bom"):
            data = b"\xef\xbb\xbf" + data
        headers = {}
        if settings.get("gzip"):
            data, headers["Content-Encoding"] = gzip.compress(data), "gzip"
        self.send(status, settings.get("contentType", "text/xml; charset=utf-8"), data, headers)

    def send(self, status, kind, data, headers={}):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if settings.get("chunked") and status != 401:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(data), 37):
                part = data[at:at + 37]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


add_folder(None, "Top of Information Store", "", "root")
for well in WELL:
    add_folder("root", well.capitalize(), CLASSES.get(well, "IPF.Note"), well)
for one in settings.get("seed", []):
    fid = one["folder"]
    if fid not in folders:
        fid = next((f["id"] for f in folders.values() if f["name"] == fid), None) or add_folder("inbox", fid, "IPF.Note")["id"]
    if "mime" in one:
        key = base64.b64encode(hashlib.md5(one["mime"].encode()).digest()).decode()
        extended = ET.fromstring(f'<x xmlns:t="{T}"><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x300b" PropertyType="Binary"/><t:Value>{key}</t:Value></t:ExtendedProperty></x>')
        add_item(fid, "Message", {}, base64.b64encode(one["mime"].encode()).decode(), list(extended) if settings.get("searchKeys", True) else [])
    else:
        node = ET.fromstring(one["xml"].replace("<t:", f"<t:", 1).replace(">", f' xmlns:t="{T}">', 1))
        add_item(fid, node.tag.split("}")[1], {c.tag.split("}")[1]: ET.tostring(c, encoding="unicode") for c in node})

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(settings["cert"], settings["key"])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
