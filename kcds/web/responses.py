"""JSON answers."""

from flask import Response


def json_response(body: bytes, status: int = 200) -> Response:
    """Make an answer of JSON that is written already."""
    return Response(body, status=status, content_type="application/json")
