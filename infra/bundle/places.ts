/** Where `npm run build` puts what is deployed, below the package: a folder for each function, the gateway, and the console. */
export const LAMBDAS = 'dist-lambda';
export const GATEWAY = 'dist-gateway';
export const CONSOLE = 'dist-console';
