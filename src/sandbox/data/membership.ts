// For more new ids than this, sorting the list at the next read is cheaper than inserting each one.
const INSERT_LIMIT = 64;

/** The members of one organization and their roles. Ids are kept sorted, so that a page of 100,000 members is a slice. */
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

  /** All ids, sorted. */
  ids(): readonly string[] {
    if (this.stale) this.sorted = [...this.roles.keys()].toSorted();
    this.stale = false;
    return this.sorted;
  }

  rolesOf(id: string): ReadonlySet<string> | undefined {
    return this.roles.get(id);
  }

  /** Returns the ids that were new. */
  add(ids: readonly string[]): string[] {
    const added = [...new Set(ids)].filter((id) => !this.roles.has(id));
    for (const id of added) this.roles.set(id, new Set());
    if (added.length > INSERT_LIMIT) this.stale = true;
    else if (!this.stale) for (const id of added) this.sorted.splice(this.insertionIndex(id), 0, id);
    return added;
  }

  remove(id: string): boolean {
    if (!this.roles.delete(id)) return false;
    if (!this.stale) this.sorted.splice(this.insertionIndex(id), 1);
    return true;
  }

  /** Existing members keep their roles. */
  replace(ids: readonly string[]): { added: string[]; removed: string[] } {
    const kept = new Set(ids);
    const removed = [...this.roles.keys()].filter((id) => !kept.has(id));
    for (const id of removed) this.roles.delete(id);
    if (removed.length > 0) this.stale = true;
    return { added: this.add(ids), removed };
  }

  addRoles(id: string, roleIds: readonly string[]): void {
    const held = this.roles.get(id);
    for (const roleId of roleIds) held?.add(roleId);
  }

  setRoles(id: string, roleIds: readonly string[]): void {
    if (this.roles.has(id)) this.roles.set(id, new Set(roleIds));
  }

  removeRole(id: string, roleId: string): boolean {
    return this.roles.get(id)?.delete(roleId) ?? false;
  }

  /** Removes a deleted role from all members. */
  removeRoleEverywhere(roleId: string): void {
    for (const held of this.roles.values()) held.delete(roleId);
  }

  private insertionIndex(id: string): number {
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
