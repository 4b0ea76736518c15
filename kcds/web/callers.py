"""Who calls, for every endpoint alike: authenticated first, named in the log after that."""

import structlog
from flask import request

from kcds.auth.identity import Client
from kcds.outbound.deadline import Deadline
from kcds.web.parts import Parts


def who_calls(parts: Parts, deadline: Deadline) -> Client:
    """Return the client that made this request; raises UnauthorizedError. Only a known client's issuer is logged."""
    path = request.path.rstrip("/")
    client = parts.authenticator.authenticate(request.headers.get("Authorization"), path, deadline)
    structlog.contextvars.bind_contextvars(client=client.issuer)
    return client
