/** Kinds of import files and the columns of each. */
export const IMPORT_COLUMNS = {
  employees: { key: 'employeeId', required: ['employeeId', 'name'], optional: ['active', 'accessLevelIds'] },
  cards: {
    key: 'cardId',
    required: ['cardId', 'employeeId', 'buildingId'],
    optional: ['zoneId', 'validFrom', 'validUntil'],
  },
} as const satisfies Record<string, ImportColumns>;

export interface ImportColumns {
  /** Column with the id of what a row changes. */
  key: string;
  required: readonly string[];
  optional: readonly string[];
}

/**
 * Other names of the columns, in English and in German. Case, accents, spaces and punctuation do not count:
 * `Personal-Nr.` is `personalnr`.
 */
export const COLUMN_ALIASES: Readonly<Record<string, readonly string[]>> = {
  employeeId: [
    ...['employee', 'employee no', 'employee number', 'personnel no', 'personnel number', 'personnel id'],
    ...['staff no', 'staff number', 'staff id', 'Mitarbeiter', 'Mitarbeiternummer', 'Mitarbeiter-Nr', 'Mitarbeiter-ID'],
    ...['Personalnummer', 'Personal-Nr', 'Pers-Nr', 'Personal-ID'],
  ],
  name: ['full name', 'employee name', 'display name', 'Mitarbeitername', 'Vollständiger Name', 'Vollstaendiger Name'],
  active: ['is active', 'enabled', 'aktiv'],
  accessLevelIds: [
    ...['access level', 'access levels', 'access level id', 'access rights', 'Berechtigung', 'Berechtigungen'],
    ...['Zutrittsprofil', 'Zutrittsprofile', 'Zutrittsrecht', 'Zutrittsrechte', 'Zutrittsgruppe', 'Zutrittsgruppen'],
  ],
  cardId: [
    ...['card', 'card no', 'card number', 'badge', 'badge no', 'badge number', 'badge id', 'credential'],
    ...['Karte', 'Kartennummer', 'Karten-Nr', 'Karten-ID', 'Ausweis', 'Ausweisnummer', 'Ausweis-Nr', 'Ausweis-ID'],
  ],
  buildingId: ['building', 'Gebäude', 'Gebaeude', 'Gebäude-ID', 'Gebaeude-ID'],
  zoneId: ['zone', 'Bereich', 'Bereich-ID'],
  validFrom: ['valid since', 'start date', 'gültig ab', 'gueltig ab', 'gültig von', 'gueltig von'],
  validUntil: [
    ...['valid to', 'valid till', 'expires', 'expires on', 'expiry date', 'expiration date', 'end date'],
    ...['gültig bis', 'gueltig bis', 'Ablaufdatum', 'läuft ab', 'laeuft ab'],
  ],
};
