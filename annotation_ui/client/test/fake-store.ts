/** An annotation store in memory, with the answers of a real one: conditions, tombstones, pages, events. */

import { AnnotationStore, type StoreOptions } from "../src/index.ts";
import type { StoredAnnotation } from "../src/index.ts";

export const CONTAINER = "http://store.example/annotations/default/";
export const CANVAS = "http://images.example/canvas/1";
const CONTEXT = { "@context": "http://www.w3.org/ns/anno.jsonld" };

interface Row {
  document: StoredAnnotation;
  version: number;
}

export interface Sent {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}

type Answer = (sent: Sent) => Response | null;

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

export class FakeStore {
  readonly rows = new Map<string, Row | "gone">();
  readonly sent: Sent[] = [];
  readonly waits: number[] = [];
  searches = true;
  pageItems = 2;
  /** Answers instead of the store, where it gives one. */
  instead: Answer = () => null;
  #next = 1;
  #changes = 0;
  #events: ReadableStreamDefaultController<Uint8Array> | null = null;

  client(options: Partial<StoreOptions> = {}): AnnotationStore {
    const sleep = async (ms: number) => void this.waits.push(ms);
    return new AnnotationStore({ container: CONTAINER, fetch: this.fetch, sleep, ...options });
  }

  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const sent = { method: init.method ?? "GET", url, headers: new Headers(init.headers), body };
    this.sent.push(sent);
    init.signal?.throwIfAborted();
    return this.instead(sent) ?? this.#answer(sent);
  };

  requests(): string[] {
    return this.sent.map(({ method, url }) => `${method} ${url.replace(CONTAINER, "")}`);
  }

  /** Somebody else's annotation; its IRI. */
  put(annotation: Record<string, unknown>, iri = `${CONTAINER}${this.#next++}`): string {
    const before = this.rows.get(iri);
    const version = before && before !== "gone" ? before.version + 1 : 1;
    this.rows.set(iri, { document: { ...CONTEXT, type: "Annotation", ...annotation, id: iri }, version });
    this.#changes++;
    return iri;
  }

  remove(iri: string): void {
    this.rows.set(iri, "gone");
    this.#changes++;
  }

  row(iri: string): StoredAnnotation {
    const row = this.rows.get(iri);
    if (!row || row === "gone") throw new Error(`no ${iri}`);
    return row.document;
  }

  etag(iri: string): string {
    return `"${(this.rows.get(iri) as Row).version}-${iri.slice(-1)}"`;
  }

  /** From now on there are events; what is told goes to whoever follows them. */
  tell(event: string, data: unknown): void {
    this.#events?.enqueue(new TextEncoder().encode(`: hello\n\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  openEvents = ({ url }: Sent): Response | null => {
    if (!url.endsWith("/events")) return null;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#events = controller) });
    return new Response(stream, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  };

  endEvents(): void {
    this.#events?.close();
  }

  #answer(sent: Sent): Response {
    const { pathname, searchParams } = new URL(sent.url);
    if (!pathname.endsWith("/")) return pathname.endsWith("/events") ? json(404, {}) : this.#one(sent);
    if (sent.method === "POST") return this.#create(sent);
    const target = searchParams.get("target");
    if (target !== null && !this.searches) return json(400, { parameter: "target" });
    return this.#list(sent, target, Number(searchParams.get("page") ?? 0));
  }

  #create({ body }: Sent): Response {
    const { id, ...annotation } = body as Record<string, unknown>;
    const iri = this.put({ ...annotation, ...(id ? { via: id } : {}), creator: { name: "anna" } });
    return json(201, this.row(iri), { etag: this.etag(iri), location: iri });
  }

  #one({ method, url, headers, body }: Sent): Response {
    const row = this.rows.get(url);
    if (row === "gone") return json(410, {});
    if (!row) return json(404, { title: "Unknown annotation" });
    if (method === "GET") return json(200, row.document, { etag: this.etag(url) });
    const condition = headers.get("if-match");
    if (condition === null) return json(428, {});
    if (condition !== this.etag(url)) return json(412, {});
    if (method === "DELETE") {
      this.remove(url);
      return new Response(null, { status: 204 });
    }
    const { via, creator } = row.document;
    this.put({ ...(body as object), via, creator }, url);
    return json(200, this.row(url), { etag: this.etag(url) });
  }

  #list({ headers }: Sent, target: string | null, page: number): Response {
    const about = (row: StoredAnnotation) => target === null || JSON.stringify(row.target).includes(target);
    const live = [...this.rows.values()].filter((row): row is Row => row !== "gone").map((row) => row.document);
    const found = live.filter(about);
    const items = found.slice(page, page + this.pageItems).map(({ "@context": _, ...item }) => item);
    const next = page + this.pageItems < found.length ? `${CONTAINER}?page=${page + this.pageItems}` : undefined;
    const more = next && target !== null ? `${next}&target=${encodeURIComponent(target)}` : next;
    const document = { ...CONTEXT, type: "AnnotationPage", items, next: more };
    const etag = `"c${this.#changes}"`;
    if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag } });
    const first = target === null && page === 0 ? { ...CONTEXT, type: "AnnotationCollection", first: document } : document;
    return json(200, first, { etag });
  }
}

export const comment = (value: string) => ({ type: "TextualBody", purpose: "commenting", value });

/** An annotation of a box on the canvas. */
export const boxed = (value: string, box = "10,20,30,40") => ({
  body: [comment(value)],
  target: {
    type: "SpecificResource",
    source: CANVAS,
    selector: { type: "FragmentSelector", value: `xywh=pixel:${box}` },
  },
});
