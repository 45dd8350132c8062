import assert from "node:assert/strict";
import { test } from "node:test";

import { type BindingOptions, type Collision, bindAnnotorious } from "../src/annotorious.ts";
import { FakeAnnotorious } from "./fake-annotorious.ts";
import { CANVAS, FakeStore, boxed, comment } from "./fake-store.ts";

async function bound(fake: FakeStore, options: Partial<BindingOptions> = {}) {
  const anno = new FakeAnnotorious();
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const store = fake.client();
  const binding = await bindAnnotorious(anno, store, { canvas: CANVAS, live: false, onError, ...options });
  return { anno, binding, errors, store };
}

const drawn = (id: string, ...values: string[]) => ({ ...boxed("", "1.5,2,3,4"), id, body: values.map(comment) });

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 1000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test("what the canvas has is shown, and what has no region there is counted", async () => {
  const fake = new FakeStore();
  fake.put(boxed("a"));
  fake.put({ target: CANVAS, body: comment("of the whole") });
  fake.put({ target: `${CANVAS}#xywh=1,2,3,4`, body: ["http://example.org/note", comment("b")] });
  const { anno, binding } = await bound(fake);
  assert.equal(binding.undrawn, 1);
  assert.equal(anno.shown.size, 2);
  assert.deepEqual([...anno.shown.values()][1]?.["body"][0], { id: "http://example.org/note" });
});

test("a drawing, its comment and its end are written in their order under the client's name", async () => {
  const fake = new FakeStore();
  const { anno, binding, errors } = await bound(fake);
  anno.draw({ ...drawn("uuid-1"), creator: { isGuest: true, id: "x" } });
  anno.edit("uuid-1", { body: [{ ...comment("hello"), creator: { isGuest: true, id: "x" } }] });
  await binding.settled();
  const iri = binding.iriOf("uuid-1");
  assert.deepEqual(fake.row(iri).body, [comment("hello")]);
  assert.equal(fake.row(iri)["motivation"], "commenting");
  anno.erase("uuid-1");
  await binding.settled();
  assert.equal(fake.rows.get(iri), "gone");
  assert.deepEqual(fake.requests().slice(1), ["POST ", "PUT 1", "DELETE 1"]);
  assert.deepEqual(errors, []);
});

test("an edit changes what was edited, and nothing that Annotorious does not know", async () => {
  const fake = new FakeStore();
  const other = { type: "SpecificResource", source: "http://elsewhere.example/", styleClass: "red" };
  const text = { type: "TextQuoteSelector", exact: "x" };
  const target = { ...boxed("").target, purpose: "selecting", selector: [boxed("").target.selector, text] };
  const body = ["http://example.org/note", { ...comment("a"), "ex:odd": [1] }];
  const iri = fake.put({ body, target: [other, target], "ex:own": { deep: true }, stylesheet: "http://s.example/" });
  const { anno, binding } = await bound(fake);
  const shown = anno.shown.get(iri)!;
  anno.edit(iri, { body: [shown["body"][0], comment("b")] });
  await binding.settled();
  const row = fake.row(iri);
  assert.deepEqual(row.body, ["http://example.org/note", comment("b")]);
  assert.deepEqual(row.target, [other, target]);
  assert.deepEqual(row["ex:own"], { deep: true });
  const moved = { type: "FragmentSelector", value: "xywh=pixel:5,6,7,8" };
  anno.edit(iri, { target: { ...shown["target"], selector: moved } });
  await binding.settled();
  assert.deepEqual(fake.row(iri).target, [other, { ...target, selector: [moved, text] }]);
});

test("an edit that changes nothing is not written", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const { anno, binding } = await bound(fake);
  anno.edit(iri, {});
  await binding.settled();
  assert.equal(fake.sent.filter(({ method }) => method !== "GET").length, 0);
});

for (const choice of ["theirs", "mine"] as const) {
  test(`of two edits at once, the second is asked, and takes ${choice}`, async () => {
    const fake = new FakeStore();
    const iri = fake.put(boxed("a"));
    const collisions: Collision[] = [];
    const { anno, binding } = await bound(fake, { onCollision: (found) => collisions.push(found) });
    fake.put(boxed("theirs"), iri);
    anno.edit(iri, { body: [comment("mine")] });
    await binding.settled();
    assert.deepEqual(collisions[0]?.theirs?.body, [comment("theirs")]);
    assert.deepEqual(collisions[0]?.mine?.body, [comment("mine")]);
    assert.deepEqual(fake.row(iri).body, [comment("theirs")]);
    if (choice === "theirs") collisions[0]?.takeTheirs();
    else await collisions[0]?.keepMine();
    assert.deepEqual(anno.values(), [choice]);
    assert.deepEqual(fake.row(iri).body, [comment(choice)]);
    anno.edit(iri, { body: [comment("later")] });
    await binding.settled();
    assert.deepEqual(fake.row(iri).body, [comment("later")]);
    assert.equal(collisions.length, 1);
  });
}

test("an edit of what was deleted meanwhile makes a new annotation, if it is kept", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const collisions: Collision[] = [];
  const { anno, binding } = await bound(fake, { onCollision: (found) => collisions.push(found) });
  fake.remove(iri);
  anno.edit(iri, { body: [comment("mine")] });
  await binding.settled();
  assert.equal(collisions[0]?.theirs, null);
  await collisions[0]?.keepMine();
  assert.notEqual(binding.iriOf(iri), iri);
  assert.deepEqual(fake.row(binding.iriOf(iri)).body, [comment("mine")]);
});

test("without a handler the version in force is shown", async () => {
  const fake = new FakeStore();
  const [one, two] = [fake.put(boxed("a")), fake.put(boxed("b"))];
  const { anno, binding } = await bound(fake);
  fake.put(boxed("theirs"), one);
  fake.put(boxed("theirs, too"), two);
  anno.edit(one, { body: [comment("mine")] });
  anno.erase(two);
  await binding.settled();
  assert.deepEqual(anno.values(), ["theirs", "theirs, too"]);
});

test("what could not be deleted is shown again", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const { anno, binding, errors } = await bound(fake);
  fake.instead = ({ method }) => (method === "DELETE" ? new Response("{}", { status: 403 }) : null);
  anno.erase(iri);
  await binding.settled();
  assert.deepEqual(anno.values(), ["a"]);
  assert.equal(errors.length, 1);
});

test("a drawing whose creation failed is written with the next edit", async () => {
  const fake = new FakeStore();
  const { anno, binding, errors } = await bound(fake);
  fake.instead = () => new Response("{}", { status: 500 });
  anno.draw(drawn("uuid-1"));
  await binding.settled();
  fake.instead = () => null;
  anno.edit("uuid-1", { body: [comment("hello")] });
  await binding.settled();
  assert.equal(errors.length, 1);
  assert.deepEqual(fake.row(binding.iriOf("uuid-1")).body, [comment("hello")]);
});

test("what others do appears, and what this page did does not come twice", async () => {
  const fake = new FakeStore();
  fake.instead = fake.openEvents;
  const { anno, binding } = await bound(fake, { live: true });
  anno.draw(drawn("uuid-1", "mine"));
  await binding.settled();
  const mine = binding.iriOf("uuid-1");
  fake.tell("create", { id: mine, etag: fake.etag(mine) });
  const theirs = fake.put(boxed("theirs"));
  fake.tell("create", { id: theirs, etag: fake.etag(theirs) });
  const elsewhere = fake.put({ ...boxed("x"), target: "http://elsewhere.example/" });
  fake.tell("create", { id: elsewhere, etag: fake.etag(elsewhere) });
  await until(() => anno.shown.size === 2);
  fake.put(boxed("changed"), theirs);
  fake.tell("update", { id: theirs, etag: fake.etag(theirs) });
  await until(() => anno.values().includes("changed"));
  assert.deepEqual(anno.values(), ["mine", "changed"]);
  fake.tell("delete", { id: theirs });
  await until(() => anno.shown.size === 1);
  binding.unbind();
});

test("what is selected stays as it is until it no longer is", async () => {
  const fake = new FakeStore();
  fake.instead = fake.openEvents;
  const iri = fake.put(boxed("a"));
  const { anno, binding } = await bound(fake, { live: true });
  anno.select(iri);
  fake.put(boxed("theirs"), iri);
  fake.tell("update", { id: iri, etag: fake.etag(iri) });
  const mark = fake.put(boxed("mark"));
  fake.tell("create", { id: mark, etag: fake.etag(mark) });
  await until(() => anno.shown.size === 2);
  await binding.reload();
  assert.deepEqual(anno.values(), ["a", "mark"]);
  anno.select();
  await until(() => anno.values().includes("theirs"));
  binding.unbind();
});

test("an edit of what others changed while it was selected collides", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const collisions: Collision[] = [];
  const { anno, binding } = await bound(fake, { onCollision: (found) => collisions.push(found) });
  anno.select(iri);
  fake.put(boxed("theirs"), iri);
  await binding.reload();
  anno.edit(iri, { body: [comment("mine")] });
  anno.select();
  await binding.settled();
  assert.equal(collisions.length, 1);
  assert.deepEqual(fake.row(iri).body, [comment("theirs")]);
  assert.deepEqual(anno.values(), ["mine"]);
});

test("a deletion of what others changed while it was selected collides", async () => {
  const fake = new FakeStore();
  const iri = fake.put(boxed("a"));
  const collisions: Collision[] = [];
  const { anno, binding } = await bound(fake, { onCollision: (found) => collisions.push(found) });
  anno.select(iri);
  fake.put(boxed("theirs"), iri);
  await binding.reload();
  anno.erase(iri);
  await binding.settled();
  assert.deepEqual(anno.values(), []);
  assert.deepEqual(collisions[0]?.theirs?.body, [comment("theirs")]);
  collisions[0]?.takeTheirs();
  assert.deepEqual(anno.values(), ["theirs"]);
});

test("after its end the binding writes nothing and shows nothing", async () => {
  const fake = new FakeStore();
  fake.instead = fake.openEvents;
  const { anno, binding } = await bound(fake, { live: true });
  binding.unbind();
  const before = fake.sent.length;
  anno.draw(drawn("uuid-1"));
  await binding.settled();
  assert.equal(fake.sent.length, before);
});
