/** JSON values, compared as values. */

/** Whether two values are the same JSON; the order of keys and keys without a value do not count. */
export function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, index) => equal(item, other[index]));
  }
  const left = one as Record<string, unknown>;
  const right = other as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => equal(left[key], right[key]));
}

/** `value` as a list: nothing is an empty one. */
export function listOf<T>(value: T | null | undefined): Item<T>[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? [...value] : [value]) as Item<T>[];
}

type Item<T> = T extends readonly (infer I)[] ? I : T;

/** A copy that shares nothing with `value`. */
export const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
