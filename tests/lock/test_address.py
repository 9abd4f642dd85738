import pytest

from mlopsgen.lock.registry.address import Server, address
from mlopsgen.lock.registry.errors import AddressError


@pytest.mark.parametrize(
    ("uri", "tls", "host", "port", "path"),
    [
        ("http://localhost:5000", False, "localhost", 5000, ""),
        ("https://mlflow.example.com/", True, "mlflow.example.com", 443, ""),
        (
            "http://mlflow.mlflow/team a/".replace(" ", "%20"),
            False,
            "mlflow.mlflow",
            80,
            "/team%20a",
        ),
        ("http://[::1]:5000", False, "::1", 5000, ""),
        ("http://localhost:0", False, "localhost", 0, ""),
    ],
)
def test_a_server_is_taken_apart(uri, tls, host, port, path):
    server = address(uri)

    assert (server.tls, server.host, server.port, server.path) == (tls, host, port, path)


def test_values_of_a_query_cannot_leave_it():
    server = Server("http://h", tls=False, host="h", port=80, path="/mlflow")

    target = server.target("/x", {"name": "a&b=c/d e\r\nHost: evil"})

    assert target == "/mlflow/x?name=a%26b%3Dc%2Fd%20e%0D%0AHost%3A%20evil"


@pytest.mark.parametrize(
    ("uri", "path", "database"),
    [
        ("sqlite:///mlflow.db", "mlflow.db", True),
        ("sqlite:////srv/mlflow.db", "/srv/mlflow.db", True),
        ("file:///srv/mlruns", "/srv/mlruns", False),
    ],
)
def test_a_store_is_a_path(uri, path, database):
    store = address(uri)

    assert (str(store.path), store.database) == (path, database)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "mlflow.example.com",
        "databricks",
        "postgresql://host/db",
        "http://",
        "http://h:port",
        "http://h:99999",
        "http://[::1",
        "http://h..example.com",
        f"http://{'h' * 64}.example.com",
        "http://h/a b",
        "http://h/\nX: y",
        "http://höst",
        "http://h/?x=1",
        "http://h/#/models",
        "sqlite://",
        "file://server/share",
        "http://h/" + "a" * 2000,
    ],
)
def test_what_names_no_registry_is_refused(uri):
    with pytest.raises(AddressError):
        address(uri)


def test_a_password_is_refused_and_not_repeated():
    with pytest.raises(AddressError, match="MLFLOW_TRACKING_PASSWORD") as caught:
        address("https://user:hunter2@mlflow.example.com")

    assert "hunter2" not in str(caught.value)
