import { Injectable } from '@nestjs/common';
import { pagingOf } from '../http/paging.dto.js';
import { represent, representPage, Representation } from '../http/representation.js';
import type { ListOrganizationsDto } from './list-organizations.dto.js';
import type { CreateOrganizationDto, OrganizationDto, UpdateOrganizationDto } from './organization.dto.js';
import { OrganizationsUpstream } from './organizations.upstream.js';

/** What Logto takes for yes; everything else is no. */
const YES = new Set(['true', '1', 'yes', 'y']);

@Injectable()
export class OrganizationsService {
  constructor(private readonly logto: OrganizationsUpstream) {}

  async list(query: ListOrganizationsDto): Promise<Representation> {
    const paging = pagingOf(query);
    const reply = await this.logto.list({ q: query.q, showFeatured: YES.has(query.showFeatured?.toLowerCase() ?? ''), paging });
    return representPage(reply, paging);
  }

  async find(id: string): Promise<Representation> {
    return represent(await this.logto.find(id));
  }

  async create(organization: CreateOrganizationDto): Promise<Representation> {
    const { payload, provenance } = await this.logto.create(organization);
    const { id } = payload.json<OrganizationDto>();
    return new Representation(payload, provenance, { headers: { Location: `/api/organizations/${id}` } });
  }

  async update(id: string, changes: UpdateOrganizationDto): Promise<Representation> {
    return represent(await this.logto.update(id, changes));
  }

  async delete(id: string): Promise<void> {
    await this.logto.delete(id);
  }
}
