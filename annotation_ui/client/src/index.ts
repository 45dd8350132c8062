export type * from "./model.ts";
export { type Fetch, type Problem, StoreError } from "./requests.ts";
export { AnnotationStore, type ListOptions, type StoreOptions } from "./store.ts";
export { isAbout, regionsOf, sourceOf } from "./targets.ts";
export type { WatchOptions, Watching } from "./watching.ts";
