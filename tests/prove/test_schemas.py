"""The contracts themselves: closed, speaking, and found by the kinds they are for."""

import pytest

from mlopsgen.prove import schemas

CONTRACTS = sorted(schemas.CONTRACTS.rglob("*.json"))
FILES = {"helm", "terraform"}
KINDS = [
    path for path in CONTRACTS if path.parent != schemas.CONTRACTS and path.parent.name not in FILES
]
SPEECHLESS = {"pattern", "not", "oneOf", "anyOf", "contains"}
OVERLAYS = {"if", "then", "else", "allOf", "oneOf", "anyOf", "not", "dependentSchemas"}


def _ids(path):
    return str(path.relative_to(schemas.CONTRACTS))


def _subschemas(node, route=()):
    """Yield every map in a schema, with the keys that lead to it."""
    if isinstance(node, dict):
        yield route, node
        for key, child in node.items():
            yield from _subschemas(child, (*route, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _subschemas(child, (*route, index))


def _of_an_operator(path):
    schema = schemas.read(path)
    api_version = schema["properties"].get("apiVersion", {}).get("const", "v1")
    return schemas.core(api_version, path.stem.partition("_")[0], "1.33") is None


@pytest.mark.parametrize("path", KINDS, ids=_ids)
def test_a_contract_is_found_by_group_version_and_kind(path):
    kind, _, ending = path.stem.partition("_")
    version, _, variant = ending.partition(".")
    group = path.parent.name
    api_version = version if group == "core" else f"{group}/{version}"

    assert schemas.contract(api_version, kind, variant) is not None
    assert schemas.contract(f"{group}/v9", kind) is None


@pytest.mark.parametrize("path", CONTRACTS, ids=_ids)
def test_where_a_keyword_cannot_speak_for_itself_the_contract_says_what_must_be(path):
    silent = [
        route
        for route, node in _subschemas(schemas.read(path))
        if SPEECHLESS & node.keys()
        and (not route or route[-1] != "properties")
        and (not route or route[-1] not in {"if", "not"})
        and "description" not in node
    ]

    assert silent == []


@pytest.mark.parametrize("path", [path for path in KINDS if "core" not in path.parts], ids=_ids)
def test_what_a_contract_of_an_operator_does_not_name_is_refused(path):
    schema = schemas.whole(path.relative_to(schemas.CONTRACTS).as_posix())
    if "apiVersion" not in schema["properties"]:
        assert schemas.core(f"{path.parent.name}/v1", path.stem.partition("_")[0], "1.33")
        return
    names = {"properties", "patternProperties", "$defs"}
    open_maps = [
        route
        for route, node in _subschemas(schema)
        if "properties" in node
        and (not route or route[-1] not in names)
        and not OVERLAYS & set(route)
        and "additionalProperties" not in node
        and "$ref" not in node
    ]

    assert open_maps == []


SHARED = ("common.json", "patches.json")


def test_a_reference_between_contracts_needs_no_network():
    for path in CONTRACTS:
        for _, node in _subschemas(schemas.read(path)):
            target = node.get("$ref", "#")
            assert target.partition("#")[0].removeprefix("../") in {"", *SHARED}


def test_what_contracts_share_is_used():
    used = {
        node["$ref"].rpartition("/")[2]
        for path in CONTRACTS
        for _, node in _subschemas(schemas.read(path))
        if isinstance(node.get("$ref"), str)
    }

    shared = {name for file in SHARED for name in schemas.whole(file)["$defs"]}
    assert shared <= used


def _first_fault(validator, document):
    return next(validator.iter_errors(document))


def test_a_description_is_read_from_where_a_value_was_refused():
    labels = {"pod-security.kubernetes.io/enforce-version": "v2"}
    validator = schemas.contract("v1", "Namespace")

    faults = validator.iter_errors({"metadata": {"labels": labels}})

    assert "a Kubernetes version, such as v1.33" in [schemas.described(fault) for fault in faults]


def test_a_description_is_read_from_what_contracts_share():
    labelled = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "-", "labels": {}}}
    fault = _first_fault(schemas.every_object(), labelled)

    assert schemas.described(fault).startswith("lower-case letters, digits, dashes and dots")


def test_schemas_of_kubernetes_describe_fields_and_not_what_they_must_be():
    fault = _first_fault(schemas.core("v1", "ConfigMap", "1.33"), {"data": []})

    assert schemas.described(fault) is None


def test_versions_come_in_the_order_of_their_numbers():
    minors = [int(version.partition(".")[2]) for version in schemas.versions()]

    assert minors == sorted(minors)
    assert "1.33" in schemas.versions()


def test_a_kind_of_kubernetes_is_known_by_its_whole_group():
    assert schemas.core("networking.k8s.io/v1", "Ingress", "1.33") is not None
    assert schemas.core("networking.acme.io/v1", "Ingress", "1.33") is None
    assert schemas.core("v1", "Rocket", "1.33") is None
