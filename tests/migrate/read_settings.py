"""Reads a mailbox's settings with exchangelib, which shares no code with the program: JSON in argv[1], JSON out."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
asked = json.loads(sys.argv[1])
os.environ["REQUESTS_CA_BUNDLE"] = asked["caFile"]

from exchangelib import BASIC, IMPERSONATION, Account, Configuration, Credentials  # noqa: E402

configuration = Configuration(
    service_endpoint=asked["ewsUrl"], credentials=Credentials(asked["user"], asked["password"]), auth_type=BASIC
)
account = Account(asked["mailbox"], config=configuration, autodiscover=False, access_type=IMPERSONATION)
oof = account.oof_settings
print(
    json.dumps(
        {
            "oof": [oof.state, oof.external_audience, oof.start.isoformat(), oof.internal_reply, oof.external_reply],
            "delegates": [
                [
                    d.user_id.primary_smtp_address,
                    d.delegate_permissions.calendar_folder_permission_level,
                    d.delegate_permissions.tasks_folder_permission_level,
                    d.view_private_items,
                ]
                for d in account.delegates
            ],
        }
    )
)
