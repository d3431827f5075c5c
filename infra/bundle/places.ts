/** Where `npm run build` puts what is deployed, below the package: a folder for each function, and the gateway. */
export const LAMBDAS = 'dist-lambda';
export const GATEWAY = 'dist-gateway';
