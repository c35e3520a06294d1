import { createHmac } from 'node:crypto';
import { type Answer, type Fleet, WEBHOOK_KEY } from './fleet.js';
import { BUSY_ORGANIZATIONS, type Part, QUIET_ORGANIZATIONS, type View } from './operations.js';

/** At most one page. */
const MAX_MEMBERS = 100;

const PATHS = {
  organization: '',
  overview: '/overview?include=roles',
  members: `/users?page_size=${MAX_MEMBERS}`,
} as const satisfies Record<View, string>;

const EVENTS = {
  description: 'Organization.Data.Updated',
  members: 'Organization.Membership.Updated',
} as const satisfies Record<Part, string>;

/** The organizations under test. Their version is a number in the description, and the number of added members. */
export class Company {
  private constructor(
    private readonly fleet: Fleet,
    private readonly organizations: readonly string[],
    /** The users who become members, in this order. */
    private readonly people: readonly string[],
  ) {}

  static async create(fleet: Fleet): Promise<Company> {
    const createOrganization = async (name: string): Promise<string> => {
      const { json } = await fleet.tokens.api('POST', '/api/organizations', { name, description: '0' });
      return (json as { id: string }).id;
    };
    const crowd = await createOrganization('crowd');
    fleet.sandbox.populate(crowd, MAX_MEMBERS);
    const { json } = await fleet.tokens.api('GET', `/api/organizations/${crowd}/users?page_size=${MAX_MEMBERS}`);
    const people = (json as { id: string }[]).map(({ id }) => id);
    const count = BUSY_ORGANIZATIONS + QUIET_ORGANIZATIONS;
    const organizations = await Promise.all(Array.from({ length: count }, () => createOrganization('subject')));
    return new Company(fleet, organizations, people);
  }

  /** Whether this version is possible. */
  has(part: Part, version: number): boolean {
    return part === 'description' || version <= this.people.length;
  }

  read(view: View, organization: number, replica: number): Promise<Answer | undefined> {
    return this.fleet.call(replica, 'GET', this.#path(organization) + PATHS[view]);
  }

  /** The version in a response. */
  versionIn(view: View, body: unknown): number {
    if (view === 'members')
      return Math.max(0, ...(body as { id: string }[]).map(({ id }) => this.people.indexOf(id) + 1));
    const organization = view === 'organization' ? body : (body as { organization: unknown }).organization;
    return Number((organization as { description: string }).description);
  }

  async write(part: Part, organization: number, replica: number, version: number): Promise<Answer | undefined> {
    const { method, path, body } = this.#change(part, organization, version);
    return this.fleet.call(replica, method, path, body);
  }

  /** Changes Logto behind the gateway's back, and sends a replica the webhook. */
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

  /** Matches the paths of a part at Logto. */
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
