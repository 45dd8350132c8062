/** The ways through the pictures of one image: pages, z and t, and what a slide carries along. */

import type { Part } from "./useDetails";

export interface Ways {
  /** How many pages there are; 1 where the image is no document. */
  pages: number;
  z: number;
  t: number;
  associated: Part[];
}

export interface Place {
  page: number;
  z: number;
  t: number;
  image: string | null;
}

export function waysOf(parts: Part[]): Ways {
  const places = parts.map(({ name }) => readPlace(name.split(";")));
  const most = (axis: "page" | "z" | "t") => Math.max(1, ...places.map((place) => place[axis]));
  return {
    pages: most("page"),
    z: most("z"),
    t: most("t"),
    associated: parts.filter(({ name }) => name.startsWith("image=")),
  };
}

export function readPlace(fields: string[]): Place {
  const said = new Map(fields.map((field) => field.split("=", 2) as [string, string]));
  const number = (axis: string) => Number(said.get(axis) ?? 1);
  return { page: number("page"), z: number("z"), t: number("t"), image: said.get("image") ?? null };
}

export function formatPlace({ page, z, t, image }: Place): string[] {
  if (image !== null) return [`image=${image}`];
  return Object.entries({ page, z, t }).flatMap(([axis, number]) => (number > 1 ? [`${axis}=${number}`] : []));
}
