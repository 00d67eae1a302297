"""Signs a message with the library of Standard Webhooks, as it is. `sign.py SECRET ID SECONDS_AGO BODY` prints its headers as JSON."""

import datetime
import json
import sys

from standardwebhooks import Webhook

secret, name, seconds_ago, body = sys.argv[1:]
sent_at = datetime.datetime.now(tz=datetime.timezone.utc) - datetime.timedelta(seconds=int(seconds_ago))
print(
    json.dumps(
        {
            "webhook-id": name,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, sent_at, body),
        }
    )
)
