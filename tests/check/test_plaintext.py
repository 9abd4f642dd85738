"""The secrets here are none: each is put together, so that no scanner takes it for one."""

import pytest

from tests.check.platforms import (
    a_model,
    a_platform,
    a_step,
    found,
    only,
    running,
    serving,
    without,
)

KEYS = {
    "an AWS access key": "AKIA" + "A1B2C3D4E5F6G7H8",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n",
    "a token of Hugging Face": "hf" + "_" + "a" * 34,
    "a token of GitHub": "ghp" + "_" + "a" * 36,
    "a token of GitLab": "glpat" + "-" + "a" * 20,
    "a token of Slack": "xoxb" + "-" + "1234567890-abc",
    "an API key": "sk" + "-" + "a" * 32,
    "a signed token": "eyJ" + "a" * 20 + ".eyJ" + "b" * 20 + ".c",
    "a URL with a password": "postgresql://mlflow:" + "hunter2" + "@db.example.com/mlflow",
}


def _env(name, value):
    return serving(iris=a_model(env={name: value}))


@pytest.mark.parametrize(("what", "secret"), KEYS.items())
def test_a_secret_is_known_by_its_form_and_never_shown(what, secret):
    finding = only(_env("SETTING", f"before {secret}"))

    assert finding.at == ("models", "iris", "env", "SETTING")
    assert f"looks like {what}" in finding.message
    assert secret not in finding.message + finding.fix
    assert "hunter2" not in finding.message


@pytest.mark.parametrize(
    "name",
    ["PASSWORD", "DB_PASSWORD", "db_passwd", "API_KEY", "APIKEY", "HF_TOKEN", "CLIENT_SECRET",
     "SECRET", "TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN"],
)  # fmt: skip
def test_a_name_that_holds_secrets_gives_one_away(name):
    finding = only(_env(name, "correct-horse"))

    assert "is written out, 13 characters" in finding.message
    assert "correct" not in finding.message + finding.fix
    assert f"write `{name}: aws-sm:acme/iris#{name.lower()}` under `secrets`" in finding.fix


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENIZER", "bert-base"),
        ("MAX_TOKEN", "512"),
        ("USE_TOKEN", "true"),
        ("PASSWORD", ""),
        ("TOKEN", "/var/run/secrets/token"),
        ("SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"),
        ("SECRET_NAME", "huggingface"),
        ("MONKEY", "banana"),
        ("TRACKING_URL", "http://mlflow.mlflow.svc:5000/a@b"),
        ("LOG_LEVEL", "info"),
    ],
)
def test_what_says_nothing_secret_is_fine(name, value):
    assert found(_env(name, value)) == []


def test_parameters_of_pipelines_are_read():
    finding = only(running({"fit": a_step()}, parameters={"api-key": "correct-horse"}))

    assert finding.at == ("pipelines", "train", "parameters", "api-key")


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ({"command": ["psql", "--password=correct-horse"]}, ("command", 1)),
        ({"args": ["--db-password", "correct-horse"]}, ("args", 1)),
        ({"args": ["--token", "--verbose", KEYS["a token of GitHub"]]}, ("args", 2)),
        ({"env": {"TOKEN": "correct-horse"}}, ("env", "TOKEN")),
    ],
)
def test_steps_are_read(keys, at):
    finding = only(running({"fit": a_step(**keys)}))

    assert finding.at == ("pipelines", "train", "steps", "fit", *at)


def test_options_that_name_no_secret_are_fine():
    step = a_step(args=["--epochs=10", "--tokenizer", "bert-base", "--password-file", "/run/x"])

    assert found(running({"fit": step})) == []


def test_helm_values_are_read_however_deep():
    values = {"grafana.ini": {"auth": {"users": [{"adminPassword": "correct-horse"}]}}}
    finding = only(a_platform(components=without() | {"grafana": {"values": values}}))

    assert finding.at == (
        "components", "grafana", "values", "grafana.ini", "auth", "users", 0, "adminPassword",
    )  # fmt: skip


def test_helm_values_that_name_a_secret_elsewhere_are_fine():
    values = {
        "grafana.ini": {
            "existingSecret": "grafana",
            "auth": {"existingSecretPasswordKey": "password", "secretName": "x", "enabled": True},
            "automountServiceAccountToken": False,
        }
    }

    assert found(a_platform(components=without() | {"grafana": {"values": values}})) == []


def test_the_repository_has_no_password_in_it():
    url = "https://bot:" + "hunter2" + "@github.com/acme/platform.git"
    finding = only(a_platform(gitops={"repository": url}))

    assert finding.at == ("gitops", "repository")
    assert "hunter2" not in finding.message


@pytest.mark.parametrize(
    ("merge", "at"),
    [
        (
            {"metadata": {"annotations": {"acme.com/token": "correct-horse"}}},
            ("metadata", "annotations", "acme.com/token"),
        ),
        (
            {"spec": {"env": [{"name": "HF_TOKEN", "value": "correct-horse"}]}},
            ("spec", "env", 0, "value"),
        ),
        ({"metadata": {"labels": {"a": "AKIAIOSFODNN7EXAMPLE"}}}, ("metadata", "labels", "a")),
    ],
)
def test_patches_are_read_however_deep(merge, at):
    patches = {"x": {"target": {"kind": "Deployment"}, "merge": merge}}

    finding = only(a_platform(patches=patches))

    assert finding.at == ("patches", "x", "merge", *at)
    assert finding.hides
