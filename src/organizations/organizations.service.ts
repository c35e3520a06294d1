import { Inject, Injectable } from '@nestjs/common';
import { pagingOf } from '../http/input/paging.dto.js';
import { represent, representPage, Representation } from '../http/answers/representation.js';
import { KeyedMutex } from '../locks/keyed-mutex.js';
import type { Leases } from '../redis/lease.js';
import { LEASES } from '../redis/redis.tokens.js';
import type { ListOrganizationsDto } from './list-organizations.dto.js';
import type { CreateOrganizationDto, OrganizationDto, UpdateOrganizationDto } from './organization.dto.js';
import { MergeOrganizationDto } from './merge-organization.dto.js';
import { mergePatch } from './merge-patch.js';
import { OrganizationsUpstream } from './organizations.upstream.js';
import { requireMatch } from './precondition.js';

/** The values that Logto interprets as true; all others are false. */
const YES = new Set(['true', '1', 'yes', 'y']);

/** The fields that a merge patch merges. Both kinds of PATCH replace the others. */
const MERGED = ['customData', 'color', 'branding'] as const;

@Injectable()
export class OrganizationsService {
  readonly #mutex: KeyedMutex;

  constructor(
    private readonly logto: OrganizationsUpstream,
    @Inject(LEASES) leases: Leases | undefined,
  ) {
    this.#mutex = new KeyedMutex(leases);
  }

  async list(query: ListOrganizationsDto): Promise<Representation> {
    const paging = pagingOf(query);
    const reply = await this.logto.list({
      q: query.q,
      showFeatured: YES.has(query.showFeatured?.toLowerCase() ?? ''),
      paging,
    });
    return representPage(reply, paging);
  }

  async find(id: string): Promise<Representation> {
    return represent(await this.logto.find(id));
  }

  async create(organization: CreateOrganizationDto): Promise<Representation> {
    const { payload, provenance } = await this.logto.create(organization);
    const { id } = payload.json<OrganizationDto>();
    return new Representation(payload, provenance, { location: `/api/organizations/${encodeURIComponent(id)}` });
  }

  /** @param ifMatch the ETag the organization must still have */
  async update(
    id: string,
    changes: UpdateOrganizationDto | MergeOrganizationDto,
    ifMatch: string | undefined,
  ): Promise<Representation> {
    const isMerge = changes instanceof MergeOrganizationDto;
    const isConditional = isMerge || ifMatch !== undefined;
    const reply = await this.#mutex.run(id, { isConditional }, async ({ confirm }) => {
      if (!isConditional) return this.logto.update(id, changes);
      const current = await this.logto.find(id, true);
      if (ifMatch !== undefined) requireMatch(ifMatch, current);
      await confirm();
      return this.logto.update(id, isMerge ? merged(current.payload.json<OrganizationDto>(), changes) : changes);
    });
    return represent(reply);
  }

  /** @param ifMatch the ETag the organization must still have */
  async delete(id: string, ifMatch: string | undefined): Promise<void> {
    await this.#mutex.run(id, { isConditional: ifMatch !== undefined }, async ({ confirm }) => {
      if (ifMatch !== undefined) {
        requireMatch(ifMatch, await this.logto.find(id, true));
        await confirm();
      }
      await this.logto.delete(id);
    });
  }
}

/** Converts a merge patch into a plain PATCH, which is what Logto supports. */
const merged = (current: OrganizationDto, patch: MergeOrganizationDto): UpdateOrganizationDto => {
  const changed = MERGED.filter((field) => patch[field] !== undefined);
  return {
    ...patch,
    ...Object.fromEntries(changed.map((field) => [field, mergePatch(current[field], patch[field]) ?? {}])),
  } as UpdateOrganizationDto;
};
