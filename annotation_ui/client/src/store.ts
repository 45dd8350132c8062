/** One container of an annotation store, as a client sees it: it remembers what it saw, so that no change is lost. */

import { copyOf, equal, listOf } from "./json.ts";
import { listPages } from "./listing.ts";
import { type Annotation, type Change, CONTEXT, type Conflict, type Gone, type Outcome, type Saved } from "./model.ts";
import type { StoredAnnotation } from "./model.ts";
import { Requester, type RequesterOptions, refusalOf } from "./requests.ts";
import { type WatchOptions, type Watching, watchContainer } from "./watching.ts";

export interface StoreOptions extends RequesterOptions {
  /** The container's IRI, such as `https://host/annotations/default/`. */
  container: string;
}

export interface ListOptions {
  signal?: AbortSignal;
  /** Of which annotations the version that was seen before stays the one that the next update is of. */
  edited?: (id: string) => boolean;
}

interface Seen {
  annotation: StoredAnnotation;
  /** Of this version; pages do not tell it. */
  etag: string | null;
}

/** What the store itself says in an annotation. */
const STAMPED = ["id", "@context", "via", "creator", "created", "modified"];

export class AnnotationStore {
  readonly container: string;
  readonly #requester: Requester;
  readonly #seen = new Map<string, Seen>();
  readonly #aliases = new Map<string, string>();

  constructor({ container, ...options }: StoreOptions) {
    this.container = container.endsWith("/") ? container : `${container}/`;
    this.#requester = new Requester(options);
  }

  /** The IRI of what a client calls `id`: an IRI stays, a name that the client made up becomes the store's. */
  iriOf(id: string): string {
    return this.#aliases.get(id) ?? id;
  }

  /** What was last seen of an annotation, without asking. */
  seen(id: string): StoredAnnotation | undefined {
    return this.#seen.get(this.iriOf(id))?.annotation;
  }

  /** Whether the version with this tag is the one that was seen. */
  isSeen(id: string, etag: string | null): boolean {
    return etag !== null && this.#seen.get(this.iriOf(id))?.etag === etag;
  }

  /** Pages of the annotations about an IRI (of a canvas, say), or of all. Throws StoreError. */
  async *pages(
    target: string | null = null,
    { signal, edited = () => false }: ListOptions = {},
  ): AsyncGenerator<StoredAnnotation[], void, undefined> {
    for await (const page of listPages(this.#requester, this.container, target, signal)) {
      for (const annotation of page) if (!edited(annotation.id)) this.#meet(annotation);
      yield page;
    }
  }

  /** All of pages(), in one list. Throws StoreError. */
  async load(target: string | null = null, options: ListOptions = {}): Promise<StoredAnnotation[]> {
    const found = [];
    for await (const page of this.pages(target, options)) found.push(...page);
    return found;
  }

  /** The annotation as it is kept now. What was seen stays, until accept() says otherwise. Throws StoreError. */
  async get(id: string): Promise<Saved | Gone> {
    const iri = this.iriOf(id);
    const answer = await this.#requester.send(iri);
    return answer.status === 410 ? { kind: "gone", id: iri } : this.#saved(answer, iri);
  }

  /** Writes a new annotation; an `id` that it has is remembered as an alias. Throws StoreError. */
  async create(annotation: Annotation, { slug }: { slug?: string } = {}): Promise<Saved> {
    const headers: Record<string, string> = slug === undefined ? {} : { slug: encodeURIComponent(slug) };
    const body = documentOf(annotation);
    const answer = await this.#requester.send(this.container, { method: "POST", body, headers });
    const saved = await this.#saved(answer, answer.headers.get("location") ?? "");
    this.accept(saved);
    if (annotation.id !== undefined) this.#aliases.set(annotation.id, saved.id);
    return saved;
  }

  /**
   * Writes a new version of the one that was seen. Of `etag`, the one of a conflict's version overwrites that.
   * Throws StoreError.
   */
  async update(id: string, annotation: Annotation, { etag }: { etag?: string } = {}): Promise<Outcome> {
    const iri = this.iriOf(id);
    const known = etag ?? (await this.#etag(iri));
    if (typeof known !== "string") return known;
    const { id: _, ...body } = documentOf(annotation);
    const answer = await this.#requester.send(iri, { method: "PUT", body, headers: { "if-match": known } });
    switch (answer.status) {
      case 410:
        return this.#forget(iri);
      case 412: {
        const conflict = await this.#conflict(iri);
        if (conflict.kind === "gone" || !isSame(conflict.annotation, body)) return conflict;
        return this.accept({ ...conflict, kind: "saved" });
      }
      default:
        return this.accept(await this.#saved(answer, iri));
    }
  }

  /** Deletes the version that was seen. Throws StoreError. */
  async delete(id: string, { etag }: { etag?: string } = {}): Promise<Conflict | Gone> {
    const iri = this.iriOf(id);
    const known = etag ?? (await this.#etag(iri));
    if (typeof known !== "string") return known;
    const answer = await this.#requester.send(iri, { method: "DELETE", headers: { "if-match": known } });
    if (answer.status === 204 || answer.status === 410) return this.#forget(iri);
    if (answer.status === 412) return this.#conflict(iri);
    throw await refusalOf(answer);
  }

  /** Takes a version for seen: what is written next replaces it. */
  accept<T extends Saved | Conflict>(version: T): T {
    this.#meet(version.annotation, version.etag);
    return version;
  }

  /** Tells what others (and this client) do, until it is stopped. */
  watch(onChange: (change: Change) => void, options: WatchOptions = {}): Watching {
    return watchContainer(this.#requester, this.container, onChange, options);
  }

  #meet(annotation: StoredAnnotation, etag: string | null = null): void {
    const before = this.#seen.get(annotation.id);
    const same = etag === null && before !== undefined && isVersion(before.annotation, annotation);
    this.#seen.set(annotation.id, { annotation: copyOf(annotation), etag: same ? before.etag : etag });
    for (const alias of listOf(annotation.via)) this.#aliases.set(alias, annotation.id);
  }

  #forget(iri: string): Gone {
    this.#seen.delete(iri);
    return { kind: "gone", id: iri };
  }

  /** The tag of the version that was seen. Where a page did not tell it, it is asked for, and the version compared. */
  async #etag(iri: string): Promise<string | Conflict | Gone> {
    const seen = this.#seen.get(iri);
    if (seen?.etag) return seen.etag;
    const current = await this.get(iri);
    if (current.kind === "gone") return this.#forget(iri);
    if (seen && !isVersion(seen.annotation, current.annotation)) return { ...current, kind: "conflict" };
    return this.accept(current).etag;
  }

  async #conflict(iri: string): Promise<Conflict | Gone> {
    const current = await this.get(iri);
    return current.kind === "gone" ? this.#forget(iri) : { ...current, kind: "conflict" };
  }

  async #saved(answer: Response, iri: string): Promise<Saved> {
    if (!answer.ok) throw await refusalOf(answer);
    const annotation = (await answer.json()) as StoredAnnotation;
    return { kind: "saved", id: iri, etag: answer.headers.get("etag") ?? "", annotation };
  }
}

function documentOf(annotation: Annotation): Annotation {
  return { "@context": CONTEXT, type: "Annotation", ...annotation };
}

/** Whether two texts are of one version; a page says the context of all of its annotations once. */
function isVersion(one: Annotation, other: Annotation): boolean {
  return equal({ ...one, "@context": null }, { ...other, "@context": null });
}

/** Whether two annotations say the same, whoever wrote them and when. */
function isSame(one: Annotation, other: Annotation): boolean {
  const said = (annotation: Annotation) =>
    Object.fromEntries(Object.entries(annotation).filter(([name]) => !STAMPED.includes(name)));
  return equal(said(one), said(other));
}
