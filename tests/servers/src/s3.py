"""A service that speaks S3, for tests: moto, which holds its clients to their signatures from the first request on."""

import os
import sys
import threading

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"

import moto.server
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

port, bucket, access_key_id, secret_access_key = sys.argv[1:]
iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
iam.create_user("us-east-1", "pharos")
keys = iam.create_access_key("pharos")
iam.access_keys.pop(keys.access_key_id, None)
keys.access_key_id, keys.secret_access_key = access_key_id, secret_access_key
iam.access_keys[access_key_id] = keys
allowed = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
iam.put_user_policy("pharos", "all", allowed)
s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(bucket, "us-east-1")

serve = moto.server.run_simple
one_at_a_time = threading.Lock()


def serve_in_turn(host, port, application, **settings):
    """S3 looks whether a condition holds and writes in one step; moto in two, so it does one request at a time."""

    def in_turn(environment, respond):
        with one_at_a_time:
            return list(application(environment, respond))

    serve(host, port, in_turn, **settings)


moto.server.run_simple = serve_in_turn
moto.server.main(["-H", "127.0.0.1", "-p", port])
