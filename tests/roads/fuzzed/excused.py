"""What the fuzzer expects and this API does otherwise on purpose: each with its reason. Nothing else is excused.

First the document or the server is mended; a line stands here only where OVHcloud's contract, or a refusal of the
business, is different from what a schema can say.
"""

import re

# Operations that are not sent.
NOT_SENT = {
    "postAuthLogout": "it ends the key that signs the run; the Rust tests of keys call it",
}


def of_value(_, response):
    """A refusal of what a value means. One of names, types or form is none: those must be as the document says."""
    forms = ("Received not described parameters", "The body ", "The query ", "A request ")
    types = ("must be a string", "must be a whole number", "must be a number", "must be true or false",
             "must be an array", "must be an object")
    body = response.json()
    return (body["errorCode"] == "BAD_REQUEST" and not body["message"].startswith(forms)
            and not any(rule.endswith(types) for rule in body["details"].values()))


def of_unknown_header(failure, _):
    return "Invalid component: in header - object with unexpected properties" in failure.message


def of_preview(_, response):
    return response.json()["orderable"] is False


# Kind of failure, operation (a regular expression for the whole of METHOD /path), statuses (None: any), a further
# condition on failure and answer, reason.
EXCUSED = [
    (
        "RejectedPositiveData", r".*", {400}, of_value,
        "OVHcloud answers 400, not 409 or 422, when a value has the right type and cannot be used: an MPN id that is "
        "not approved, a licence that is not sold, a postcode of another country (contract §1.3). A schema cannot say it.",
    ),
    (
        "ServerError", r"POST /service/\{serviceId\}/(renew|suspend|reopen|terminate)", {501}, None,
        "Known to OVHcloud and not built here: 501 with Client::NotImplemented is OVHcloud's own answer (contract §1.3).",
    ),
    (
        "UnsupportedMethodResponse", r"GET /auth/time", {403}, None,
        "A signed call is held to the access rules of its key before it is routed (contract §1.3, order of checks), and "
        "no rule can name such a method.",
    ),
    (
        "AcceptedNegativeData", r"GET /v2/iam/.*", {200}, of_unknown_header,
        "HTTP has unknown headers ignored. Schemathesis agrees, but not where a known one is a number.",
    ),
    (
        "AcceptedNegativeData", r"POST /levante/order/preview", {200}, of_preview,
        "It is asked what is wrong with an order, and answers with all of it.",
    ),
    (
        "UseAfterFree", r"DELETE /saas/csp2/\{serviceName\}/subscription/\{id\}", None, None,
        "It answers with a task: the subscription is there until Microsoft has ended it (contract §5.4).",
    ),
]


def excuse(failure, response):
    """The index of the line that excuses a failure, or None."""
    for index, (kind, operation, statuses, condition, _) in enumerate(EXCUSED):
        if type(failure).__name__ != kind or not re.fullmatch(operation, failure.operation or ""):
            continue
        if statuses is not None and response.status_code not in statuses:
            continue
        if condition is None or condition(failure, response):
            return index
    return None
