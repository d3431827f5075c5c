/** Kinds of import files, with the action that each needs and its columns. */
export const IMPORT_COLUMNS = {
  employees: {
    action: 'imports.write',
    key: 'employeeId',
    required: ['employeeId', 'name'],
    optional: ['active', 'accessLevelIds'],
  },
  cards: {
    action: 'imports.write',
    key: 'cardId',
    required: ['cardId', 'employeeId', 'buildingId'],
    optional: ['zoneId', 'validFrom', 'validUntil', 'cardFormat'],
  },
  readers: {
    action: 'site.write',
    key: 'readerId',
    required: ['readerId', 'door', 'buildingId', 'zoneId', 'direction'],
    optional: ['outerZoneId', 'mode', 'cardFormat'],
  },
  zones: {
    action: 'site.write',
    key: 'zoneId',
    required: ['zoneId', 'buildingId', 'name'],
    optional: ['outerZoneId', 'antiPassback', 'forgiveAt', 'occupancyLimit', 'accompanimentSeconds'],
  },
} as const satisfies Record<string, ImportColumns>;

export interface ImportColumns {
  /** Permission of the users who may import such a file. */
  action: 'imports.write' | 'site.write';
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
  name: [
    'full name',
    'employee name',
    'display name',
    'Mitarbeitername',
    'Vollständiger Name',
    'Vollstaendiger Name',
    'Bezeichnung',
  ],
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
  readerId: ['reader', 'reader no', 'reader number', 'Leser', 'Leser-ID', 'Leser-Nr', 'Lesernummer'],
  door: ['door name', 'Tür', 'Tuer', 'Türname', 'Tuername'],
  outerZoneId: [
    'outer zone',
    'from zone',
    'äußere Zone',
    'aeussere Zone',
    'von Zone',
    'äußerer Bereich',
    'aeusserer Bereich',
  ],
  direction: ['Richtung'],
  mode: ['Modus', 'Betriebsart'],
  cardFormat: ['card format', 'Kartenformat'],
  antiPassback: ['Zutrittswiederholsperre', 'Wiederholsperre'],
  occupancyLimit: ['occupancy', 'maximum occupancy', 'Höchstbelegung', 'Hoechstbelegung'],
  validFrom: ['valid since', 'start date', 'gültig ab', 'gueltig ab', 'gültig von', 'gueltig von'],
  validUntil: [
    ...['valid to', 'valid till', 'expires', 'expires on', 'expiry date', 'expiration date', 'end date'],
    ...['gültig bis', 'gueltig bis', 'Ablaufdatum', 'läuft ab', 'laeuft ab'],
  ],
};
