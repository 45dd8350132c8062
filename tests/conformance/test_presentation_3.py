"""Presentation API 3.0: the manifest of one image, in the order of the specification."""

import json

import iiif_prezi3
import jsonschema
import pytest

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
TYPES = {"Manifest", "Canvas", "AnnotationPage", "Annotation"}
NAMES = ["grid", "gray", "turned", "%D0%96%D1%83%D0%BA%D0%B8%2F%E2%84%96%201"]


@pytest.fixture(params=NAMES)
def manifest(site, request):
    response = site.get(f"presentation/3/{request.param}/manifest")
    assert response.status_code == 200
    return response.json()


def resources(node):
    """Every object with a type, from the outermost in."""
    if isinstance(node, dict):
        if "type" in node or "@type" in node:
            yield node
        for value in node.values():
            yield from resources(value)
    elif isinstance(node, list):
        for value in node:
            yield from resources(value)


# The published JSON schema, as the models that the library iiif-prezi3 is generated from hold it.
def test_the_manifest_is_valid_by_the_published_schema(manifest):
    parsed = iiif_prezi3.Manifest.model_validate(manifest, strict=False)
    assert json.loads(parsed.json())["items"][0]["items"][0]["items"][0]["motivation"] == "painting"
    jsonschema.validate(manifest, iiif_prezi3.Manifest.model_json_schema())


# §3.1: "A Manifest MUST have the label property with at least one entry." Its value "MUST be a JSON object".
def test_label(manifest):
    assert manifest["label"] == {"en": ["A grid"]}


# §3.1: "A Manifest SHOULD have the metadata property with at least one item."
def test_metadata(manifest):
    for entry in manifest["metadata"]:
        assert set(entry) == {"label", "value"}
        for texts in entry.values():
            assert all(isinstance(text, str) for values in texts.values() for text in values)


# §3.1 rights: "The machine actionable URIs for both Creative Commons licenses and RightsStatements.org right
# statements are http URIs."
def test_rights(site):
    assert site.get("presentation/3/grid/manifest").json()["rights"].startswith("http://creativecommons.org/")
    assert "rights" not in site.get("presentation/3/gray/manifest").json()


# §3.1: "A Manifest SHOULD have the thumbnail property with at least one item." "Images and videos SHOULD have the
# width and height properties [...]. It is RECOMMENDED that a IIIF Image API service be available for images".
def test_thumbnail(site, manifest):
    (thumbnail,) = manifest["thumbnail"]
    assert thumbnail["service"]
    image = site.image(thumbnail["id"].partition("/iiif/")[2])
    assert image.size == (thumbnail["width"], thumbnail["height"])
    assert max(image.size) <= 512


# Appendix A: id is required of every class. §6.1: "The URI SHOULD NOT include query parameters or fragments."
def test_ids_are_uris_and_unique(site, manifest):
    ids = [node["id"] for node in resources(manifest) if node["type" if "type" in node else "@type"] in TYPES]
    assert all(value.startswith(f"{site.url}/iiif/presentation/3/") for value in ids)
    assert len(ids) == len(set(ids)) == len(TYPES)
    assert not any({"?", "#"} & set(value) for value in ids)


# §3.2: "A Canvas MAY have the height property. If it has a height, it MUST also have a width." Both are the
# image's.
def test_the_canvas_has_the_images_size(site, manifest):
    (canvas,) = manifest["items"]
    service = canvas["items"][0]["items"][0]["body"]["service"][0]
    info = site.client.get(f"{service['id']}/info.json").json()
    assert (canvas["width"], canvas["height"]) == (info["width"], info["height"])


# §4.6: "The top level resource in the response MUST have the @context property, and it SHOULD appear as the very
# first key/value pair of the JSON representation. [...] and thus MUST NOT appear within embedded resources."
def test_the_context_comes_first(manifest):
    assert json.dumps(manifest).count("@context") == 1
    assert next(iter(manifest.items())) == ("@context", CONTEXT)


# §5.2: "The identifier in id MUST be able to be dereferenced to retrieve the JSON description of the Manifest".
def test_the_id_leads_to_the_manifest_itself(site, manifest):
    assert site.client.get(manifest["id"]).json() == manifest


# §3.5: "Resources associated with a Canvas by an Annotation that has the motivation value painting MUST be
# presented to the user as the representation of the Canvas."
def test_the_image_is_painted_onto_the_canvas(manifest):
    (canvas,) = manifest["items"]
    (page,) = canvas["items"]
    (annotation,) = page["items"]
    assert page["type"] == "AnnotationPage"
    assert (annotation["type"], annotation["motivation"], annotation["target"]) == (
        "Annotation",
        "painting",
        canvas["id"],
    )


# §3.2: "A content resource SHOULD have the format property", which "SHOULD be the value of the Content-Type header
# returned when the resource is dereferenced", and height and width "given in pixels".
@pytest.mark.parametrize("where", ["site", "small_site"])
def test_the_body_is_what_comes(request, where):
    server = request.getfixturevalue(where)
    body = server.get("presentation/3/grid/manifest").json()["items"][0]["items"][0]["items"][0]["body"]
    assert body["type"] == "Image"
    response = server.client.get(body["id"])
    assert response.headers["content-type"] == body["format"] == "image/jpeg"
    assert server.image(body["id"].partition("/iiif/")[2]).size == (body["width"], body["height"])


# §4.8: "the content may include data conforming to older specifications [...] that use keywords beginning with @":
# the Image API 2 service beside that of Image API 3.
def test_both_services_are_pinned_and_answer(site, manifest):
    body = manifest["items"][0]["items"][0]["items"][0]["body"]
    version_3, version_2 = body["service"]
    assert (version_3["type"], version_3["profile"]) == ("ImageService3", "level2")
    assert version_2["@type"] == "ImageService2"
    assert version_2["profile"] == "http://iiif.io/api/image/2/level2.json"
    assert "@01k" in version_3["id"]
    assert site.client.get(f"{version_3['id']}/info.json").json()["id"] == version_3["id"]
    assert site.client.get(f"{version_2['@id']}/info.json").json()["@id"] == version_2["@id"]


# §6.3: "If the request does not include an Accept header, the HTTP Content-Type header of the response SHOULD have
# the value application/ld+json (JSON-LD) with the profile parameter given as the context document".
def test_media_types(site):
    path = "presentation/3/grid/manifest"
    assert site.get(path).headers["content-type"] == f'application/ld+json;profile="{CONTEXT}"'
    assert site.get(path, accept="application/json").headers["content-type"] == "application/json"
    assert "accept" in site.get(path).headers["vary"].lower()


# §6: "It is RECOMMENDED that implementations also support HTTP HEAD requests." §6.3: "The HTTP server MUST follow
# the CORS requirements to enable browser-based clients to retrieve the descriptions."
def test_http(site):
    path = "presentation/3/grid/manifest"
    response = site.get(path)
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=77, stale-while-revalidate=77"
    assert site.get(path, if_none_match=response.headers["etag"]).status_code == 304
    assert site.request("HEAD", path).content == b""
    assert site.request("OPTIONS", path).headers["access-control-allow-origin"] == "*"
    site.problem("presentation/3/nothing/manifest", 404)
    site.problem("presentation/3/grid/manifests", 404)
    site.problem("presentation/3/grid", 404)
    site.problem("presentation/3/a%00/manifest", 400, "identifier")
    site.problem("presentation/3/gone/manifest", 410)
    site.problem("presentation/3/secret/manifest", 401)
    assert site.get("presentation/3/secret/manifest", authorization="Bearer pigture_reader").status_code == 200
