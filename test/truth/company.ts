import { createHmac } from 'node:crypto';
import { type Answer, type Fleet, WEBHOOK_KEY } from './fleet.js';
import { BUSY_ORGANIZATIONS, type Part, QUIET_ORGANIZATIONS, type View } from './operations.js';

/** A page of members holds them all. */
const MOST_MEMBERS = 100;

const PATHS = {
  organization: '',
  overview: '/overview?include=roles',
  members: `/users?page_size=${MOST_MEMBERS}`,
} as const satisfies Record<View, string>;

const EVENTS = {
  description: 'Organization.Data.Updated',
  members: 'Organization.Membership.Updated',
} as const satisfies Record<Part, string>;

/** Organizations whose description is a growing number, and which get one member after another. */
export class Company {
  private constructor(
    private readonly fleet: Fleet,
    private readonly organizations: readonly string[],
    /** Who becomes a member, in this order. */
    private readonly people: readonly string[],
  ) {}

  static async found(fleet: Fleet): Promise<Company> {
    const create = async (name: string): Promise<string> => {
      const { json } = await fleet.tokens.api('POST', '/api/organizations', { name, description: '0' });
      return (json as { id: string }).id;
    };
    const crowd = await create('crowd');
    fleet.sandbox.populate(crowd, MOST_MEMBERS);
    const { json } = await fleet.tokens.api('GET', `/api/organizations/${crowd}/users?page_size=${MOST_MEMBERS}`);
    const people = (json as { id: string }[]).map(({ id }) => id);
    const count = BUSY_ORGANIZATIONS + QUIET_ORGANIZATIONS;
    const organizations = await Promise.all(Array.from({ length: count }, () => create('subject')));
    return new Company(fleet, organizations, people);
  }

  /** Whether there can be such a version. */
  has(part: Part, version: number): boolean {
    return part === 'description' || version <= this.people.length;
  }

  read(view: View, organization: number, replica: number): Promise<Answer | undefined> {
    return this.fleet.call(replica, 'GET', this.#path(organization) + PATHS[view]);
  }

  /** The version that an answer shows. */
  versionIn(view: View, body: unknown): number {
    if (view === 'members')
      return Math.max(0, ...(body as { id: string }[]).map(({ id }) => this.people.indexOf(id) + 1));
    const shown = view === 'organization' ? body : (body as { organization: unknown }).organization;
    return Number((shown as { description: string }).description);
  }

  async write(part: Part, organization: number, replica: number, version: number): Promise<Answer | undefined> {
    const { method, path, body } = this.#change(part, organization, version);
    return this.fleet.call(replica, method, path, body);
  }

  /** Changes Logto past the gateway and tells a replica, as Logto's webhook does. */
  async writeBehind(part: Part, organization: number, replica: number, version: number): Promise<Answer | undefined> {
    const { method, path, body } = this.#change(part, organization, version);
    const { status } = await this.fleet.tokens.api(method, path, body);
    if (status >= 300) throw new Error(`the change behind the gateway's back was answered ${status}`);
    const event = {
      event: EVENTS[part],
      createdAt: new Date().toISOString(),
      ...(part === 'members' && { organizationId: this.organizations[organization] }),
      data: { id: this.organizations[organization] },
      nonce: `${part} ${organization} ${version}`,
    };
    const text = JSON.stringify(event);
    const signature = createHmac('sha256', WEBHOOK_KEY).update(text).digest('hex');
    return this.fleet.call(replica, 'POST', '/webhooks/logto', text, { 'logto-signature-sha-256': signature });
  }

  /** What matches Logto's own path of a part. */
  pathAtLogto(part: Part, organization: number): RegExp {
    return new RegExp(`${this.organizations[organization]}${part === 'members' ? '/users' : '$'}`);
  }

  #change(part: Part, organization: number, version: number) {
    const path = this.#path(organization);
    return part === 'description'
      ? ({ method: 'PATCH', path, body: { description: String(version) } } as const)
      : ({ method: 'POST', path: `${path}/users`, body: { userIds: [this.people[version - 1]] } } as const);
  }

  #path(organization: number): string {
    return `/api/organizations/${this.organizations[organization]}`;
  }
}
