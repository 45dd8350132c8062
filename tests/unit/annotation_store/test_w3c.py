from annotation_store.serialisers.w3c import ContainedForm, Container, Page, build_container, build_page

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
IRI = "http://example.org/annotations/"
CONTAINER = Container(IRI, 2, "Two", "2024-05-01T12:00:00Z", "http://example.org/u")
ANNOTATION = {"@context": CONTEXT, "id": f"{IRI}1", "type": "Annotation", "target": "http://example.com/1"}
OTHER = {"@context": [CONTEXT, {"x": "http://example.org/x"}], "id": f"{IRI}2", "type": "Annotation", "x": 1}
FIRST = Page(f"{IRI}?iris=0&page=0", [ANNOTATION, OTHER], start_index=0, next=f"{IRI}?iris=0&page=1")


def test_a_container_with_descriptions_embeds_its_first_page():
    document = build_container(CONTAINER, ContainedForm.DESCRIPTIONS, FIRST, f"{IRI}?iris=0&page=1")
    assert document == {
        "@context": [CONTEXT, "http://www.w3.org/ns/ldp.jsonld"],
        "id": f"{IRI}?iris=0",
        "type": ["BasicContainer", "AnnotationCollection"],
        "label": "Two",
        "total": 2,
        "modified": "2024-05-01T12:00:00Z",
        "creator": "http://example.org/u",
        "first": {
            "id": f"{IRI}?iris=0&page=0",
            "type": "AnnotationPage",
            "startIndex": 0,
            "next": f"{IRI}?iris=0&page=1",
            "items": [{"id": f"{IRI}1", "type": "Annotation", "target": "http://example.com/1"}, OTHER],
        },
        "last": f"{IRI}?iris=0&page=1",
    }


def test_a_container_of_iris_lists_strings():
    document = build_container(CONTAINER, ContainedForm.IRIS, FIRST, None)
    assert document["id"] == f"{IRI}?iris=1"
    assert document["first"]["items"] == [f"{IRI}1", f"{IRI}2"]
    assert "last" not in document


def test_a_minimal_container_names_its_pages_only():
    document = build_container(CONTAINER, ContainedForm.MINIMAL, FIRST, FIRST.iri)
    assert (document["id"], document["first"], document["last"]) == (IRI, FIRST.iri, FIRST.iri)


def test_an_empty_container_has_no_pages():
    document = build_container(Container(IRI, 0), ContainedForm.DESCRIPTIONS, None, None)
    assert document.keys() == {"@context", "id", "type", "total"}
    assert document["total"] == 0


def test_a_page_by_itself_tells_what_it_is_part_of():
    page = Page(f"{IRI}?iris=1&page=1", [ANNOTATION], prev=FIRST.iri)
    assert build_page(CONTAINER, ContainedForm.IRIS, page) == {
        "@context": CONTEXT,
        "id": f"{IRI}?iris=1&page=1",
        "type": "AnnotationPage",
        "prev": FIRST.iri,
        "partOf": {
            "id": f"{IRI}?iris=1",
            "type": ["BasicContainer", "AnnotationCollection"],
            "label": "Two",
            "total": 2,
            "modified": "2024-05-01T12:00:00Z",
        },
        "items": [f"{IRI}1"],
    }
