import type { Command } from './command.js';
import { runCommand } from './run.js';

/** The verbs of `swipegate-sim`, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [runCommand];
