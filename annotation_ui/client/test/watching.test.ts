import assert from "node:assert/strict";
import { test } from "node:test";

import { readEvents } from "../src/events.ts";
import type { Change } from "../src/index.ts";
import { parseChange } from "../src/watching.ts";
import { FakeStore, boxed } from "./fake-store.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 1000);
    await turn();
  }
}

test("events are read whatever the pieces that they come in", async () => {
  const text = ": ping\n\nevent: create\ndata: {\"a\":\ndata: 1}\n\nid: 7\r\ndata:é\r\n\r\nevent: x\n\ndata: last\n";
  for (const size of [1, 2, 7, 1000]) {
    const bytes = new TextEncoder().encode(text);
    const pieces = ReadableStream.from(
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.slice(n * size, (n + 1) * size)),
    ) as ReadableStream<Uint8Array>;
    const found = [];
    for await (const event of readEvents(pieces)) found.push(event);
    assert.deepEqual(found, [
      { event: "create", data: '{"a":\n1}' },
      { event: "message", data: "é" },
    ]);
  }
});

test("events of other kinds, or that are no JSON, say nothing", () => {
  assert.deepEqual(parseChange("update", '{"id":"x","etag":"\\"1\\""}'), { kind: "update", id: "x", etag: '"1"' });
  assert.deepEqual(parseChange("delete", '{"id":"x"}'), { kind: "delete", id: "x" });
  for (const data of ["", "null", "[]", '{"id":1}']) assert.equal(parseChange("create", data), null);
  assert.equal(parseChange("message", '{"id":"x"}'), null);
});

test("changes are told as they happen; after a gap, that there may have been some", async () => {
  const fake = new FakeStore();
  fake.instead = fake.openEvents;
  const heard: Change[] = [];
  const watching = fake.client().watch((change) => heard.push(change), { reopenS: 0 });
  await watching.ready;
  fake.tell("create", { id: "x", etag: '"1"' });
  await until(() => heard.length === 1);
  fake.endEvents();
  await until(() => heard.length === 2);
  assert.deepEqual(heard, [{ kind: "create", id: "x", etag: '"1"' }, { kind: "any" }]);
  watching.stop();
});

test("a store without events is looked at now and then", async () => {
  const fake = new FakeStore();
  const heard: Change[] = [];
  const watching = fake.client().watch((change) => heard.push(change), { pollS: 0.01 });
  await watching.ready;
  await turn();
  assert.deepEqual(heard, []);
  fake.put(boxed("a"));
  await until(() => heard.length === 1);
  assert.deepEqual(heard, [{ kind: "any" }]);
  watching.stop();
});

test("without events and without looking it is ready at once", async () => {
  const fake = new FakeStore();
  await fake.client().watch(() => assert.fail(), { pollS: 0 }).ready;
  assert.deepEqual(fake.requests(), ["GET events"]);
});
