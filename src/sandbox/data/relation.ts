/** A many-to-many relation, in insertion order. */
export class Relation {
  private readonly pairs = new Map<string, Set<string>>();

  get(id: string): ReadonlySet<string> {
    return this.pairs.get(id) ?? new Set();
  }

  /** Returns the ids that were new. */
  add(id: string, others: readonly string[]): string[] {
    const held = this.pairs.get(id) ?? new Set();
    const added = [...new Set(others)].filter((other) => !held.has(other));
    for (const other of added) held.add(other);
    this.pairs.set(id, held);
    return added;
  }

  replace(id: string, others: readonly string[]): void {
    this.pairs.set(id, new Set(others));
  }

  remove(id: string, other: string): boolean {
    return this.pairs.get(id)?.delete(other) ?? false;
  }

  /** The ids that are related to `other`. */
  holders(other: string): string[] {
    return [...this.pairs].filter(([, held]) => held.has(other)).map(([id]) => id);
  }

  /** Removes all pairs with this id on either side. */
  removeAll(id: string): void {
    this.pairs.delete(id);
    for (const held of this.pairs.values()) held.delete(id);
  }
}
