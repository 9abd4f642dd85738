"""Tags become digests: what a registry answers, and each way that it fails to."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.cli import main
from mlopsgen.lock import reference
from mlopsgen.lock.registry import RegistryError, web
from mlopsgen.lock.registry.challenge import challenge
from mlopsgen.lock.registry.manifest import manifest
from tests.lock.images import (
    INDEX,
    MANIFEST,
    SECRET,
    TOKEN,
    Distribution,
    an_image,
    an_index,
    basic,
    digest_of,
    digests,
    docker_config,
    host_of,
    pinning,
    refused,
)
from tests.lock.projects import CHAMPION, OLD, locked, run
from tests.lock.servers import answer, serving

NAME, TAG = "acme/train", "1.0.0"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder with a lock that must survive, and no login of the machine's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(web, "WAITS", (0.01, 0.02))
    for name in ("DOCKER_AUTH_CONFIG", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    locked(default={CHAMPION: OLD})
    return tmp_path


def images(body):
    return {f"{NAME}:{TAG}": body}


def train(served, tag=TAG, host=None):
    return f"{host or host_of(served)}/{NAME}:{tag}"


def saying(status, body, kind="application/json", **headers):
    return lambda request, _: answer(request, status, body, kind, **headers)


def fails(behave, *arguments, **variables):
    """Return what `lock` says of an image in a registry that does *behave*."""
    with serving(behave) as served:
        pinning(train(served))
        return refused(*arguments, **variables)


@pytest.mark.parametrize("body", [an_image(), an_index("linux/amd64", "linux/arm64")])
def test_a_tag_is_locked_to_the_digest_of_its_manifest(body):
    with serving(Distribution(images(body))) as served:
        pinning(train(served))
        done = run()

    assert done.exit_code == 0, done.output
    assert digests() == {("default", train(served)): digest_of(body)}
    assert f"added: {train(served)}: {digest_of(body)[:19]} in default" in done.stdout
    assert "1 image (1 added, 0 moved, 1 removed)" in done.stdout
    [entry] = json.loads(Path("platform.lock").read_text())["environments"]["default"][
        "images"
    ].values()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["at"])


def test_the_kinds_that_a_kubelet_pulls_are_asked_for():
    with serving(Distribution(images(an_image()))) as served:
        pinning(train(served))
        run()

    [(_, headers)] = served.requests
    assert INDEX in headers["Accept"]
    assert MANIFEST in headers["Accept"]
    assert "Authorization" not in headers


def test_a_digest_that_the_registry_does_not_say_is_computed():
    body = an_image()
    with serving(saying(200, body, MANIFEST)) as served:
        pinning(train(served))
        run()

    assert digests() == {("default", train(served)): digest_of(body)}


def test_an_image_is_asked_for_once_however_many_need_it():
    with serving(Distribution(images(an_image()))) as served:
        pinning(train(served), train(served), environments=("dev", "prod"))
        run()

    assert len(served.requests) == 1
    assert {environment for environment, _ in digests()} == {"dev", "prod"}


def test_what_is_locked_is_not_asked_again_and_what_is_unused_goes():
    registry = Distribution({**images(an_image()), f"{NAME}:2.0.0": an_image("c")})
    with serving(registry) as served:
        pinning(train(served), train(served, "2.0.0"))
        run()
        pinning(train(served, "2.0.0"))
        done = run()

    assert len(served.requests) == 2
    assert list(digests()) == [("default", train(served, "2.0.0"))]
    assert f"removed: {train(served)}:" in done.stdout


def test_check_sees_a_tag_that_has_moved_and_update_takes_it():
    registry = Distribution(images(an_image()))
    with serving(registry) as served:
        pinning(train(served))
        run()
        assert run("--check").exit_code == 0
        registry.images = images(an_image("c"))
        before = Path("platform.lock").read_bytes()
        behind = run("--check")
        assert Path("platform.lock").read_bytes() == before
        done = run("--update", train(served))

    old, new = digest_of(an_image())[:19], digest_of(an_image("c"))[:19]
    assert behind.exit_code == 1
    assert f"moved: {train(served)}: {old} -> {new} in default" in behind.stderr
    assert f"run `mlopsgen lock --update {train(served)}`" in behind.stderr
    assert done.exit_code == 0
    assert digests() == {("default", train(served)): digest_of(an_image("c"))}


def test_update_takes_the_images_of_a_pipeline_by_its_name():
    registry = Distribution(images(an_image()))
    with serving(registry) as served:
        pinning(train(served))
        run()
        registry.images = images(an_image("c"))
        assert run("--update", "train").exit_code == 0

    assert digests() == {("default", train(served)): digest_of(an_image("c"))}


def test_a_name_to_update_that_nothing_has_is_said_with_the_nearest():
    pinning("ghcr.io/acme/train:1.0.0")

    done = run("--update", "ghcr.io/acme/trian:1.0.0")

    assert done.exit_code == 2
    assert "did you mean `ghcr.io/acme/train:1.0.0`?" in done.stderr


def test_images_with_a_digest_and_without_form_are_not_asked_for():
    pinning(f"ghcr.io/acme/train:1@sha256:{'a' * 64}", "https://ghcr.io/acme/train")

    done = run()

    assert done.exit_code == 0
    assert digests() == {}


def test_a_token_is_fetched_for_the_one_repository_and_no_more():
    registry = Distribution(images(an_image()), "bearer")
    with serving(registry) as served:
        pinning(train(served))
        assert run().exit_code == 0

    assert registry.scopes == [(["acme"], [f"repository:{NAME}:pull"])]
    assert served.requests[-1][1]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("guard", ["basic", "bearer"])
def test_a_login_comes_from_the_configuration_of_docker(guard, here):
    registry = Distribution(images(an_image()), guard, private=True)
    with serving(registry) as served:
        pinning(train(served))
        folder = here / "home/.docker"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(docker_config(f"https://{host_of(served)}/v1/"))
        assert run().exit_code == 0
        (folder / "config.json").unlink()
        assert run("--update-all", DOCKER_AUTH_CONFIG=docker_config(host_of(served))).exit_code == 0
        (here / "config.json").write_text(docker_config(host_of(served)))
        assert run("--update-all", DOCKER_CONFIG=str(here)).exit_code == 0

    assert digests() == {("default", train(served)): digest_of(an_image())}


def test_the_login_of_one_registry_is_not_shown_to_another():
    with serving(Distribution(images(an_image()), "basic")) as served:
        pinning(train(served))
        said = refused(DOCKER_AUTH_CONFIG=docker_config("ghcr.io"))

    assert "answered 401" in said
    assert f"docker login {host_of(served)}" in said
    assert all("Authorization" not in headers for _, headers in served.requests)


def test_a_login_that_is_left_to_a_program_is_not_looked_for():
    config = json.dumps({"auths": {}, "credsStore": "desktop"})
    said = fails(Distribution(images(an_image()), "basic"), DOCKER_AUTH_CONFIG=config)

    assert "leaves logins to a program, and none is started here" in " ".join(said.split())


@pytest.mark.parametrize("guard", ["basic", "bearer"])
def test_a_wrong_login_names_where_it_came_from(guard):
    registry = Distribution(images(an_image()), guard, private=True)
    with serving(registry) as served:
        pinning(train(served))
        said = refused(DOCKER_AUTH_CONFIG=docker_config(host_of(served), "hunter3"))

    assert "answered 401 for the repository `acme/train` to the login from DOCKER_AUTH_C" in said
    assert "hunter3" not in said


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "isn't a configuration of Docker"),
        ("[]", "isn't a configuration of Docker"),
        ('{"auths": {"a": "b"}}', "isn't a configuration of Docker"),
        ('{"auths": {"%s": {"auth": "!!"}}}', "isn't NAME:PASSWORD in base64"),
        ('{"auths": {"%s": {"auth": 7}}}', "isn't NAME:PASSWORD in base64"),
    ],
)
def test_a_configuration_that_is_broken_exits_with_2(config, message):
    with serving(Distribution(images(an_image()), "basic")) as served:
        pinning(train(served))
        done = run(DOCKER_AUTH_CONFIG=config.replace("%s", host_of(served)))

    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())


def test_a_redirect_is_followed_without_the_login():
    with serving(Distribution(images(an_image()))) as store:

        def send_on(request, _):
            if request.headers.get("Authorization") != basic():
                answer(request, 401, {}, WWW_Authenticate='Basic realm="x"')
            else:
                answer(request, 307, b"", Location=f"{store.url}/v2/{NAME}/manifests/{TAG}")

        with serving(send_on) as served:
            pinning(train(served))
            done = run(DOCKER_AUTH_CONFIG=docker_config(host_of(served)))

    assert done.exit_code == 0, done.output
    assert digests() == {("default", train(served)): digest_of(an_image())}
    assert all("Authorization" not in headers for _, headers in store.requests)


@pytest.mark.parametrize("guard", ["basic", "bearer"])
def test_where_a_redirect_leads_nobody_is_shown_the_login_even_when_asked_for_one(guard):
    with serving(Distribution(images(an_image()), guard, private=True)) as other:
        away = saying(307, b"", Location=f"{other.url}/v2/{NAME}/manifests/{TAG}")
        with serving(away) as served:
            pinning(train(served))
            said = refused(DOCKER_AUTH_CONFIG=docker_config(host_of(served)))

    assert f"sends on to `{other.url}`, which asks for a login of its own" in said
    assert len(other.requests) == 1
    assert all("Authorization" not in headers for _, headers in other.requests)


def test_redirects_without_end_are_given_up():
    def around(request, _):
        answer(request, 307, b"", Location=request.path)

    with serving(around) as served:
        pinning(train(served))
        assert "sends on more than 3 times" in refused()
    assert len(served.requests) == 4


@pytest.mark.parametrize("location", ["", "http://10.0.0.1/", "file:///etc/passwd", "http://a b/"])
def test_a_redirect_to_where_nobody_should_go(location):
    said = fails(saying(302, b"", Location=location))

    assert "sends on" in said


@pytest.mark.parametrize("realm", ["http://10.0.0.1/token", "ftp://x/", "/token", "http://[::1"])
def test_a_place_for_tokens_that_is_none(realm):
    said = fails(saying(401, {}, WWW_Authenticate=f'Bearer realm="{realm}"'))

    assert "has its tokens handed out at" in said


@pytest.mark.parametrize(
    "body", [{}, {"token": ""}, {"token": 1}, {"token": "a\r\nX: y"}, [], b"{"]
)
def test_a_token_that_is_none(body):
    def behave(request, _):
        if request.path.startswith("/token"):
            answer(request, 200, body)
        else:
            realm = f"http://{request.headers['Host']}/token?a=b"
            answer(request, 401, {}, WWW_Authenticate=f'Bearer realm="{realm}"')

    assert "without a `token`" in fails(behave)


def test_401_without_a_way_to_log_in():
    assert "without saying how to log in" in fails(saying(401, {}))


def test_a_token_that_does_not_help():
    def behave(request, _):
        if request.path.startswith("/token"):
            answer(request, 200, {"access_token": TOKEN})
        else:
            realm = f"http://{request.headers['Host']}/token"
            answer(request, 401, {}, WWW_Authenticate=f'Bearer realm="{realm}"')

    said = fails(behave)

    assert "answered 401 for the repository `acme/train` without a login" in said


def test_403_may_mean_that_there_is_no_such_repository():
    said = fails(saying(403, {"errors": [{"code": "DENIED"}]}))

    assert "answered 403 for the repository `acme/train` without a login; that may also" in said


def test_a_tag_that_is_not_there_is_a_finding_at_its_line():
    before = Path("platform.lock").read_bytes()
    with serving(Distribution()) as served:
        pinning(train(served))
        done = run()

    assert done.exit_code == 1
    assert f"error[LOCK006]: `{host_of(served)}` has no image `{train(served)}`" in done.stderr
    assert "--> platform.yaml:10:23" in done.stderr
    assert Path("platform.lock").read_bytes() == before


def test_a_host_that_has_no_registry():
    assert "with a web page" in fails(saying(404, b"<html>", "text/html"))
    assert "answered 404: `no`" in fails(saying(404, b"no", "text/plain"))


def test_a_page_to_log_in_at():
    assert "answered 200 with a web page" in fails(saying(200, b"<html>", "text/html"))


def test_a_digest_that_is_not_that_of_the_body():
    wrong = f"sha256:{'0' * 64}"
    said = fails(saying(200, an_image(), MANIFEST, Docker_Content_Digest=wrong))

    assert f"is `{wrong}`, and sends what hashes to `{digest_of(an_image())}`" in said


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"[" * 100_000, b'{"mediaType": 7}', b"\xff"]
)
def test_a_body_that_is_no_manifest(body):
    assert "bytes of no manifest" in fails(saying(200, body, MANIFEST))


@pytest.mark.parametrize("body", [{"config": 7}, {"manifests": 7}])
@pytest.mark.parametrize("kind", [INDEX, MANIFEST])
def test_a_manifest_of_another_form(kind, body):
    assert "bytes of no manifest" in fails(saying(200, body, kind))


def test_a_body_that_is_cut_off():
    def behave(request, _):
        request.send_response(200)
        request.send_header("Content-Type", MANIFEST)
        request.send_header("Content-Length", "5000")
        request.end_headers()
        request.wfile.write(an_image())
        request.close_connection = True

    assert "the connection closed after" in fails(behave)


def test_a_body_without_end():
    assert "answered with more than 1,048,576 bytes" in fails(
        saying(200, b" " * (2 * web.MAX_BODY), MANIFEST)
    )


def test_silence_ends_with_the_deadline():
    start = time.monotonic()

    said = fails(lambda *_: time.sleep(6), "--deadline", "0.5")

    assert "didn't answer within the deadline of 0.5 s" in said
    assert time.monotonic() - start < 4


def test_an_error_of_the_registry_is_quoted():
    errors = {"errors": [{"code": "UNSUPPORTED", "message": "\x1b[31mno`\nreally"}]}

    assert "answered 400: `UNSUPPORTED: \\x1b[31mno' really`" in fails(saying(400, errors))


@pytest.mark.parametrize("body", [{"errors": []}, {"errors": [7]}, {"errors": 7}, [7]])
def test_an_error_of_another_form_is_quoted_as_it_is(body):
    assert "answered 400: `" in fails(saying(400, body))


def test_a_busy_registry_is_asked_again():
    registry = Distribution(images(an_image()))

    def behave(request, number):
        if number == 1:
            answer(request, 429, {})
        else:
            registry(request, number)

    with serving(behave) as served:
        pinning(train(served))
        assert run().exit_code == 0
    assert len(served.requests) == 2


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (an_index("linux/arm64", "windows/amd64"), "is for `linux/arm64`, `windows/amd64`"),
        (an_index("unknown/unknown"), "is for nothing; the nodes are linux/amd64"),
        (b'{"schemaVersion": 1, "name": "a"}', "`an image of Docker's first format`"),
        (an_image(config="application/vnd.cncf.helm.config.v1+json"), "helm.config.v1+json`"),
    ],
)
def test_an_image_that_no_node_runs_is_a_finding(body, message):
    with serving(Distribution(images(body))) as served:
        pinning(train(served))
        done = run()

    assert done.exit_code == 1
    assert "error[LOCK007]" in done.stderr
    assert message in done.stderr


def test_a_failure_half_way_writes_nothing():
    registry = Distribution({f"{NAME}:1": an_image()}, "")
    with serving(registry) as served, serving(saying(500, {})) as broken:
        pinning(train(served, "1"), train(broken))
        refused()

    assert SECRET not in Path("platform.lock").read_text()


def test_a_build_runs_the_digest_that_was_locked():
    components = "components: {argo-workflows: {}}\n"
    pool = "nodePools: {general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}}\n"
    with serving(Distribution(images(an_image()))) as served:
        pinning(train(served), more=components + pool)
        unlocked = CliRunner().invoke(main, ["build"])
        run()
        built = CliRunner().invoke(main, ["build"])

    assert unlocked.exit_code == 1
    assert f"LOCK005]: platform.lock doesn't say which digest `{train(served)}`" in unlocked.stderr
    assert built.exit_code == 0, built.output
    [file] = Path("generated").rglob("*workflowtemplate-train.yaml")
    [_, step] = yaml.safe_load(file.read_text())["spec"]["templates"]
    assert step["container"]["image"] == f"{train(served)}@{digest_of(an_image())}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["manifests", "config", "mediaType", "platform", "os", "architecture"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON, st.sampled_from([INDEX, MANIFEST, "application/json"]))
def test_whatever_a_registry_sends_is_an_image_or_refused(body, kind):
    data = json.dumps(body).encode()
    sent = web.Answer(status=200, kind=kind, body=data, location="", wait=None)

    try:
        said = manifest("https://ghcr.io", reference(f"ghcr.io/{NAME}:{TAG}"), sent).digest
    except RegistryError as error:
        said = error.message

    assert said == digest_of(data) or said.endswith("bytes of no manifest")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60) | st.from_regex(r"(?i)bearer realm=.{0,30}"), max_size=3))
def test_whatever_a_registry_challenges_with_is_read_or_left(headers):
    found = challenge(headers)

    assert found is None or found.scheme in {"basic", "bearer"}
