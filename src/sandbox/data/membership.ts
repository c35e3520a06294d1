// Beyond this many ids at once, sorting the list again when it is next read is cheaper than finding each its place.
const FEW = 64;

/** Who belongs to one organization, and with which roles. Ids stay sorted, so that a page of 100,000 members is a slice. */
export class Membership {
  private readonly roles = new Map<string, Set<string>>();
  private sorted: string[] = [];
  private stale = false;

  get size(): number {
    return this.roles.size;
  }

  has(id: string): boolean {
    return this.roles.has(id);
  }

  /** All ids in order; not to be changed. */
  ids(): readonly string[] {
    if (this.stale) this.sorted = [...this.roles.keys()].toSorted();
    this.stale = false;
    return this.sorted;
  }

  rolesOf(id: string): ReadonlySet<string> | undefined {
    return this.roles.get(id);
  }

  /** Gives back who was new. */
  add(ids: readonly string[]): string[] {
    const added = [...new Set(ids)].filter((id) => !this.roles.has(id));
    for (const id of added) this.roles.set(id, new Set());
    if (added.length > FEW) this.stale = true;
    else if (!this.stale) for (const id of added) this.sorted.splice(this.placeOf(id), 0, id);
    return added;
  }

  remove(id: string): boolean {
    if (!this.roles.delete(id)) return false;
    if (!this.stale) this.sorted.splice(this.placeOf(id), 1);
    return true;
  }

  /** Those who stay keep their roles. */
  replace(ids: readonly string[]): { added: string[]; removed: string[] } {
    const staying = new Set(ids);
    const removed = [...this.roles.keys()].filter((id) => !staying.has(id));
    for (const id of removed) this.roles.delete(id);
    if (removed.length > 0) this.stale = true;
    return { added: this.add(ids), removed };
  }

  giveRoles(id: string, roleIds: readonly string[]): void {
    const held = this.roles.get(id);
    for (const roleId of roleIds) held?.add(roleId);
  }

  setRoles(id: string, roleIds: readonly string[]): void {
    if (this.roles.has(id)) this.roles.set(id, new Set(roleIds));
  }

  takeRole(id: string, roleId: string): boolean {
    return this.roles.get(id)?.delete(roleId) ?? false;
  }

  /** A role that is no more is held by nobody. */
  forgetRole(roleId: string): void {
    for (const held of this.roles.values()) held.delete(roleId);
  }

  private placeOf(id: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.sorted[middle] ?? '') < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
