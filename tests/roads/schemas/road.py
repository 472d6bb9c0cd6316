"""The API's description of itself as other people's tools read it, against a running demo.

    road.py DEMO.json

Every section as JSON and as YAML says the same; OpenAPI 3.1 is valid by the official schema; every example in it is
of the type that it is an example of; OVHcloud's own schema has what its console and the npm clients read.
It prints each failure and `N passed, N failed`.
"""

import json
import sys
import urllib.request

import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

passed = failed = 0


def check(what, good, seen=None):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}" + ("" if seen is None else f"; seen: {str(seen)[:400]}"))


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read().decode("utf-8")


def same_in_yaml(what, url):
    """The JSON document, after its YAML twin was read to the same."""
    text = fetch(f"{url}.json")[1]
    kind, written = fetch(f"{url}.yaml")
    value = json.loads(text)
    check(f"{what}: YAML has its type", kind.startswith("application/yaml"), kind)
    check(f"{what}: YAML reads as JSON does", yaml.safe_load(written) == value)
    check(f"{what}: YAML in block style", written.count("\n") > 20 and "{" not in written.split("\n")[0])
    return value


def console_can_read(section, schema):
    for api in schema["apis"]:
        for operation in api["operations"]:
            name = f"{operation['httpMethod']} {api['path']}"
            check(f"{name} has a stage", operation["apiStatus"]["value"] in
                  ("ALPHA", "BETA", "PRODUCTION", "DEPRECATED"), operation["apiStatus"])
            check(f"{name} says whether it is open", isinstance(operation["noAuthentication"], bool))
            whole = [p for p in operation["parameters"] if p["paramType"] == "body" and "name" not in p]
            check(f"{name} has one whole body or none", len(whole) <= 1, whole)
            in_path = {p["name"] for p in operation["parameters"] if p["paramType"] == "path"}
            check(f"{name} declares the values of its path", all(f"{{{n}}}" in api["path"] for n in in_path) and
                  api["path"].count("{") == len(in_path), in_path)
    check(f"{section} has its models", all(("enum" in m) != ("properties" in m) for m in schema["models"].values()))


def valid_openapi(document):
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    check("OpenAPI 3.1 is valid", not errors, errors[:2])
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:api", resource)

    def of_its_type(what, schema, example):
        rooted = json.loads(json.dumps(schema).replace('"#/components/', '"urn:api#/components/'))
        faults = [e.message for e in Draft202012Validator(rooted, registry=registry).iter_errors(example)]
        check(f"{what} is an example of its type", not faults, faults[:2])

    ids = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    check("operation ids are unique", len(ids) == len(set(ids)))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"{method} {path}"
            good = operation["responses"]["200"]["content"]["application/json"]
            of_its_type(f"the answer of {name}", good["schema"], good["example"])
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                of_its_type(f"the body of {name}", body["schema"], body["example"])
            for parameter in operation["parameters"]:
                if "example" in parameter:
                    of_its_type(f"{parameter['name']} of {name}", parameter["schema"], parameter["example"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        base = json.load(file)["apiUrl"]
    index = json.loads(fetch(f"{base}/")[1])
    check("the index lists /saas/csp2", any(api["path"] == "/saas/csp2" for api in index["apis"]), index)
    for api in index["apis"]:
        console_can_read(api["path"], same_in_yaml(api["path"], base + api["path"]))
    valid_openapi(same_in_yaml("OpenAPI", f"{base}/openapi"))
    for api in index["apis"]:
        part = json.loads(fetch(f"{base}{api['path']}.json?format=openapi3")[1])
        check(f"{api['path']} is valid OpenAPI", OpenAPIV31SpecValidator(part).is_valid())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
