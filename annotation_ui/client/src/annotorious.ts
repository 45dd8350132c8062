/** Annotorious 3 on a store: what is drawn is kept, what others do is shown. */

import type { Annotator, Binding, BindingOptions, Drawn } from "./binding.ts";
import { copyOf, equal } from "./json.ts";
import { cleanNew, drawable, mergeEdit } from "./merging.ts";
import type { Annotation, Change, Conflict, Gone, Outcome, StoredAnnotation } from "./model.ts";
import { sleep } from "./requests.ts";
import type { AnnotationStore } from "./store.ts";
import { isAbout } from "./targets.ts";

export type { Annotator, Binding, BindingOptions, Collision } from "./binding.ts";

const REMOTE = "REMOTE";
const LONGEST_START_MS = 3000;

/**
 * Shows the canvas's annotations and keeps both sides the same from then on. Resolves when they are shown.
 * `anno.clearAnnotations()` deletes each of them, in the store too: unbind first. Throws StoreError.
 */
export async function bindAnnotorious(
  anno: Annotator,
  store: AnnotationStore,
  options: BindingOptions,
): Promise<Binding> {
  const bound = new Bound(anno, store, options);
  await bound.begin();
  return bound;
}

class Bound implements Binding {
  readonly #anno: Annotator;
  readonly #store: AnnotationStore;
  readonly #options: BindingOptions;
  readonly #ids = new Map<string, string>();
  /** By IRI: the annotation as Annotorious gave it back when it was shown or written. */
  readonly #shown = new Map<string, Annotation>();
  readonly #undrawn = new Set<string>();
  /** IRIs that others changed while they are selected here. */
  readonly #held = new Set<string>();
  /** Writes and changes, one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #stop: () => void = () => undefined;
  readonly #listeners: [string, (...args: any[]) => void][];

  constructor(anno: Annotator, store: AnnotationStore, options: BindingOptions) {
    this.#anno = anno;
    this.#store = store;
    this.#options = options;
    this.#listeners = [
      ["createAnnotation", (drawn: Drawn) => this.#enqueue(drawn.id, () => this.#create(drawn, drawn))],
      ["updateAnnotation", (drawn: Drawn) => this.#enqueue(drawn.id, () => this.#update(drawn))],
      ["deleteAnnotation", (drawn: Drawn) => this.#enqueue(drawn.id, () => this.#delete(drawn))],
      ["selectionChanged", () => this.#release()],
    ];
  }

  get undrawn(): number {
    return this.#undrawn.size;
  }

  iriOf(id: string): string {
    return this.#store.iriOf(id);
  }

  async settled(): Promise<void> {
    for (let last: unknown; last !== this.#queue; ) {
      last = this.#queue;
      await this.#queue;
    }
  }

  reload(): Promise<void> {
    return this.#enqueue(null, () => this.#load());
  }

  unbind(): void {
    this.#stop();
    for (const [event, listener] of this.#listeners) this.#anno.off(event, listener);
  }

  async begin(): Promise<void> {
    const { live = true, pollS } = this.#options;
    if (live) {
      const heard = (change: Change) => void this.#enqueue(null, () => this.#hear(change));
      const watching = this.#store.watch(heard, pollS === undefined ? {} : { pollS });
      this.#stop = watching.stop;
      const begun = new AbortController();
      void watching.ready.then(() => begun.abort());
      await sleep(LONGEST_START_MS, begun.signal);
    }
    try {
      await this.#load();
    } catch (error) {
      this.unbind();
      throw error;
    }
    for (const [event, listener] of this.#listeners) this.#anno.on(event, listener);
  }

  #enqueue(id: string | null, act: () => Promise<void> | void): Promise<void> {
    const done = this.#queue.then(act).catch((error: unknown) => this.#options.onError?.(error, id));
    this.#queue = done;
    return done;
  }

  async #load(): Promise<void> {
    const gone = new Set(this.#shown.keys());
    this.#undrawn.clear();
    const edited = (iri: string) => this.#hold(iri);
    for await (const page of this.#store.pages(this.#options.canvas, { edited })) {
      for (const annotation of page) gone.delete(annotation.id);
      this.#show(page.filter((annotation) => !this.#held.has(annotation.id)));
    }
    for (const iri of gone) if (!this.#hold(iri)) this.#hide(iri);
  }

  /** What Annotorious calls an annotation. */
  #idOf(iri: string): string {
    return this.#ids.get(iri) ?? iri;
  }

  #show(annotations: StoredAnnotation[]): void {
    const drawn = annotations.flatMap((annotation) => {
      const simple = drawable(annotation, this.#options.canvas);
      this.#undrawn[simple ? "delete" : "add"](annotation.id);
      return simple ? [{ ...simple, id: this.#idOf(annotation.id) }] : [];
    });
    this.#anno.setAnnotations(drawn, false);
    for (const { id } of annotations) this.#remember(id);
  }

  #hide(iri: string): void {
    const id = this.#idOf(iri);
    this.#shown.delete(iri);
    this.#undrawn.delete(iri);
    if (this.#anno.getAnnotationById(id)) this.#anno.state.store.deleteAnnotation(id, REMOTE);
  }

  #remember(iri: string, drawn: Drawn = this.#anno.getAnnotationById(this.#idOf(iri))): void {
    if (drawn) this.#shown.set(iri, copyOf(drawn));
  }

  async #create(annotation: Annotation, drawn: Drawn): Promise<void> {
    const { defaults = { motivation: "commenting" } } = this.#options;
    const saved = await this.#store.create({ ...defaults, ...cleanNew(annotation), id: drawn.id });
    this.#ids.set(saved.id, drawn.id);
    this.#remember(saved.id, drawn);
    this.#options.onSaved?.(saved, drawn.id);
  }

  async #update(drawn: Drawn): Promise<void> {
    const iri = this.#store.iriOf(drawn.id);
    const original = this.#store.seen(iri);
    const before = this.#shown.get(iri);
    if (!original || !before) return this.#create(drawn, drawn); // its creation failed
    const mine = mergeEdit(original, before, copyOf(drawn), this.#options.canvas);
    if (equal(mine, original)) return;
    this.#finish(await this.#store.update(iri, mine), mine, drawn);
  }

  async #delete(drawn: Drawn): Promise<void> {
    const iri = this.#store.iriOf(drawn.id);
    if (!this.#shown.has(iri)) return; // it was never written
    try {
      this.#finish(await this.#store.delete(iri), null, drawn);
    } catch (error) {
      const kept = this.#store.seen(iri);
      if (kept) this.#show([kept]);
      throw error;
    }
  }

  #finish(outcome: Outcome, mine: Annotation | null, drawn: Drawn): void {
    const iri = outcome.id;
    if (outcome.kind === "saved") {
      this.#remember(iri, drawn);
      this.#held.delete(iri);
    } else if (outcome.kind === "conflict" || mine !== null) {
      return this.#collide(outcome, mine, drawn);
    } else {
      this.#shown.delete(iri);
      this.#held.delete(iri);
    }
    this.#options.onSaved?.(outcome, drawn.id);
  }

  #collide(outcome: Conflict | Gone, mine: Annotation | null, drawn: Drawn): void {
    const theirs = outcome.kind === "conflict" ? outcome : null;
    const takeTheirs = () => {
      this.#held.delete(outcome.id);
      if (!theirs) return this.#hide(outcome.id);
      this.#show([this.#store.accept(theirs).annotation]);
    };
    const keepMine = () => this.#enqueue(drawn.id, () => this.#overwrite(theirs, mine, drawn));
    const tell = this.#options.onCollision;
    if (!tell) return takeTheirs();
    this.#held.delete(outcome.id);
    tell({ iri: outcome.id, id: drawn.id, mine, theirs: theirs?.annotation ?? null, takeTheirs, keepMine });
  }

  async #overwrite(theirs: Conflict | null, mine: Annotation | null, drawn: Drawn): Promise<void> {
    if (!theirs) return this.#create({ ...mine, via: drawn.id }, drawn);
    const { id, etag } = theirs;
    const outcome = mine ? await this.#store.update(id, mine, { etag }) : await this.#store.delete(id, { etag });
    this.#finish(outcome, mine, drawn);
  }

  async #hear(change: Change): Promise<void> {
    if (change.kind === "any") return this.#load();
    const { id: iri } = change;
    if (change.kind === "delete") {
      if (this.#shown.has(iri) && !this.#hold(iri)) this.#hide(iri);
      return;
    }
    if (this.#store.isSeen(iri, change.etag) || this.#hold(iri)) return;
    await this.#refresh(iri);
  }

  async #refresh(iri: string): Promise<void> {
    const current = await this.#store.get(iri);
    if (current.kind === "gone" || !isAbout(current.annotation, this.#options.canvas)) return this.#hide(iri);
    this.#show([this.#store.accept(current).annotation]);
  }

  /** Whether an annotation is selected: what others did to it is shown when it no longer is. */
  #hold(iri: string): boolean {
    const id = this.#idOf(iri);
    const selected = this.#anno.getSelected().some((drawn: Drawn) => drawn.id === id);
    if (selected) this.#held.add(iri);
    return selected;
  }

  /**
   * An edit that the end of a selection saves comes before this one in the queue, or collides and is asked about. What
   * is no longer there is about to be deleted, which the end of its selection comes before.
   */
  #release(): void {
    for (const iri of this.#held) {
      void this.#enqueue(null, async () => {
        if (!this.#anno.getAnnotationById(this.#idOf(iri)) || this.#hold(iri)) return;
        if (this.#held.delete(iri)) await this.#refresh(iri);
      });
    }
  }
}
