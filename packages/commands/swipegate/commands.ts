import type { Command } from '../command.js';

export interface Listed {
  /** One word, or two: the second is then one of the first one's subcommands. */
  name: string;
  /** One line in the list of commands, at most 58 columns. */
  summary: string;
  /** Loads the command only when it runs: some need an SDK. */
  load(): Promise<Command>;
}

/** Commands of `swipegate`, in the order of the help text. Add a new one here. */
export const COMMANDS: readonly Listed[] = [
  {
    name: 'site plan',
    summary: 'shows what a site file would change',
    load: async () => (await import('../site/plan-command.js')).planCommand,
  },
  {
    name: 'site apply',
    summary: 'makes the tenant’s site as a file says',
    load: async () => (await import('../site/apply-command.js')).applyCommand,
  },
  {
    name: 'site export',
    summary: 'writes the tenant’s site as a file',
    load: async () => (await import('../site/export-command.js')).exportCommand,
  },
  {
    name: 'tenant create',
    summary: 'creates a tenant, its first admin and operator’s key',
    load: async () => (await import('../tenant/create-command.js')).createCommand,
  },
  {
    name: 'check',
    summary: 'proves that a live installation works, and cleans up',
    load: async () => (await import('../check/check-command.js')).checkCommand,
  },
];
