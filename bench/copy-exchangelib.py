"""The peer of bench/copy that others wrote: exchangelib exports and uploads, a hundred items a call.

Arguments: ready file of the lab, source address, target address. Prints JSON.
"""
import json
import ssl
import sys
import time

import requests.adapters
from exchangelib import DELEGATE, IMPERSONATION, Account, Configuration, Credentials
from exchangelib.protocol import BaseProtocol

ready, source_address, target_address = sys.argv[1:4]
organisations = json.load(open(ready))["organisations"]


class LabAdapter(requests.adapters.HTTPAdapter):
    def cert_verify(self, conn, url, verify, cert):
        super().cert_verify(conn=conn, url=url, verify=organisations[0]["caFile"], cert=cert)


BaseProtocol.HTTP_ADAPTER_CLS = LabAdapter


def account(organisation, address):
    service = organisation["serviceAccount"]
    config = Configuration(
        service_endpoint=organisation["ewsUrl"],
        credentials=Credentials(service["user"], service["password"]),
        auth_type="basic",
        max_connections=4,
    )
    return Account(address, config=config, autodiscover=False, access_type=IMPERSONATION)


source = account(organisations[0], source_address)
target = account(organisations[1], target_address)
started = time.monotonic()
count = 0
there = {f.name: f for f in target.msg_folder_root.walk()}
for folder in source.msg_folder_root.walk():
    if folder.total_count == 0:
        continue
    ids = [(i.id, i.changekey) for i in folder.all().only("id", "changekey")]
    into = there[folder.name]
    for at in range(0, len(ids), 400):
        data = list(source.export(ids[at:at + 400], chunk_size=100))
        for done in target.upload([(into, d) for d in data], chunk_size=100):
            if isinstance(done, Exception):
                raise done
        count += len(data)
print(json.dumps({"ms": (time.monotonic() - started) * 1000, "items": count}))
