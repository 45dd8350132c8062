/** The storage adapter that mirador-annotations and mirador-annotation-editor take, on a store. */

import { copyOf, equal, listOf } from "./json.ts";
import type { Annotation, Conflict, Gone, Selector, SpecificTarget, StoredAnnotation, Target } from "./model.ts";
import type { AnnotationStore } from "./store.ts";
import { boxOf } from "./targets.ts";

export interface AdapterOptions {
  /**
   * The id of the page that Mirador keeps the canvas's annotations under. With the one that the manifest names, they
   * take that page's place; with another, Mirador shows those of both. By default the one that Pigture's manifests
   * name for the container.
   */
  annotationPageId?: (canvasId: string) => string;
  /** What the editor writes beside an annotation; the store sets the creator itself. */
  user?: string;
  /** Somebody else changed or deleted what was to be written; the page shows their version. */
  onCollision?: (outcome: Conflict | Gone, mine: Annotation | null) => void;
  /** A request that failed; the page shows what the store has. Without it the error is thrown. */
  onError?: (error: unknown) => void;
}

export interface AnnotationPage {
  id: string;
  type: "AnnotationPage";
  items: StoredAnnotation[];
}

/** For Mirador's configuration: `annotation: { adapter: miradorAdapter(store) }`. */
export function miradorAdapter(
  store: AnnotationStore,
  options: AdapterOptions = {},
): (canvasId: string) => StoreAdapter {
  return (canvasId) => new StoreAdapter(store, canvasId, options);
}

export class StoreAdapter {
  readonly annotationPageId: string;
  readonly #store: AnnotationStore;
  readonly #canvas: string;
  readonly #options: AdapterOptions;

  constructor(store: AnnotationStore, canvasId: string, options: AdapterOptions = {}) {
    this.annotationPageId = options.annotationPageId?.(canvasId) ?? pageOf(store.container, canvasId);
    this.#store = store;
    this.#canvas = canvasId;
    this.#options = options;
  }

  getStorageAdapterUser(): string {
    return this.#options.user ?? "";
  }

  /** The page with the new annotation in it. */
  async create(annotation: Annotation): Promise<AnnotationPage> {
    return this.#write(annotation, () => this.#store.create(sent(annotation)));
  }

  /** The page with what is in force now. */
  async update(annotation: Annotation): Promise<AnnotationPage> {
    const iri = this.#store.iriOf(annotation.id ?? "");
    const original = this.#store.seen(iri);
    const mine = original ? mergeShown(original, sent(annotation)) : sent(annotation);
    return this.#write(mine, () => this.#store.update(iri, mine));
  }

  /** The page without it. */
  async delete(annotationId: string): Promise<AnnotationPage> {
    return this.#write(null, () => this.#store.delete(annotationId));
  }

  async get(annotationId: string): Promise<StoredAnnotation | null> {
    const found = await this.#store.get(annotationId);
    return found.kind === "gone" ? null : shown(this.#store.accept(found).annotation);
  }

  /** All annotations of the canvas, in one page. */
  async all(): Promise<AnnotationPage> {
    const items = await this.#store.load(this.#canvas);
    return { id: this.annotationPageId, type: "AnnotationPage", items: items.map(shown) };
  }

  async #write(
    mine: Annotation | null,
    act: () => Promise<{ kind: "saved" } | Conflict | Gone>,
  ): Promise<AnnotationPage> {
    try {
      const outcome = await act();
      const lost = outcome.kind === "conflict" || (outcome.kind === "gone" && mine !== null);
      if (lost) this.#options.onCollision?.(outcome, mine);
    } catch (error) {
      if (!this.#options.onError) throw error;
      this.#options.onError(error);
    }
    return this.all();
  }
}

/** The container's page of a canvas for IIIF viewers. */
function pageOf(container: string, canvasId: string): string {
  const layer = container.replace(/\/annotations\/([^/]+)\/$/, "/iiif/annotations/3/$1/");
  const escape = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return `${layer}page?canvas=${encodeURIComponent(canvasId).replace(/[!'()*]/g, escape)}`;
}

/**
 * As Mirador and the editors show it: they leave out what has no motivation, read a box as `xywh=x,y,w,h` in whole
 * pixels, and take a creator for a text.
 */
function shown(annotation: StoredAnnotation): StoredAnnotation {
  const copy: StoredAnnotation = { motivation: "commenting", ...copyOf(annotation) };
  const { target, creator } = copy;
  if (typeof creator === "object" && creator !== null && "name" in creator) copy["creator"] = creator.name;
  if (target === undefined) return copy;
  return { ...copy, target: Array.isArray(target) ? target.map(plainTarget) : plainTarget(target) };
}

function plainTarget(target: Target): Target {
  if (typeof target === "string") {
    const [source, fragment] = target.split("#", 2) as [string, string | undefined];
    const plain = plainBox({ value: fragment ?? "" });
    return plain === null ? target : `${source}#${plain}`;
  }
  if (target.selector === undefined) return target;
  const plain = listOf(target.selector).map((item) => {
    const box = typeof item === "string" ? null : plainBox(item);
    return box === null || typeof item === "string" ? item : { ...item, value: box };
  });
  return { ...target, selector: Array.isArray(target.selector) ? plain : (plain[0] as string | Selector) };
}

function plainBox(selector: Selector): string | null {
  const box = boxOf(selector);
  return box && `xywh=${box.map(Math.round).join(",")}`;
}

/** As the store takes it: editors add a selector of no fragment to those of a shape, and leave keys without a value. */
function sent(annotation: Annotation): Annotation {
  const { target, ...rest } = copyOf(annotation);
  if (target === undefined || target === null) return rest;
  return { ...rest, target: Array.isArray(target) ? target.map(sentTarget) : sentTarget(target) };
}

function sentTarget(target: Target): Target {
  if (typeof target === "string") return target.replace(/#$/, "");
  const selectors = listOf(target.selector).flatMap((item) => {
    if (typeof item === "string" || item.type !== "FragmentSelector") return [item];
    const value = (item.value ?? "").replace(/^.*#/s, "");
    return value ? [{ ...item, value }] : [];
  });
  const { selector: _, ...rest } = target;
  const moved: SpecificTarget = { type: "SpecificResource", ...rest };
  if (selectors.length) moved.selector = selectors.length === 1 ? (selectors[0] as Selector) : selectors;
  return moved;
}

/** What was not changed stays as it is stored, decimals of a box and all. */
function mergeShown(original: StoredAnnotation, edited: Annotation): Annotation {
  const before = sent(shown(original));
  const merged: Annotation = { ...edited };
  for (const name of Object.keys(merged)) if (equal(merged[name], before[name])) merged[name] = original[name];
  for (const name of ["via", "canonical"]) if (name in original) merged[name] = original[name];
  return merged;
}
