/** Imports the function `handler` of a compiled module. @throws {TypeError} if there is none */
export async function loadHandler<Kind>(url: string, isKind: (value: unknown) => value is Kind): Promise<Kind> {
  const module: unknown = await import(url);
  const handler: unknown =
    typeof module === 'object' && module !== null && 'handler' in module ? module.handler : undefined;
  if (!isKind(handler)) throw new TypeError(`${url} does not export a function named handler`);
  return handler;
}
