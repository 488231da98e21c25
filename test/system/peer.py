"""Runs MSAL Python for the tests: a call as JSON on each line of stdin, its result as JSON on a line of stdout."""

import json
import sys

import msal


class ScriptedNetwork:
    """An HTTP client that knows its answers: {"METHOD url": JSON}; anything else fails."""

    def __init__(self, answers):
        self._answers = answers

    def _answer(self, method, url):
        request = f"{method} {url}"
        if request not in self._answers:
            raise RuntimeError(f"unexpected request: {request}")
        return ScriptedResponse(json.dumps(self._answers[request]))

    def get(self, url, **_):
        return self._answer("GET", url)

    def post(self, url, **_):
        return self._answer("POST", url)

    def close(self):
        pass


class ScriptedResponse:
    status_code = 200
    headers = {}

    def __init__(self, text):
        self.text = text

    def raise_for_status(self):
        pass


class Peer:
    def open(self, kind, options, network=None, cache=None):
        self._cache = msal.SerializableTokenCache()
        if cache is not None:
            self._cache.deserialize(cache)
        if network is not None:
            options["http_client"] = ScriptedNetwork(network)
        self._app = getattr(msal, kind)(token_cache=self._cache, **options)
        return msal.__version__

    def call(self, method, arguments):
        return getattr(self._app, method)(**arguments)

    def serialize(self):
        return self._cache.serialize()


peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"result": getattr(peer, request.pop("do"))(**request)}
    except Exception as error:  # whatever it is, it is the test's to judge
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
