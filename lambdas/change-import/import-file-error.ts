export const NOTHING_DONE = 'Nothing was imported.';

/** The file as a whole is invalid. The message ends by saying that nothing was imported. */
export class ImportFileError extends Error {
  override readonly name = 'ImportFileError';
  readonly code = 'IMPORT_FILE';

  /** @param problem sentences that say what is wrong and what to do */
  constructor(problem: string) {
    super(`${problem} ${NOTHING_DONE}`);
  }
}
