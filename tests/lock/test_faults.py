"""Each way a registry fails: a clear message, exit code 3, and platform.lock as it was."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mlopsgen.lock.registry import web
from tests.lock.projects import CHAMPION, platform, run, versions
from tests.lock.servers import RUN, Mlflow, answer, serving

SECRET = "hunter2-do-not-show"
VERSION = {"name": "iris-classifier", "version": "3", "run_id": RUN, "status": "READY"}
FILES = {"artifact_uri": "s3://acme-artifacts/m/artifacts"}

pytestmark = pytest.mark.usefixtures("project")


def failed(url, *arguments, **variables):
    """Run `lock` against *url*; return what it says once it is sure that nothing else happened."""
    before = Path("platform.lock").read_bytes()
    here = set(Path().iterdir())

    done = run("--update-all", "--registry", url, *arguments, **variables)

    assert done.exit_code == 3, done.output
    assert Path("platform.lock").read_bytes() == before
    assert set(Path().iterdir()) == here
    assert done.stdout == ""
    assert SECRET not in done.output
    assert all(line.isprintable() for line in done.stderr.splitlines())
    assert "  = help: " in done.stderr
    return done.stderr


def saying(status, body, kind="application/json", **headers):
    return lambda request, _: answer(request, status, body, kind, **headers)


def versioned(version, files=FILES):
    """Return a server that says *version* of every alias, and *files* of every version."""

    def behave(request, _):
        download = "get-download-uri" in request.path
        answer(request, 200, files if download else {"model_version": version})

    return behave


def a_champion():
    mlflow = Mlflow()
    mlflow.register("iris-classifier", "3")
    mlflow.point("iris-classifier", "champion", "3")
    return mlflow


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_nobody_listens():
    assert "nothing listens at http://127.0.0.1:" in failed(f"http://127.0.0.1:{free_port()}")


def test_a_host_without_an_address():
    said = failed("http://mlflow.invalid")

    assert "no address is known for the host `mlflow.invalid`" in said


def test_silence_ends_with_the_deadline():
    with serving(lambda *_: time.sleep(6)) as served:
        start = time.monotonic()
        said = failed(served.url, "--deadline", "0.5")

    assert "didn't answer within the deadline of 0.5 s" in said
    assert time.monotonic() - start < 4


def test_a_single_silent_request_is_asked_again(monkeypatch):
    monkeypatch.setattr(web, "ONE_REQUEST", 1)
    mlflow = a_champion()

    def behave(request, number):
        if number == 1:
            time.sleep(3)
        mlflow(request, number)

    with serving(behave) as served:
        done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 0
    assert versions() == {("default", CHAMPION): "3"}


def test_a_body_that_drips_ends_with_the_deadline():
    def drip(request, _):
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        for _ in range(60):
            request.wfile.write(b" ")
            time.sleep(0.1)

    with serving(drip) as served:
        start = time.monotonic()
        said = failed(served.url, "--deadline", "0.5")

    assert "deadline of 0.5 s" in said
    assert time.monotonic() - start < 4


def test_headers_that_drip_end_with_the_deadline():
    def drip(request, _):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(60):
            request.wfile.write(f"X-{number}: 1\r\n".encode())
            time.sleep(0.1)

    with serving(drip) as served:
        said = failed(served.url, "--deadline", "0.5")

    assert "deadline of 0.5 s" in said


def test_a_missing_login_names_the_variables_to_set():
    with serving(saying(401, b"You are not authenticated.", "text/plain")) as served:
        said = failed(served.url)

    assert "answered 401 without a login" in said
    assert "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN" in said
    assert len(served.requests) == 1


def test_a_wrong_login_names_the_variables_it_came_from():
    with serving(saying(401, b"", "text/plain")) as served:
        said = failed(served.url, MLFLOW_TRACKING_TOKEN=SECRET)

    assert "answered 401 to the login from MLFLOW_TRACKING_TOKEN" in said
    assert served.requests[0][1]["Authorization"] == f"Bearer {SECRET}"


def test_a_login_without_permission():
    login = {"MLFLOW_TRACKING_USERNAME": "ci", "MLFLOW_TRACKING_PASSWORD": SECRET}
    with serving(saying(403, b"Permission denied", "text/plain")) as served:
        said = failed(served.url, MLFLOW_TRACKING_TOKEN="another", **login)

    assert "may not read the registry" in said
    assert served.requests[0][1]["Authorization"].startswith("Basic ")


def test_a_host_that_mlflow_refuses():
    body = b"Invalid Host header - possible DNS rebinding attack detected"
    with serving(saying(403, body, "text/plain")) as served:
        said = failed(served.url)

    assert "refuses requests for the host `127.0.0.1`" in said
    assert "MLFLOW_SERVER_ALLOWED_HOSTS" in said


def test_a_page_to_log_in_at():
    with serving(saying(200, b"<html><form>", "text/html; charset=utf-8")) as served:
        said = failed(served.url)

    assert "answered with a web page" in said


def test_a_path_without_mlflow():
    with serving(saying(404, b"<html>", "text/html")) as served:
        said = failed(f"{served.url}/wrong")

    assert "/wrong has no MLflow below it" in said
    assert served.requests[0][0].startswith("/wrong/api/2.0/mlflow/")


def test_nobody_is_followed_to_another_host():
    with serving(a_champion()) as other:
        where = f"{other.url}/api/2.0/mlflow/registered-models/alias?token={SECRET}"
        with serving(saying(302, b"", Location=where)) as served:
            said = failed(served.url, MLFLOW_TRACKING_TOKEN=SECRET)

    assert f"sends on to `{other.url}" in said
    assert other.requests == []


def test_json_that_is_cut_off():
    with serving(saying(200, b'{"model_version": {"name": "ir')) as served:
        said = failed(served.url)

    assert "answered 200 with 30 bytes that aren't whole JSON" in said


def test_a_body_that_is_cut_off():
    def behave(request, _):
        request.send_response(200)
        request.send_header("Content-Length", "500")
        request.end_headers()
        request.wfile.write(b'{"model_')
        request.close_connection = True

    with serving(behave) as served:
        said = failed(served.url)

    assert "the connection closed after 8 of 500 bytes" in said
    assert len(served.requests) == 3


def test_a_body_without_end():
    def behave(request, _):
        request.send_response(200)
        request.end_headers()
        for _ in range(200):
            request.wfile.write(b" " * 65536)

    with serving(behave) as served:
        said = failed(served.url)

    assert "answered with more than 1,048,576 bytes" in said


def test_nesting_without_end():
    with serving(saying(200, b"[" * 100_000)) as served:
        assert "100,000 bytes that aren't whole JSON" in failed(served.url)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "JSON that is no object"),
        ({}, "without an object `model_version`"),
        ({"model_version": "3"}, "without an object `model_version`"),
        ({"model_version": {**VERSION, "version": 3}}, "without a text `version`"),
        ({"model_version": {**VERSION, "run_id": None}}, "without a text `run_id`"),
        ({"model_version": {**VERSION, "status": []}}, "without a text `status`"),
    ],
    ids=str,
)
def test_json_of_another_form(body, message):
    with serving(saying(200, body)) as served:
        assert message in failed(served.url)


@pytest.mark.parametrize(
    ("version", "files"),
    [
        ({**VERSION, "version": "3; rm -rf /"}, FILES),
        ({**VERSION, "version": "\u0663"}, FILES),
        ({**VERSION, "version": "9" * 400}, FILES),
        ({**VERSION, "run_id": "../../etc"}, FILES),
        (VERSION, {"artifact_uri": "s3://acme-artifacts/\x1b[31mred"}),
        (VERSION, {"artifact_uri": "s3://acme-artifacts/a\nb"}),
        (VERSION, {"artifact_uri": "s3://acme-artifacts/\u202egpj"}),
        (VERSION, {"artifact_uri": "s3://acme-artifacts/" + "a" * 5000}),
        (VERSION, {"artifact_uri": "s3:///no-bucket"}),
        (VERSION, {"artifact_uri": "s3://key:secret@bucket/a"}),
        (VERSION, {"artifact_uri": None}),
        ({**VERSION, "name": "another"}, FILES),
    ],
    ids=lambda value: re.sub(r"\W+", "-", str(value))[-40:],
)
def test_values_that_no_registry_has(version, files):
    with serving(versioned(version, files)) as served:
        said = failed(served.url)

    assert served.url in said
    assert len(said) < 700


def test_files_of_a_version_that_is_no_number_are_not_asked_for():
    with serving(versioned({**VERSION, "version": "3; rm -rf /"})) as served:
        said = failed(served.url)

    assert "answered with the version `3; rm -rf /`" in said
    assert served.paths == ["/registered-models/alias"]


def test_a_version_that_was_not_asked_for():
    platform(iris="models:/iris-classifier/4")
    with serving(versioned(VERSION)) as served:
        said = failed(served.url)

    assert "was asked for `models:/iris-classifier/4`" in said
    assert "`models:/iris-classifier/3`" in said


def test_a_busy_server_is_asked_again():
    mlflow = a_champion()

    def behave(request, number):
        if number <= 2:
            answer(request, (503, 429)[number - 1], b"busy", "text/plain")
        else:
            mlflow(request, number)

    with serving(behave) as served:
        done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 0
    assert versions() == {("default", CHAMPION): "3"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_stays_busy_is_given_up(status):
    with serving(saying(status, b"busy", "text/plain")) as served:
        said = failed(served.url)

    assert f"answered {status} to 3 requests in a row" in said
    assert len(served.requests) == 3


def test_the_time_to_wait_that_a_server_asks_for_is_kept():
    mlflow = a_champion()

    def behave(request, number):
        if number == 1:
            answer(request, 429, b"", "text/plain", Retry_After="1")
        else:
            mlflow(request, number)

    with serving(behave) as served:
        start = time.monotonic()
        done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 0
    assert time.monotonic() - start >= 1


def test_a_wait_beyond_the_deadline_fails_at_once():
    with serving(saying(503, b"", "text/plain", Retry_After="3600")) as served:
        start = time.monotonic()
        said = failed(served.url)

    assert "asks to wait 3600 s" in said
    assert len(served.requests) == 1
    assert time.monotonic() - start < 4


def test_a_wait_may_be_a_date():
    later = "Sat, 01 Jan 2028 01:00:00 GMT"

    def behave(request, _):
        request.date_time_string = lambda: "Sat, 01 Jan 2028 00:00:00 GMT"
        answer(request, 503, b"", "text/plain", Retry_After=later)

    with serving(behave) as served:
        assert "asks to wait 3600 s" in failed(served.url)


def test_an_error_of_mlflow_is_quoted_and_not_asked_again():
    body = {"error_code": "INTERNAL_ERROR", "message": "database\x1b[0m is locked"}
    with serving(saying(500, body)) as served:
        said = failed(served.url)

    assert "answered 500: `INTERNAL_ERROR: database\\x1b[0m is locked`" in said
    assert len(served.requests) == 1


def test_a_connection_that_breaks_is_made_again():
    mlflow = a_champion()

    def behave(request, number):
        if number % 2:
            request.close_connection = True
        else:
            mlflow(request, number)

    with serving(behave) as served:
        done = run("--update-all", "--registry", served.url)

    assert done.exit_code == 0
    assert len(served.requests) == 4


def test_something_else_than_http():
    def behave(request, _):
        request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        request.close_connection = True

    with serving(behave) as served:
        assert "something that isn't HTTP" in failed(served.url)


def test_tls_where_there_is_none():
    with serving(a_champion()) as served:
        said = failed(served.url.replace("http:", "https:"))

    assert "didn't agree on TLS" in said


@pytest.fixture
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signed itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def over_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(a_champion(), tls=context) as served:
        yield served


def test_a_certificate_that_nobody_trusts_is_not_tried_again(over_tls, monkeypatch):
    monkeypatch.setattr(web, "WAITS", (20, 20))
    start = time.monotonic()

    said = failed(over_tls.url, MLFLOW_TRACKING_TOKEN=SECRET)

    assert "isn't trusted" in said
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in said
    assert over_tls.requests == []
    assert time.monotonic() - start < 15


def test_a_certificate_that_is_named_is_trusted(over_tls, certificate):
    file = str(certificate)

    done = run("--update-all", "--registry", over_tls.url, MLFLOW_TRACKING_SERVER_CERT_PATH=file)

    assert done.exit_code == 0
    assert versions() == {("default", CHAMPION): "3"}


def test_a_failure_half_way_writes_nothing():
    platform(iris=CHAMPION, other="models:/other@champion")
    mlflow = a_champion()

    def behave(request, number):
        if "name=other" in request.path:
            answer(request, 500, {"error_code": "INTERNAL_ERROR", "message": "no"})
        else:
            mlflow(request, number)

    with serving(behave) as served:
        failed(served.url)

    assert versions() == {("default", CHAMPION): "1"}


def test_the_connection_is_kept_between_requests():
    ports = set()
    mlflow = a_champion()

    def behave(request, number):
        ports.add(request.client_address[1])
        mlflow(request, number)

    with serving(behave) as served:
        run("--update-all", "--registry", served.url)

    assert len(served.requests) == 2
    assert len(ports) == 1
