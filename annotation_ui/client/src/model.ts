/** Annotations as the Web Annotation Data Model writes them, and what comes of a request. */

export const CONTEXT = "http://www.w3.org/ns/anno.jsonld";

export interface Body {
  id?: string;
  type?: string;
  purpose?: string;
  value?: string;
  [name: string]: unknown;
}

export interface Selector {
  type?: string;
  value?: string;
  [name: string]: unknown;
}

export interface SpecificTarget {
  id?: string;
  type?: string;
  source?: string | { id?: string; [name: string]: unknown };
  selector?: string | Selector | (string | Selector)[];
  [name: string]: unknown;
}

export type Target = string | SpecificTarget;

/** What a client sends. Keys that are not known here are kept. */
export interface Annotation {
  id?: string;
  type?: string | string[];
  body?: string | Body | (string | Body)[];
  target?: Target | Target[];
  via?: string | string[];
  [name: string]: unknown;
}

/** What the store gives back: `id` is the annotation's IRI. */
export interface StoredAnnotation extends Annotation {
  id: string;
}

/** Written, and this is how it is kept. */
export interface Saved {
  kind: "saved";
  id: string;
  etag: string;
  annotation: StoredAnnotation;
}

/** Somebody changed it meanwhile; nothing was written. `annotation` and `etag` are those of the version in force. */
export interface Conflict {
  kind: "conflict";
  id: string;
  etag: string;
  annotation: StoredAnnotation;
}

/** It was deleted, now or before. */
export interface Gone {
  kind: "gone";
  id: string;
}

export type Outcome = Saved | Conflict | Gone;

/** What somebody did; `any` where only this is known that something may have changed. */
export type Change =
  | { kind: "create" | "update"; id: string; etag: string | null }
  | { kind: "delete"; id: string }
  | { kind: "any" };
