/** Notes on an image: annotations as the panel shows them. PURE. */

import { listOf } from "../../../client/src/json.ts";
import type { Annotation, Body, StoredAnnotation } from "../../../client/src/model.ts";

/** The words of an annotation's text bodies, without marks of HTML, which is never put into the page. */
export function textOf(annotation: Annotation): string {
  return textBodies(annotation).map(plain).filter(Boolean).join("\n");
}

/** The annotation with another text in the place of its first one. */
export function withText(annotation: Annotation, value: string): Annotation {
  const bodies = listOf(annotation.body);
  const first = textBodies(annotation)[0];
  const body: Body = { type: "TextualBody", purpose: "commenting", ...first, format: "text/plain", value };
  const changed = first ? bodies.map((item) => (item === first ? body : item)) : [body, ...bodies];
  return { ...annotation, body: changed.length === 1 ? body : changed };
}

export function authorOf(annotation: StoredAnnotation): string {
  const creator = annotation["creator"];
  if (typeof creator === "string") return creator;
  return typeof creator === "object" && creator !== null && "name" in creator ? String(creator.name) : "";
}

const textBodies = (annotation: Annotation) =>
  listOf(annotation.body).filter((body): body is Body => typeof body === "object" && typeof body.value === "string");

function plain({ value = "", format }: Body): string {
  const marked = format === "text/html" || /^\s*<\w/.test(value);
  const text = marked ? new DOMParser().parseFromString(value, "text/html").body.textContent : value;
  return (text ?? "").trim();
}
