import type { User } from '../data/rows.js';
import type { Tables } from '../data/tables.js';
import { putUser } from '../data/users.js';

const DAY = 24 * 60 * 60 * 1000;
/** The day the company signed up. */
export const FOUNDED = Date.UTC(2025, 0, 6, 9);

const colleagues = [
  'Ada Lindqvist',
  'Bruno Keller',
  'Chiara Fontana',
  'Dmitri Antonov',
  'Elif Yıldız',
  'Farid Haddad',
  'Greta Sørensen',
  'Hugo Marchand',
  'Ines Carvalho',
  'Jonas Weiß',
  'Keiko Tanaka',
  'Liam O’Brien',
  'Maja Kowalska',
  'Noor Rahman',
  'Oskar Nyström',
  'Priya Raman',
  'Quentin Dubois',
  'Rosa Jiménez',
  'Stefan Ilić',
  'Tomoko Arai',
  'Uma Krishnan',
  'Viktor Šimek',
  'Wanda Brandt',
  'Ximena Torres',
  'Yusuf Demir',
  'Zoë Verhoeven',
];

/** Ids are given names, padded to the twelve characters of Logto's ids: readable, fixed, and sorted by name. */
export const personId = (label: string) =>
  label
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '')
    .padEnd(12, '0');

function person(id: string, label: string, name: string | null, index: number, more: Partial<User> = {}): User {
  const createdAt = FOUNDED + index * DAY;
  return {
    id,
    username: label,
    primaryEmail: `${label}@fernweh.example.test`,
    primaryPhone: null,
    name,
    avatar: null,
    customData: {},
    identities: {},
    lastSignInAt: index % 4 === 0 ? null : createdAt + 30 * DAY,
    createdAt,
    updatedAt: createdAt,
    profile: {},
    applicationId: null,
    cimdClientId: null,
    isSuspended: false,
    ...more,
  };
}

/** Named users in several organizations, with some of the variety of real accounts. */
export function seedColleagues(tables: Tables): string[] {
  return colleagues.map((name, index) => {
    const label = personId(name.split(' ', 1)[0] ?? '').replace(/0+$/, '');
    const id = personId(label);
    putUser(
      tables,
      person(id, label, name, index, {
        primaryPhone: index % 3 === 0 ? `1201555${String(1000 + index)}` : null,
        avatar: index % 5 === 0 ? `https://cdn.example.test/avatars/${label}.png` : null,
        customData: index % 2 === 0 ? { costCentre: 100 + index, locale: index % 4 === 0 ? 'de' : 'en' } : {},
        isSuspended: index % 9 === 7,
      }),
    );
    return id;
  });
}

/** Many generated users: some without a name, some without an e-mail address, some suspended. */
export function seedGuides(tables: Tables, count: number, prefix = 'guide'): string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(12 - prefix.length, '0');
    const id = prefix + number;
    const more = { ...(index % 9 === 8 ? { primaryEmail: null } : {}), isSuspended: index % 17 === 16 };
    putUser(tables, person(id, `${prefix}_${number}`, index % 13 === 12 ? null : `Guide ${index + 1}`, index, more));
    return id;
  });
}
