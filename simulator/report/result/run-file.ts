import { readFile } from 'node:fs/promises';
import { compile, explain } from '@swipegate/contract';
import { messageOf } from '@swipegate/terminal/message-of';
import { histogramOf } from './latency.js';
import { latenciesOf, RunResult } from './run-result.js';

export const isRunResult = compile(RunResult);

export class RunFileError extends Error {
  override readonly name = 'RunFileError';
  readonly code = 'RUN_FILE_UNUSABLE';
}

/** Reads a run's result. @throws {RunFileError} RUN_FILE_UNUSABLE: unreadable, not JSON, or not a valid result */
export async function readRunResult(file: string): Promise<RunResult> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new RunFileError(`${file} cannot be read (${messageOf(error)}).`);
  });
  const value = parse(file, text);
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format !== 'swipegate-run/1') {
    throw new RunFileError(
      `${file} is not a run's result: its format is ${format === undefined ? 'missing' : JSON.stringify(format)}, not "swipegate-run/1". Write one with swipegate-sim run --json.`,
    );
  }
  if (!isRunResult(value)) {
    const { field, reason } = explain(isRunResult.errors);
    throw new RunFileError(`${file} is not a run's result: ${field} ${reason}.`);
  }
  checkHistograms(file, value);
  return value;
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const advice = text.trim() === '' ? 'it is empty' : messageOf(error);
    throw new RunFileError(`${file} is not JSON (${advice}). Was the run stopped while it wrote the file?`);
  }
}

function checkHistograms(file: string, result: RunResult): void {
  for (const [name, latency] of latenciesOf(result)) {
    const field = `${name}.histogram`;
    let counted: number;
    try {
      counted = histogramOf(latency).totalCount;
    } catch (error) {
      throw new RunFileError(
        `${file} is not a run's result: ${field} is not a compressed HDR histogram (${messageOf(error)}).`,
      );
    }
    if (counted !== latency.count) {
      throw new RunFileError(
        `${file} is inconsistent: ${field} holds ${counted} values, but ${name}.count is ${latency.count}.`,
      );
    }
  }
}
