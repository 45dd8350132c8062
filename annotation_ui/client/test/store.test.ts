import assert from "node:assert/strict";
import { test } from "node:test";

import { StoreError } from "../src/index.ts";
import { CANVAS, CONTAINER, FakeStore, boxed } from "./fake-store.ts";

test("annotations of a canvas come page by page, by the store's own search", async () => {
  const fake = new FakeStore();
  for (const value of ["a", "b", "c"]) fake.put(boxed(value));
  fake.put({ target: "http://elsewhere.example/" });
  const pages = [];
  for await (const page of fake.client().pages(CANVAS)) pages.push(page.length);
  assert.deepEqual(pages, [2, 1]);
  assert.equal(fake.sent[0]?.url, `${CONTAINER}?target=${encodeURIComponent(CANVAS)}`);
});

test("a store that cannot search is asked for all, and the others are left out", async () => {
  const fake = new FakeStore();
  fake.searches = false;
  fake.put({ target: "http://elsewhere.example/" });
  fake.put({ target: [`${CANVAS}#xywh=1,2,3,4`, "http://elsewhere.example/"] });
  fake.put(boxed("b"));
  const found = await fake.client().load(CANVAS);
  assert.deepEqual(found.map(({ id }) => id), [`${CONTAINER}2`, `${CONTAINER}3`]);
});

test("a name that a client made up leads to the annotation", async () => {
  const fake = new FakeStore();
  const store = fake.client();
  const saved = await store.create({ ...boxed("a"), id: "urn:uuid:1" });
  assert.equal(saved.id, `${CONTAINER}1`);
  assert.equal(store.iriOf("urn:uuid:1"), saved.id);
  const outcome = await store.update("urn:uuid:1", boxed("b"));
  assert.equal(outcome.kind, "saved");
  const later = fake.client();
  await later.load();
  assert.equal(later.iriOf("urn:uuid:1"), saved.id);
});

test("tags of versions are kept, so that writes in a row need no reading", async () => {
  const fake = new FakeStore();
  const store = fake.client();
  const { id } = await store.create(boxed("a"));
  await store.update(id, boxed("b"));
  await store.update(id, boxed("c"));
  assert.equal((await store.delete(id)).kind, "gone");
  assert.deepEqual(fake.requests(), ["POST ", "PUT 1", "PUT 1", "DELETE 1"]);
});

test("a version that only a page told of is written over if it is still the one", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const store = fake.client();
  await store.load(CANVAS);
  assert.equal((await store.update(iri, boxed("b"))).kind, "saved");
});

test("a version that only a page told of is not written over once somebody changed it", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const store = fake.client();
  await store.load(CANVAS);
  fake.put(boxed("theirs"), iri);
  const outcome = await store.update(iri, boxed("mine"));
  assert.equal(outcome.kind, "conflict");
  assert.deepEqual(fake.row(iri).body, boxed("theirs").body);
});

test("a conflict is a value: theirs can be taken, or written over", async () => {
  const fake = new FakeStore();
  const store = fake.client();
  const { id } = await store.create(boxed("a"));
  fake.put(boxed("theirs"), id);
  const outcome = await store.update(id, boxed("mine"));
  assert.ok(outcome.kind === "conflict");
  assert.deepEqual(outcome.annotation.body, boxed("theirs").body);
  assert.equal((await store.update(id, boxed("mine"))).kind, "conflict");
  assert.equal((await store.delete(id)).kind, "conflict");
  assert.equal((await store.update(id, boxed("mine"), { etag: outcome.etag })).kind, "saved");
  fake.put(boxed("theirs again"), id);
  const second = await store.delete(id);
  assert.ok(second.kind === "conflict");
  store.accept(second);
  assert.equal((await store.delete(id)).kind, "gone");
});

test("two who make the same change do not collide", async () => {
  const fake = new FakeStore();
  const store = fake.client();
  const { id } = await store.create(boxed("a"));
  fake.put(boxed("b"), id);
  assert.equal((await store.update(id, boxed("b"))).kind, "saved");
  assert.equal((await store.update(id, boxed("c"))).kind, "saved");
});

test("what was deleted is gone, whoever asks for it", async () => {
  const fake = new FakeStore();
  const store = fake.client();
  const { id } = await store.create(boxed("a"));
  fake.remove(id);
  assert.deepEqual(await store.get(id), { kind: "gone", id });
  assert.equal((await store.update(id, boxed("b"))).kind, "gone");
  assert.equal((await store.delete(id)).kind, "gone");
});

test("a store that is busy is asked again after as long as it says", async () => {
  const fake = new FakeStore();
  const answers = ["2", "0"].map((after) => new Response("", { status: 503, headers: { "retry-after": after } }));
  fake.instead = () => answers.shift() ?? null;
  await fake.client().create(boxed("a"));
  assert.deepEqual(fake.waits, [2000, 0]);
  assert.equal(fake.rows.size, 1);
});

test("a store that stays busy, refuses or is not there is an error with its problem", async () => {
  const fake = new FakeStore();
  const store = fake.client({ retries: 1 });
  fake.instead = () => new Response(JSON.stringify({ detail: "No database." }), { status: 503 });
  await assert.rejects(store.load(), (error) => error instanceof StoreError && error.message === "No database.");
  assert.equal(fake.sent.length, 2);
  fake.instead = () => new Response("<html>", { status: 403 });
  await assert.rejects(store.create(boxed("a")), (error) => error instanceof StoreError && error.status === 403);
  fake.instead = () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(store.create(boxed("a")), (error) => error instanceof StoreError && error.status === 0);
});

test("a token goes along, and one that changes is asked for each time", async () => {
  const fake = new FakeStore();
  let token: string | null = "one";
  const store = fake.client({ token: () => token });
  await store.load();
  token = null;
  await store.load();
  assert.deepEqual(fake.sent.map(({ headers }) => headers.get("authorization")), ["Bearer one", null]);
});
