/** What the binding of Annotorious takes and gives. */

import type { Annotation, Outcome, StoredAnnotation } from "./model.ts";

// Any annotation that a W3C adapter makes; Annotorious' own types are narrower, and differ between its packages.
export type Drawn = any;

/** What is used of an annotator with the adapter W3CImageFormat: `@annotorious/openseadragon`'s or another's. */
export interface Annotator {
  on(event: any, callback: (...args: any[]) => void): void;
  off(event: any, callback: (...args: any[]) => void): void;
  setAnnotations(annotations: Drawn[], replace?: boolean): void;
  getAnnotationById(id: string): Drawn | undefined;
  getSelected(): Drawn[];
  state: { store: { deleteAnnotation(id: any, origin?: any): void } };
}

/** A write that came too late: somebody else changed or deleted the annotation. */
export interface Collision {
  /** The annotation's IRI, and what Annotorious calls it. */
  iri: string;
  id: string;
  /** What was to be written; null: it was to be deleted. */
  mine: Annotation | null;
  /** The version in force; null: it was deleted. */
  theirs: StoredAnnotation | null;
  /** Shows the other's version. */
  takeTheirs(): void;
  /** Writes this one over it; of one that was deleted, as a new annotation. */
  keepMine(): Promise<void>;
}

export interface BindingOptions {
  /** The IRI of the canvas (or image) that is shown; the source of W3CImageFormat is the same. */
  canvas: string;
  /** What each new annotation has besides; a motivation, as IIIF viewers want one. */
  defaults?: Annotation;
  /** Whether the changes of others appear by themselves. */
  live?: boolean;
  /** Seconds between looks at a store that sends no events; 0: none. */
  pollS?: number;
  /** Without it the other's version is shown. */
  onCollision?: (collision: Collision) => void;
  /** A write or a load that failed: a StoreError as a rule. What was drawn stays on the page. */
  onError?: (error: unknown, id: string | null) => void;
  /** After each write that succeeded. */
  onSaved?: (outcome: Outcome, id: string) => void;
}

export interface Binding {
  /** How many annotations of the canvas have no region that can be drawn: notes on the whole of it, for instance. */
  readonly undrawn: number;
  /** The IRI of what Annotorious calls `id`. */
  iriOf(id: string): string;
  /** Resolves when everything that was drawn so far is written, or was refused. */
  settled(): Promise<void>;
  /** Loads everything anew. What is selected stays as it is. */
  reload(): Promise<void>;
  /** Ends both directions; the annotations stay on the page. */
  unbind(): void;
}
