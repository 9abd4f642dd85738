"""HTTP servers on the loopback: one that answers as MLflow does, and any that misbehaves."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

RUN = "0123456789abcdef0123456789abcdef"


class Served:
    """A running server: its address, and the requests it got as (path, headers)."""

    def __init__(self, port, scheme):
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.requests = []

    @property
    def paths(self):
        return [urlsplit(path).path.removeprefix("/api/2.0/mlflow") for path, _ in self.requests]


@contextmanager
def serving(behave, *, tls=None):
    """Run a server that calls *behave* with each request, and with the number of it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            served.requests.append((self.path, dict(self.headers)))
            try:
                behave(self, len(served.requests))
            except OSError:  # the client has gone, which is what some tests are about
                self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served = Served(server.server_port, "https" if tls else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(request, status, body, kind="application/json", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(data)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(data)


class Mlflow:
    """The part of MLflow's REST API that a lock needs, over models in memory."""

    def __init__(self):
        self.models = {}

    def register(self, name, version, *, uri=None, status="READY", run_id=RUN):
        model = self.models.setdefault(name, {"aliases": {}, "versions": {}})
        model["versions"][version] = {
            "uri": uri or f"s3://acme-artifacts/mlflow/1/models/m-{version}/artifacts",
            "status": status,
            "run_id": run_id,
        }

    def point(self, name, alias, version):
        self.models[name]["aliases"][alias] = version

    def __call__(self, request, _number):
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query))
        answer(request, *self._answered(parts.path.removeprefix("/api/2.0/mlflow"), query))

    def _answered(self, endpoint, query):
        if endpoint == "/registered-models/search":
            return 200, {"registered_models": [{"name": name} for name in self.models]}
        model = self.models.get(query["name"])
        if model is None:
            return _missing("RESOURCE_DOES_NOT_EXIST", 404)
        if endpoint == "/registered-models/get":
            aliases = [{"alias": key, "version": value} for key, value in model["aliases"].items()]
            return 200, {"registered_model": {"name": query["name"], "aliases": aliases}}
        if endpoint == "/registered-models/alias" and query["alias"] not in model["aliases"]:
            return _missing("INVALID_PARAMETER_VALUE", 400)
        return self._versioned(endpoint, query, model)

    def _versioned(self, endpoint, query, model):
        number = query.get("version") or model["aliases"][query["alias"]]
        if number not in model["versions"]:
            return _missing("RESOURCE_DOES_NOT_EXIST", 404)
        version = model["versions"][number]
        if endpoint == "/model-versions/get-download-uri":
            return 200, {"artifact_uri": version["uri"]}
        said = {"name": query["name"], "version": number, "source": f"models:/m-{number}"}
        return 200, {
            "model_version": {**said, "run_id": version["run_id"], "status": version["status"]}
        }


def _missing(code, status):
    return status, {"error_code": code, "message": "not found"}
