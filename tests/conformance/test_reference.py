"""What platforms compile to is taken by the real schemas, and by our own proofs."""

import pytest

from mlopsgen.prove.admission import admitted
from tests.build import reference_platform
from tests.conformance.reference import artifacts, documents
from tests.conformance.schemas import faults

PLATFORMS = pytest.mark.parametrize("other", [False, True], ids=["reference", "other"])


def _called(document):
    return f"{document['kind']} {document['metadata']['name']}"


@PLATFORMS
def test_real_schemas_take_every_object(other):
    found = {_called(document): faults(document) for document in documents(other=other)}

    assert {name: said for name, said in found.items() if said} == {}


@PLATFORMS
def test_our_proofs_take_every_object(other):
    version = reference_platform().cluster.version

    assert [finding.message for finding in admitted(artifacts(other=other), version)] == []
