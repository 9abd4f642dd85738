"""A registry of images on the loopback, and a platform that pins images of it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.lock.projects import HEAD, run
from tests.lock.servers import answer

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
SECRET = "hunter2-do-not-show"
TOKEN = "t0ken.for-one_repository"


def an_image(layer="a", config=CONFIG):
    """Return the bytes of a manifest for one platform."""
    digest = f"sha256:{layer * 64}"
    body = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": config}}
    return json.dumps({**body, "layers": [{"digest": digest}]}).encode()


def an_index(*platforms):
    entries = [
        {"digest": f"sha256:{'b' * 64}", "platform": {"os": system, "architecture": processor}}
        for system, processor in (each.split("/") for each in platforms)
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def digest_of(body):
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def basic(password=SECRET):
    return "Basic " + b64encode(f"ci:{password}".encode()).decode()


def docker_config(host, password=SECRET):
    return json.dumps({"auths": {host: {"auth": basic(password).removeprefix("Basic ")}}})


class Distribution:
    """The part of a registry that a lock needs: manifests by repository and tag.

    `guard` is how it wants to be asked: not at all, `basic`, or `bearer` with a token that is
    handed out to everybody, or to those with a login where `private` is set.
    """

    def __init__(self, images=None, guard="", *, private=False):
        self.images = images or {}
        self.guard = guard
        self.private = private
        self.scopes = []

    def __call__(self, request, _number):
        parts = urlsplit(request.path)
        shown = request.headers.get("Authorization", "")
        if parts.path == "/token":
            self._hand_out(request, parse_qs(parts.query), shown)
        elif self.guard and shown != {"basic": basic(), "bearer": f"Bearer {TOKEN}"}[self.guard]:
            self._challenge(request)
        else:
            self._manifest(request, parts.path)

    def _hand_out(self, request, query, shown):
        if (self.private or shown) and shown != basic():
            answer(request, 401, {"details": "incorrect username or password"})
            return
        self.scopes.append((query["service"], query["scope"]))
        answer(request, 200, {"token": TOKEN, "expires_in": 300})

    def _challenge(self, request):
        realm = f"http://{request.headers['Host']}/token"
        asked = {
            "basic": 'Basic realm="acme"',
            "bearer": f'Bearer realm="{realm}",service="acme",scope="repository:*:*"',
        }
        errors = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        answer(request, 401, errors, WWW_Authenticate=asked[self.guard])

    def _manifest(self, request, path):
        repository, _, tag = path.removeprefix("/v2/").rpartition("/manifests/")
        body = self.images.get(f"{repository}:{tag}")
        if body is None:
            errors = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}
            answer(request, 404, errors)
            return
        kind = json.loads(body).get("mediaType", "application/json")
        answer(request, 200, body, kind, Docker_Content_Digest=digest_of(body))


def host_of(served):
    return urlsplit(served.url).netloc


def pinning(*images, environments=(), more=""):
    """Write a platform with a step for each of *images*, and look at no lock yet."""
    steps = "".join(
        f"      step-{number}: {{image: '{image}', command: [python]}}\n"
        for number, image in enumerate(images)
    )
    overlays = ", ".join(f"{name}: {{}}" for name in environments)
    text = (
        f"{HEAD}storage: {{artifacts: {{bucket: acme-artifacts}}}}\nimages: {{pin: true}}\n"
        f"pipelines:\n  train:\n    steps:\n{steps}{more}"
        + (f"environments: {{{overlays}}}\n" if overlays else "")
    )
    Path("platform.yaml").write_text(text, encoding="utf-8")


def digests():
    file = json.loads(Path("platform.lock").read_text(encoding="utf-8"))
    return {
        (environment, image): entry["digest"]
        for environment, here in file["environments"].items()
        for image, entry in here.get("images", {}).items()
    }


def refused(*arguments, **variables):
    """Run `lock`; return what it says once it is sure that nothing else happened."""
    lock = Path("platform.lock")
    before, here = lock.read_bytes(), set(Path().iterdir())

    done = run("--update-all", *arguments, **variables)

    assert done.exit_code == 3, done.output
    assert lock.read_bytes() == before
    assert set(Path().iterdir()) == here
    assert done.stdout == ""
    assert SECRET not in done.output
    assert all(line.isprintable() for line in done.stderr.splitlines())
    assert "  = help: " in done.stderr
    return done.stderr
