"""How bodies are read."""

from rest_framework.parsers import JSONParser


class TolerantJSONParser(JSONParser):
    """NaN and Infinity are no JSON, but the serializer's refusal names the field they stand in."""

    strict = False
