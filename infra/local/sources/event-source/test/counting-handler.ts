/** A function for which all is well. */
export async function handler(): Promise<void> {}
