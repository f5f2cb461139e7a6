"""What outsiders are promised is in the OpenAPI document, and each of its paths exists."""

import pytest
import yaml
from django.test import Client
from django.urls import Resolver404, resolve

from config.openapi import PLAIN

PROMISED = {
    "/api/reports": "post",
    "/api/reports/{tracking_code}": "get",
    "/api/locate": "get",
    "/api/incidents.geojson": "get",
}


def test_the_contract_is_in_the_document(client: Client) -> None:
    paths = yaml.safe_load(client.get("/api/schema").content)["paths"]
    for path, method in PROMISED.items():
        assert method in paths[path]


@pytest.mark.parametrize("path", PLAIN)
def test_a_path_of_the_document_exists(path: str) -> None:
    try:
        resolve(path)
    except Resolver404:
        pytest.fail(f"{path} is in the document but nowhere else")
