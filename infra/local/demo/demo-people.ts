import type { Card, CardStatus, Employee } from '@swipegate/contract';
import { seededRandom } from '@swipegate/contract/values/random';

const FIRST =
  `Aisha Alejandro Amara Anders Anika Antonio Aylin Beatriz Benjamin Bianca Carlos Carmen Chidi Chloe Daniel Daria
Diego Dmitri Elena Elias Emeka Emilia Emma Enzo Fatima Felix Finn Freya Gabriel Giulia Grace Hana Hannah Hassan Hiroshi Ibrahim
Ingrid Isabel Ivan Jamal Jana Jonas Joseph Julia Kai Karim Katarina Kenji Lars Laura Leila Leon Liam Lina Linh Lucia Malik
Marco Maria Marta Matteo Mei Mia Mila Mohammed Nadia Naomi Niklas Nina Noah Nora Olga Oliver Omar Paul Priya Rafael Rahul Rosa
Samira Samuel Sara Sofia Sven Tariq Teresa Thomas Tomasz Valentina Viktor Wei Yara Yusuf Zoe`.split(/\s+/);

const LAST =
  `Abbott Adeyemi Ahmed Almeida Andersson Bauer Becker Bianchi Brandt Brooks Carter Castillo Chen Costa Cruz Diallo
Dubois Eriksson Fernandez Ferrari Fischer Fontaine Foster Garcia Goldberg Gomez Greco Gruber Haddad Hansen Hartmann Hoffmann
Horvath Hughes Ivanova Jansen Jensen Johnson Kapoor Kaya Keller Khan Kim Klein Kowalski Kruger Kumar Lange Larsen Lehmann
Lindgren Lopez Mancini Martin Mehta Meyer Morales Moreau Mueller Murphy Nakamura Nguyen Novak Nowak Okafor Oliveira Olsen
Osei Park Patel Pereira Petrov Popescu Quinn Ramirez Reyes Richter Romano Rossi Sato Schmidt Schneider Schulz Silva Singh
Sokolova Stewart Suzuki Tanaka Torres Vargas Vogel Wagner Walker Weber Williams Wright Yilmaz Zhang Zimmermann`.split(
    /\s+/,
  );

export const NAME_COUNT = FIRST.length * LAST.length;

/** Returns a human-looking name. Different numbers below {@link NAME_COUNT} give different names. */
export function nameOf(number: number): string {
  const first = FIRST[number % FIRST.length];
  const last = LAST[Math.floor(number / FIRST.length) % LAST.length];
  return `${first} ${last}`;
}

const DEMO_EMPLOYEES = 5_000;
/** Active, but not linked to an employee. */
const DEMO_UNASSIGNED_CARDS = 40;

export type AccessLevelIds = Record<
  'staff' | 'datacentre' | 'visitor' | 'officeHours' | 'businessDays' | 'weekend' | 'nightShift',
  string
>;

/** Differences from the default cardholder (nine in ten), who has an active card and access at any hour. */
interface Kind {
  status?: CardStatus;
  validFrom?: string;
  validUntil?: string;
  active?: boolean;
  accessLevelIds?: string[];
}

const LONG_AGO = '2020-01-01T00:00:00Z';
const FAR_OFF = '2099-01-01T00:00:00Z';

function exceptions(levels: AccessLevelIds): [employees: number, Kind][] {
  return [
    [40, { status: 'issued' }],
    [40, { status: 'suspended' }],
    [40, { status: 'lost' }],
    [30, { status: 'stolen' }],
    [30, { status: 'expired' }],
    [30, { status: 'revoked' }],
    [30, { validUntil: LONG_AGO }],
    [30, { validFrom: FAR_OFF }],
    [40, { active: false }],
    [40, { accessLevelIds: [levels.visitor] }],
    [20, { accessLevelIds: [] }],
    [40, { accessLevelIds: [levels.officeHours] }],
    [20, { accessLevelIds: [levels.businessDays] }],
    [30, { accessLevelIds: [levels.weekend] }],
    [20, { accessLevelIds: [levels.nightShift] }],
    [20, { status: 'destroyed' }],
  ];
}

/** Employees and their cards: `card-00042` belongs to `emp-00042`; cards with higher numbers are not linked. */
export function demoPeople(seed: number, levels: AccessLevelIds): { employees: Employee[]; cards: Card[] } {
  const random = seededRandom(seed);
  const names = shuffled(NAME_COUNT, random);
  const order = shuffled(DEMO_EMPLOYEES, random);
  const kinds = exceptions(levels).flatMap(([count, kind]) => Array<Kind>(count).fill(kind));
  const kindOf = new Map(kinds.map((kind, i) => [order[i], kind]));

  const employees: Employee[] = [];
  const cards: Card[] = [];
  for (let i = 0; i < DEMO_EMPLOYEES; i++) {
    const employeeId = numbered('emp', i + 1);
    const everyday = random() < 0.8 ? [levels.staff, levels.datacentre] : [levels.staff];
    const kind: Kind = kindOf.get(i) ?? {};
    const { status = 'active', active = true, accessLevelIds = everyday, ...validity } = kind;
    employees.push({ employeeId, name: nameOf(names[i] ?? i), active, accessLevelIds });
    cards.push({ cardId: numbered('card', i + 1), status, employeeId, ...validity });
  }
  for (let i = 0; i < DEMO_UNASSIGNED_CARDS; i++) {
    cards.push({ cardId: numbered('card', DEMO_EMPLOYEES + i + 1), status: 'active' });
  }
  return { employees, cards };
}

function numbered(prefix: string, number: number): string {
  return `${prefix}-${String(number).padStart(5, '0')}`;
}

/** Shuffles the numbers from 0 to `count` - 1 (Fisher-Yates). */
function shuffled(count: number, random: () => number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a = 0, b = 0] = [numbers[i], numbers[j]];
    numbers[i] = b;
    numbers[j] = a;
  }
  return numbers;
}
