import assert from "node:assert/strict";
import { test } from "node:test";

import { miradorAdapter } from "../src/mirador.ts";
import { CANVAS, CONTAINER, FakeStore, boxed, comment } from "./fake-store.ts";

const NAME = `${CANVAS}/annotation/1`;
/** As the editor makes one of a shape. */
const noted = (value: string) => ({
  id: NAME,
  creator: "Anna",
  motivation: "commenting",
  body: [{ type: "TextualBody", value }],
  maeData: { templateType: "multiple_body" },
  target: {
    source: CANVAS,
    selector: [
      { type: "SvgSelector", value: "<svg/>" },
      { type: "FragmentSelector", value: `${CANVAS}#` },
    ],
  },
});

test("what is created comes back in the canvas's page under the store's IRI", async () => {
  const fake = new FakeStore();
  const adapter = miradorAdapter(fake.client())(CANVAS);
  const page = await adapter.create(noted("a"));
  assert.equal(page.id, adapter.annotationPageId);
  assert.equal(page.type, "AnnotationPage");
  assert.deepEqual(page.items.map(({ id, creator }) => [id, creator]), [[`${CONTAINER}1`, "anna"]]);
  const target = { type: "SpecificResource", source: CANVAS, selector: { type: "SvgSelector", value: "<svg/>" } };
  assert.deepEqual(fake.row(`${CONTAINER}1`).target, target);
});

test("adapters of one store know what the others saw", async () => {
  const fake = new FakeStore();
  const adapters = miradorAdapter(fake.client());
  const { items } = await adapters(CANVAS).create(noted("a"));
  const changed = await adapters(CANVAS).update({ ...items[0]!, body: [comment("b")] });
  assert.deepEqual(changed.items[0]?.body, [comment("b")]);
  assert.deepEqual((await adapters(CANVAS).get(NAME))?.body, [comment("b")]);
  assert.deepEqual((await adapters(CANVAS).delete(items[0]!.id)).items, []);
  assert.equal(await adapters(CANVAS).get(items[0]!.id), null);
});

test("boxes are shown in whole pixels, and stay as they are stored when only the text is edited", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a", "1.4,2.5,3,4"));
  const dotted = fake.put({ ...boxed("b"), target: `${CANVAS}#xywh=pixel:1.4,2,3,4` });
  const adapter = miradorAdapter(fake.client())(CANVAS);
  const { items } = await adapter.all();
  assert.equal((items[0] as any).target.selector.value, "xywh=1,3,3,4");
  assert.equal(items[0]!["motivation"], "commenting");
  assert.equal(items[1]!.target, `${CANVAS}#xywh=1,2,3,4`);
  await adapter.update({ ...items[0]!, body: [comment("edited")] });
  await adapter.update({ ...items[1]!, body: [comment("edited")] });
  assert.deepEqual(fake.row(iri).target, boxed("a", "1.4,2.5,3,4").target);
  assert.equal(fake.row(dotted).target, `${CANVAS}#xywh=pixel:1.4,2,3,4`);
  assert.equal(fake.row(iri)["motivation"], undefined);
});

test("a collision is told, and the page has the version in force", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const told: string[] = [];
  const adapter = miradorAdapter(fake.client(), { onCollision: ({ kind }) => told.push(kind) })(CANVAS);
  const { items } = await adapter.all();
  fake.put(boxed("theirs"), iri);
  const page = await adapter.update({ ...items[0]!, body: [comment("mine")] });
  assert.deepEqual(page.items[0]?.body, [comment("theirs")]);
  fake.remove(iri);
  assert.deepEqual((await adapter.update({ ...items[0]!, body: [comment("mine")] })).items, []);
  assert.deepEqual(told, ["conflict", "gone"]);
});

test("a refusal is told, or thrown", async () => {
  const fake = new FakeStore();
  fake.instead = ({ method }) => (method === "POST" ? new Response("{}", { status: 403 }) : null);
  const errors: unknown[] = [];
  const store = fake.client();
  const page = await miradorAdapter(store, { onError: (error) => errors.push(error) })(CANVAS).create(noted("a"));
  assert.deepEqual(page.items, []);
  assert.equal(errors.length, 1);
  await assert.rejects(miradorAdapter(store)(CANVAS).create(noted("a")), { status: 403 });
});

test("the page takes the place of the one that a manifest names", () => {
  const own = miradorAdapter(new FakeStore().client())("http://images.example/a(1)/canvas/1");
  const page = "http://store.example/iiif/annotations/3/default/page?canvas=http%3A%2F%2Fimages.example%2Fa%281%29%2Fcanvas%2F1";
  assert.equal(own.annotationPageId, page);
  const named = miradorAdapter(new FakeStore().client(), { annotationPageId: (canvas) => `${canvas}/page` });
  assert.equal(named(CANVAS).annotationPageId, `${CANVAS}/page`);
});
