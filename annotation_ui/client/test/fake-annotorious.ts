/** Annotorious' side of the binding: what is shown, what is selected, and its events, which come a moment later. */

type Drawn = Record<string, any>;

export class FakeAnnotorious {
  readonly shown = new Map<string, Drawn>();
  selected: string[] = [];
  readonly #listeners = new Map<string, ((...args: any[]) => void)[]>();
  readonly state = { store: { deleteAnnotation: (id: string) => void this.shown.delete(id) } };

  on(event: string, callback: (...args: any[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback]);
  }

  off(event: string, callback: (...args: any[]) => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? []).filter((item) => item !== callback));
  }

  setAnnotations(annotations: Drawn[]): void {
    for (const annotation of annotations) this.shown.set(annotation["id"], structuredClone(annotation));
  }

  getAnnotationById = (id: string): Drawn | undefined => this.shown.get(id);

  getSelected = (): Drawn[] => this.selected.map((id) => this.shown.get(id) as Drawn);

  values(): string[] {
    return [...this.shown.values()].map(({ body }) => body[0]?.value);
  }

  /** What a user does. */
  draw(annotation: Drawn): void {
    this.shown.set(annotation["id"], annotation);
    this.#emit("createAnnotation", annotation);
  }

  edit(id: string, changes: Drawn): void {
    const before = this.shown.get(id) as Drawn;
    this.shown.set(id, { ...before, ...changes });
    this.#emit("updateAnnotation", this.shown.get(id), before);
  }

  erase(id: string): void {
    const before = this.shown.get(id);
    this.shown.delete(id);
    if (this.selected.includes(id)) this.select(...this.selected.filter((other) => other !== id));
    this.#emit("deleteAnnotation", before);
  }

  select(...ids: string[]): void {
    this.selected = ids;
    this.#emit("selectionChanged", this.getSelected());
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...structuredClone(args));
  }
}
