import type { Command } from './command.js';
import { initCommand } from './init.js';
import { listCommand } from './list.js';
import { mergeCommand } from './merge.js';
import { replayCommand } from './replay.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { stressCommand } from './stress.js';

/** Commands of `swipegate-sim`, in the order of the help text. */
export const COMMANDS: readonly Command[] = [
  runCommand,
  listCommand,
  initCommand,
  replayCommand,
  reportCommand,
  mergeCommand,
  stressCommand,
];
