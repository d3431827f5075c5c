/** Output folders of `npm run build`, relative to the package root. */
export const LAMBDAS = 'dist-lambda';
export const GATEWAY = 'dist-gateway';
export const CONSOLE = 'dist-console';
